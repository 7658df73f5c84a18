// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A PAR-1 leaf: the 272 bytes that one output token commits to.
/// @dev u32 t ‖ u32 token ‖ u8 rank ‖ u8 32 ‖ u8 flags ‖ u8 0 ‖ 32 u32 ids ‖ 32 i16 zq ‖ 32 i16 sketch ‖ f32 zmax, big-endian.
/// The readers do not check the length: `isWellFormed` does, and comes first.
library Leaf {
    uint256 internal constant BYTES = 272;
    /// Candidates of a leaf.
    uint256 internal constant K = 32;
    /// The id of a slot that is not used, and its zq.
    uint256 internal constant UNUSED_ID = 0xffffffff;
    int256 internal constant UNUSED_ZQ = -32_768;
    /// The token was forced by the grammar.
    uint256 internal constant FORCED = 1;
    /// The logits arrived masked by the grammar.
    uint256 internal constant MASKED = 2;

    uint256 private constant AT_IDS = 12;
    uint256 private constant AT_ZQ = 140;
    uint256 private constant AT_ZMAX = 268;

    function position(bytes calldata leaf) internal pure returns (uint256) {
        return uint32(bytes4(leaf[0:4]));
    }

    function token(bytes calldata leaf) internal pure returns (uint256) {
        return uint32(bytes4(leaf[4:8]));
    }

    function rank(bytes calldata leaf) internal pure returns (uint256) {
        return uint8(leaf[8]);
    }

    function flags(bytes calldata leaf) internal pure returns (uint256) {
        return uint8(leaf[10]);
    }

    /// @param slot Below K.
    function id(bytes calldata leaf, uint256 slot) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(224, calldataload(add(leaf.offset, add(AT_IDS, shl(2, slot)))))
        }
    }

    /// @param slot Below K.
    function zq(bytes calldata leaf, uint256 slot) internal pure returns (int256 value) {
        assembly ("memory-safe") {
            value := sar(240, calldataload(add(leaf.offset, add(AT_ZQ, shl(1, slot)))))
        }
    }

    /// Slots in use: those before the first unused one.
    function candidates(bytes calldata leaf) internal pure returns (uint256 count) {
        unchecked {
            while (count < K && id(leaf, count) != UNUSED_ID) ++count;
        }
    }

    /// Whether an encoder of the protocol can have written these bytes; what the values claim is not looked at.
    function isWellFormed(bytes calldata leaf) internal pure returns (bool) {
        if (leaf.length != BYTES || uint8(leaf[9]) != K || leaf[11] != 0) return false;
        if (flags(leaf) & ~(FORCED | MASKED) != 0) return false;
        // An exponent of ones is infinity or no number.
        if (uint32(bytes4(leaf[AT_ZMAX:BYTES])) & 0x7f800000 == 0x7f800000) return false;
        uint256 count = candidates(leaf);
        if (rank(leaf) >= count) return false;
        for (uint256 slot = count; slot < K; ++slot) {
            if (id(leaf, slot) != UNUSED_ID || zq(leaf, slot) != UNUSED_ZQ) return false;
        }
        return true;
    }
}
