// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The SHA-256 tree over a receipt's leaves: leaf 0x00 ‖ bytes, node 0x01 ‖ left ‖ right, an odd node goes up as it is.
library LeafTree {
    /// The index is not in the tree, or a sibling is missing or too many.
    error BadProof();

    function hashLeaf(bytes calldata leaf) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"00", leaf));
    }

    /// The root that siblings lead to, from the leaf up. Every sibling that exists in a tree of `width` leaves is given, no other.
    function rootOf(bytes32 leafHash, uint256 index, uint256 width, bytes32[] calldata siblings)
        internal
        pure
        returns (bytes32 node)
    {
        if (index >= width) revert BadProof();
        node = leafHash;
        uint256 used;
        while (width > 1) {
            bool isRight = index & 1 == 1;
            if (isRight || index + 1 < width) {
                if (used == siblings.length) revert BadProof();
                bytes32 sibling = siblings[used++];
                node = isRight ? _combine(sibling, node) : _combine(node, sibling);
            }
            index >>= 1;
            width = (width + 1) >> 1;
        }
        if (used != siblings.length) revert BadProof();
    }

    function _combine(bytes32 left, bytes32 right) private pure returns (bytes32) {
        return sha256(abi.encodePacked(hex"01", left, right));
    }
}
