// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {SignedHeaderVerifier} from "../../src/quorum/SignedHeaderVerifier.sol";
import {Test} from "./Test.sol";

/// @title Five signers of another chain's headers, of whom three suffice.
abstract contract HeaderSigners is Test {
    uint256 internal constant SIGNERS = 5;
    uint256 internal constant ENOUGH = 3;
    uint64 internal constant HEADER_NUMBER = 42;
    bytes32 internal constant HEADER_HASH = keccak256("a block there");

    /// Ascending by their addresses.
    uint256[] internal signerKeys;

    function makeSigners() internal returns (address[] memory signers) {
        delete signerKeys;
        for (uint256 i = 1; i <= SIGNERS; ++i) {
            signerKeys.push(i);
            for (
                uint256 place = i - 1;
                place > 0 && vm.addr(signerKeys[place]) < vm.addr(signerKeys[place - 1]);
                --place
            ) {
                (signerKeys[place], signerKeys[place - 1]) = (signerKeys[place - 1], signerKeys[place]);
            }
        }
        signers = new address[](SIGNERS);
        for (uint256 i = 0; i < SIGNERS; ++i) {
            signers[i] = vm.addr(signerKeys[i]);
        }
    }

    /// A proof that `intentId` is the last of three intents, signed by the first ENOUGH signers.
    function proofOf(SignedHeaderVerifier verifier, bytes32 intentId) internal view returns (bytes memory) {
        bytes32 digest = verifier.headerDigest(HEADER_NUMBER, HEADER_HASH, rootOver(intentId), 3);
        return bytes.concat(headerOf(intentId), signaturesOf(digest, ENOUGH));
    }

    /// Everything before the signatures.
    function headerOf(bytes32 intentId) internal pure returns (bytes memory) {
        bytes memory header =
            abi.encodePacked(HEADER_NUMBER, HEADER_HASH, rootOver(intentId), uint32(3), uint32(2), uint8(2));
        return bytes.concat(header, KeccakTree.leafOf(intentId), firstTwo());
    }

    function rootOver(bytes32 intentId) internal pure returns (bytes32) {
        bytes32 leaf = KeccakTree.leafOf(intentId);
        return KeccakTree.parentOf(firstTwo(), KeccakTree.parentOf(leaf, leaf));
    }

    function signaturesOf(bytes32 digest, uint256 count) internal view returns (bytes memory signatures) {
        for (uint256 i = 0; i < count; ++i) {
            signatures = bytes.concat(signatures, compact(signerKeys[i], digest));
        }
    }

    /// 64 bytes, EIP-2098.
    function compact(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    function firstTwo() private pure returns (bytes32) {
        return KeccakTree.parentOf(
            KeccakTree.leafOf(keccak256("the first intent")), KeccakTree.leafOf(keccak256("the second"))
        );
    }
}
