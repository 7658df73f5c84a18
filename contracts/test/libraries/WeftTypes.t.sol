// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {BatchApproval, Held, Offer, Opening, Reserved, Voucher, WeftTypes} from "../../src/libraries/WeftTypes.sol";
import {Test} from "../support/Test.sol";

/// The typed data of the TypeScript side, digest by digest and signature by signature.
contract WeftTypesTest is Test {
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    uint256 private constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    string private vectors;
    bytes32 private domain;

    function setUp() public {
        vectors = vm.readFile("src/protocol/eip712/eip712.vectors.json");
        domain = WeftTypes.domainSeparator(
            vm.parseJsonUint(vectors, ".domain.chainId"), vm.parseJsonAddress(vectors, ".domain.verifyingContract")
        );
    }

    function recover(bytes32 digest, bytes calldata signature) external pure returns (address) {
        return WeftTypes.recover(digest, signature);
    }

    function test_domains() public view {
        assertEq(domain, vm.parseJsonBytes32(vectors, ".domain.separator"), "with a chain");
        assertEq(
            WeftTypes.domainSeparator(0, address(0)),
            vm.parseJsonBytes32(vectors, ".withoutChain.separator"),
            "without a chain"
        );
    }

    function test_everyTypeHashesAndRecoversAsSigned() public view {
        Offer memory offer;
        offer.consumer = _address(0, "consumer");
        offer.provider = _address(0, "provider");
        offer.manifest = _bytes32(0, "manifest");
        offer.promptHash = _bytes32(0, "promptHash");
        offer.nonce = _bytes32(0, "nonce");
        offer.temperatureQ = uint16(_uint(0, "temperatureQ"));
        offer.topPBps = uint16(_uint(0, "topPBps"));
        offer.topK = uint16(_uint(0, "topK"));
        offer.penaltiesHash = _bytes32(0, "penaltiesHash");
        offer.grammarHash = _bytes32(0, "grammarHash");
        offer.maxTokens = uint32(_uint(0, "maxTokens"));
        offer.pricePerToken = _uint(0, "pricePerToken");
        offer.maxAmount = _uint(0, "maxAmount");
        offer.expiry = uint64(_uint(0, "expiry"));
        _check(0, "Offer", WeftTypes.hash(offer));
        _check(1, "Receipt", WeftTypes.hashReceipt(_bytes32(1, "receiptHash")));
        _check(
            2,
            "Opening",
            WeftTypes.hash(Opening(_bytes32(2, "receiptHash"), uint32(_uint(2, "index")), _bytes32(2, "leafHash")))
        );
        _check(
            3,
            "Reserved",
            WeftTypes.hash(
                Reserved(
                    _bytes32(3, "jobId"), _address(3, "consumer"), _uint(3, "maxAmount"), uint64(_uint(3, "expiry"))
                )
            )
        );
        _check(
            4,
            "Voucher",
            WeftTypes.hash(
                Voucher(_bytes32(4, "jobId"), _address(4, "consumer"), _address(4, "provider"), _uint(4, "amount"))
            )
        );
        _check(
            5,
            "Held",
            WeftTypes.hash(Held(_bytes32(5, "receiptHash"), uint64(_uint(5, "block")), _bytes32(5, "secretHash")))
        );
        _check(
            7,
            "BatchApproval",
            WeftTypes.hash(
                BatchApproval(
                    _uint(7, "nonce"),
                    _bytes32(7, "root"),
                    _bytes32(7, "debitsHash"),
                    _bytes32(7, "creditsHash"),
                    _uint(7, "total"),
                    uint32(_uint(7, "jobs"))
                )
            )
        );
        _check(8, "ScoreCommitment", WeftTypes.hashScoreCommitment(_bytes32(8, "run"), _bytes32(8, "commitment")));
    }

    function testFuzz_aSignatureRecoversItsSignerInOneFormOnly(uint256 seed, bytes32 digest) public view {
        uint256 key = bound(seed, 1, ORDER - 1);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        assertEq(this.recover(digest, signCompact(key, digest)), vm.addr(key), "signer");
        // The same point mirrored, (r, n − s) with the other parity: 64 bytes have no room for it.
        bytes memory mirrored = abi.encodePacked(r, (ORDER - uint256(s)) | (uint256(28 - v) << 255));
        try this.recover(digest, mirrored) returns (address other) {
            assertTrue(other != vm.addr(key), "another signer");
        } catch {}
    }

    function test_aHighSIsRefused() public {
        bytes32 digest = keccak256("message");
        bytes memory signature = signCompact(1, digest);
        vm.expectRevert(WeftTypes.BadSignature.selector);
        this.recover(digest, abi.encodePacked(_r(signature), HALF_ORDER + 1));
        assertTrue(
            this.recover(digest, abi.encodePacked(_r(signature), HALF_ORDER)) != address(0), "the highest s there is"
        );
    }

    function test_whatIsNoSignatureIsRefused() public {
        bytes32 digest = keccak256("message");
        vm.expectRevert(WeftTypes.BadSignature.selector);
        this.recover(digest, new bytes(64));
        vm.expectRevert(WeftTypes.BadSignature.selector);
        this.recover(digest, abi.encodePacked(signCompact(1, digest), uint8(27)));
        vm.expectRevert(WeftTypes.BadSignature.selector);
        this.recover(digest, "");
    }

    function _r(bytes memory signature) private pure returns (bytes32 r) {
        (r,) = abi.decode(signature, (bytes32, bytes32));
    }

    function _check(uint256 number, string memory name, bytes32 structHash) private view {
        assertEq(bytes(vm.parseJsonString(vectors, _path(number, ".name"))), bytes(name), "place of the type");
        bytes32 digest = WeftTypes.digest(domain, structHash);
        assertEq(digest, vm.parseJsonBytes32(vectors, _path(number, ".digest")), name);
        bytes memory signature = vm.parseJsonBytes(vectors, _path(number, ".signature"));
        assertEq(this.recover(digest, signature), vm.parseJsonAddress(vectors, ".signer.address"), name);
    }

    function _path(uint256 number, string memory field) private pure returns (string memory) {
        return string.concat(".types[", vm.toString(number), "]", field);
    }

    function _field(uint256 number, string memory name) private pure returns (string memory) {
        return _path(number, string.concat(".message.", name));
    }

    function _uint(uint256 number, string memory name) private view returns (uint256) {
        return vm.parseJsonUint(vectors, _field(number, name));
    }

    function _bytes32(uint256 number, string memory name) private view returns (bytes32) {
        return vm.parseJsonBytes32(vectors, _field(number, name));
    }

    function _address(uint256 number, string memory name) private view returns (address) {
        return vm.parseJsonAddress(vectors, _field(number, name));
    }
}
