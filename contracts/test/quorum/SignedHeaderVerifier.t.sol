// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SignedHeaderVerifier} from "../../src/quorum/SignedHeaderVerifier.sol";
import {HeaderSigners} from "../support/HeaderSigners.sol";

contract SignedHeaderVerifierTest is HeaderSigners {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    bytes32 private constant CHAIN = keccak256("the other chain");
    bytes32 private constant INTENT = keccak256("an intent");

    SignedHeaderVerifier private verifier;

    function setUp() public {
        verifier = new SignedHeaderVerifier(CHAIN, makeSigners(), ENOUGH);
    }

    function test_believesEnoughSigners() public view {
        assertTrue(accepts(proofOf(verifier, INTENT)), "three of five");
        assertTrue(accepts(bytes.concat(headerOf(INTENT), signaturesOf(digestOf(), SIGNERS))), "all five");
    }

    function test_rejectsTooFew() public view {
        assertTrue(!accepts(bytes.concat(headerOf(INTENT), signaturesOf(digestOf(), ENOUGH - 1))), "two");
        assertTrue(!accepts(headerOf(INTENT)), "none");
    }

    function test_rejectsASignerTwice() public view {
        bytes memory first = compact(signerKeys[0], digestOf());
        bytes memory second = compact(signerKeys[1], digestOf());
        assertTrue(!accepts(bytes.concat(headerOf(INTENT), first, second, second)), "twice in a row");
        assertTrue(!accepts(bytes.concat(headerOf(INTENT), first, second, first)), "again at the end");
    }

    function test_rejectsTheSecondFormOfASignature() public view {
        bytes memory signed = signaturesOf(digestOf(), ENOUGH - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(signerKeys[2], digestOf());
        uint256 high = CURVE_ORDER - uint256(s);
        // A high s does not fit into the 255 bits that EIP-2098 has for it: what is left names nobody, or a stranger.
        bytes memory flipped = abi.encodePacked(r, high | (uint256(28 - v) << 255));
        assertTrue(!accepts(bytes.concat(headerOf(INTENT), signed, flipped)), "high s");
    }

    function test_rejectsStrangers() public view {
        bytes memory signed = signaturesOf(digestOf(), ENOUGH - 1);
        for (uint256 key = 100; key < 110; ++key) {
            assertTrue(!accepts(bytes.concat(headerOf(INTENT), signed, compact(key, digestOf()))), "a stranger");
        }
        assertTrue(!accepts(bytes.concat(headerOf(INTENT), signed, new bytes(64))), "nobody");
    }

    function test_rejectsAnotherIntent() public view {
        bytes memory proof = proofOf(verifier, INTENT);
        assertTrue(!verifier.isCommitted(keccak256("another"), 0, 0, proof), "another intent");
    }

    /// No byte of a proof is free.
    function testFuzz_rejectsAChangedByte(uint256 place, uint8 change) public view {
        bytes memory proof = proofOf(verifier, INTENT);
        vm.assume(change != 0);
        place = bound(place, 0, proof.length - 1);
        proof[place] ^= bytes1(change);
        assertTrue(!accepts(proof), "accepted");
    }

    function testFuzz_answersWhateverItIsGiven(bytes calldata proof) public view {
        assertTrue(!accepts(proof), "accepted");
    }

    function testFuzz_rejectsAnyOtherLength(uint256 length) public view {
        bytes memory proof = proofOf(verifier, INTENT);
        length = bound(length, 0, proof.length - 1);
        assembly ("memory-safe") {
            mstore(proof, length)
        }
        assertTrue(!accepts(proof), "shorter");
        assertTrue(!accepts(bytes.concat(proofOf(verifier, INTENT), hex"00")), "longer");
    }

    function test_signaturesCountInOneDeploymentAndChainOnly() public {
        bytes memory proof = proofOf(verifier, INTENT);
        SignedHeaderVerifier other = new SignedHeaderVerifier(CHAIN, makeSigners(), ENOUGH);
        assertTrue(!other.isCommitted(INTENT, 0, 0, proof), "another deployment");
        vm.chainId(block.chainid + 1);
        assertTrue(!accepts(proof), "another chain");
    }

    function test_headersOfAnotherChainDoNotCount() public {
        SignedHeaderVerifier other = new SignedHeaderVerifier(keccak256("a third chain"), makeSigners(), ENOUGH);
        assertTrue(other.headerDigest(HEADER_NUMBER, HEADER_HASH, rootOver(INTENT), 3) != digestOf(), "same digest");
    }

    function test_signersMustBeDistinctAndAMajorityDecides() public {
        address[] memory signers = makeSigners();
        bytes4 bad = SignedHeaderVerifier.BadSignerThreshold.selector;
        vm.expectRevert(abi.encodeWithSelector(bad, 2, 5));
        new SignedHeaderVerifier(CHAIN, signers, 2);
        vm.expectRevert(abi.encodeWithSelector(bad, 6, 5));
        new SignedHeaderVerifier(CHAIN, signers, 6);
        vm.expectRevert(abi.encodeWithSelector(SignedHeaderVerifier.BadSignerCount.selector, 0));
        new SignedHeaderVerifier(CHAIN, new address[](0), 0);
        signers[1] = signers[0];
        vm.expectRevert(abi.encodeWithSelector(SignedHeaderVerifier.SignersOutOfOrder.selector, signers[0]));
        new SignedHeaderVerifier(CHAIN, signers, 3);
        signers[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(SignedHeaderVerifier.SignersOutOfOrder.selector, address(0)));
        new SignedHeaderVerifier(CHAIN, signers, 3);
    }

    function accepts(bytes memory proof) private view returns (bool) {
        return verifier.isCommitted(INTENT, 0, 0, proof);
    }

    function digestOf() private view returns (bytes32) {
        return verifier.headerDigest(HEADER_NUMBER, HEADER_HASH, rootOver(INTENT), 3);
    }
}
