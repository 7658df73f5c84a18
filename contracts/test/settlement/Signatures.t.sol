// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {Settlement} from "../../src/Settlement.sol";
import {WeftTypes} from "../../src/libraries/WeftTypes.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// Whose signatures make a batch.
contract SignaturesTest is SettlementNetwork {
    // Forge's own, as a constant: the optimizer takes it that a chain's id does not change within a call.
    uint256 private constant CHAIN = 31_337;
    uint256 private constant ANOTHER_CHAIN = 31_338;

    function test_moreThanHalfOfTheValidatorsSign() public {
        Built memory built = build(fourJobs());
        uint256[] memory keys = new uint256[](1);
        keys[0] = V1;
        _refused(built, keys, abi.encodeWithSelector(ISettlement.NotEnoughSigners.selector, uint256(1), uint256(3)));
        _refused(
            built,
            new uint256[](0),
            abi.encodeWithSelector(ISettlement.NotEnoughSigners.selector, uint256(0), uint256(3))
        );
        // Half is not enough either.
        addValidator(0xA004);
        _refused(
            built, two(V1, V2), abi.encodeWithSelector(ISettlement.NotEnoughSigners.selector, uint256(2), uint256(4))
        );
        keys = new uint256[](4);
        (keys[0], keys[1], keys[2], keys[3]) = (V1, V2, V3, 0xA004);
        post(built, keys);
    }

    function test_aSignerCountsOnce() public {
        Built memory built = build(fourJobs());
        address signer = vm.addr(V1);
        _refused(built, two(V1, V1), abi.encodeWithSelector(ISettlement.SignersNotAscending.selector, signer, signer));
        bytes memory signatures = approve(built, two(V1, V2));
        bytes memory swapped = new bytes(128);
        for (uint256 i = 0; i < 128; ++i) {
            swapped[i] = signatures[(i + 64) % 128];
        }
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlement.SignersNotAscending.selector, built.header.signers[1], built.header.signers[0]
            )
        );
        postSigned(built, swapped);
    }

    function test_strangersDoNotSign() public {
        Built memory built = build(fourJobs());
        // Not registered at all, a provider, a registered validator that pledged nothing.
        _refusedSigner(built, 0xDEAD);
        _refusedSigner(built, P1);
        registerValidator(vm.addr(0xA005), VALIDATOR_BOND);
        _refusedSigner(built, 0xA005);
    }

    function test_whoAskedToLeaveDoesNotSign() public {
        Built memory built = build(fourJobs());
        bytes memory before = approve(built, two(V1, V2));
        vm.prank(vm.addr(V2));
        settlement.requestUnpledge(1e9);
        // A signature from before does not count either.
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotValidator.selector, vm.addr(V2)));
        postSigned(built, before);
    }

    function test_eachSignatureHasOneForm() public {
        Built memory built = build(fourJobs());
        bytes memory good = approve(built, two(V1, V2));
        // The other s of the same signature, with the other parity, recovers the same signer.
        bytes memory high = bytes.concat(good);
        uint256 vs = uint256(wordAt(good, 1));
        uint256 s = vs & (type(uint256).max >> 1);
        setWord(high, 1, bytes32((ORDER - s) | ((vs >> 255) ^ 1) << 255));
        _refusedAltered(built, high);
        setWord(high, 1, bytes32(ORDER / 2 + 1));
        _refusedBytes(built, high);
        setWord(high, 1, 0);
        _refusedBytes(built, high);
        _refusedBytes(built, abi.encodePacked(good, hex"00"));
        _refusedBytes(built, abi.encodePacked(good, hex"1b"));
        postSigned(built, good);
    }

    function test_everyFieldIsSigned() public {
        Built memory built = build(fourJobs());
        bytes memory signatures = approve(built, two(V1, V2));
        bytes32 root = built.header.root;
        built.header.root = keccak256("another");
        _refusedAltered(built, signatures);
        built.header.root = root;
        built.header.jobs = 5;
        _refusedAltered(built, signatures);
        built.header.jobs = 4;
        bytes memory credits = built.credits;
        built.credits = bytes.concat(credits);
        setWord(built.credits, 0, bytes32(uint256(wordAt(credits, 0)) - 1));
        setWord(built.credits, 1, bytes32(uint256(wordAt(credits, 1)) + 1));
        _refusedAltered(built, signatures);
        built.credits = credits;
        setWord(built.debits, 0, bytes32(uint256(wordAt(built.debits, 0)) - 1));
        setWord(built.debits, 1, bytes32(uint256(wordAt(built.debits, 1)) + 1));
        _refusedAltered(built, signatures);
    }

    function test_aSignatureCountsOnOneChainAndDeployment() public {
        Built memory built = build(fourJobs());
        bytes memory signatures = approve(built, two(V1, V2));
        vm.chainId(ANOTHER_CHAIN);
        _refusedAltered(built, signatures);
        vm.chainId(CHAIN);

        // Another deployment over the same registry, where the same nodes are pledged too.
        ISettlement first = settlement;
        settlement = new Settlement(token, registry, defaultParams());
        bytes memory others = approve(built, two(V1, V2));
        settlement = first;
        _refusedAltered(built, others);
        postSigned(built, signatures);
    }

    function test_aChainThatSplitsHasItsOwnSignatures() public {
        vm.chainId(ANOTHER_CHAIN);
        Built memory built = build(fourJobs());
        post(built, two(V1, V2));
    }

    function _refusedSigner(Built memory built, uint256 key) private {
        _refused(built, two(V1, key), abi.encodeWithSelector(ISettlement.NotValidator.selector, vm.addr(key)));
    }

    function _refused(Built memory built, uint256[] memory keys, bytes memory reason) private {
        bytes memory signatures = approve(built, keys);
        vm.expectRevert(reason);
        postSigned(built, signatures);
    }

    function _refusedBytes(Built memory built, bytes memory signatures) private {
        vm.expectRevert(WeftTypes.BadSignature.selector);
        postSigned(built, signatures);
    }

    /// Signatures over something else recover strangers, so the call must fail whatever the reason.
    function _refusedAltered(Built memory built, bytes memory signatures) private {
        vm.expectRevert();
        postSigned(built, signatures);
    }
}
