// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Merkle trees whose nodes are keccak256(left ‖ right) and whose odd last node is paired with itself.
/// @notice A leaf is keccak256 of a value of 32 or 20 bytes, never of 64, so no node passes for a leaf. The empty root is 0.
library KeccakTree {
    function leafOf(bytes32 value) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(value));
    }

    function leafOf(address value) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(value));
    }

    /// The root of `leaves`, which it overwrites.
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        uint256 width = leaves.length;
        if (width == 0) return 0;
        while (width > 1) {
            uint256 parents = (width + 1) / 2;
            for (uint256 i = 0; i < parents; ++i) {
                uint256 right = 2 * i + 1 < width ? 2 * i + 1 : 2 * i;
                leaves[i] = parentOf(leaves[2 * i], leaves[right]);
            }
            width = parents;
        }
        return leaves[0];
    }

    /// Whether `leaf` is at `index` of the `width` leaves under `expected`. The path has one sibling per level; where a node
    /// is the odd last one, its sibling is itself, so every place has exactly one valid path.
    function verify(bytes32 expected, uint256 width, bytes32 leaf, uint256 index, bytes32[] memory path)
        internal
        pure
        returns (bool)
    {
        if (index >= width) return false;
        bytes32 node = leaf;
        uint256 level = 0;
        for (; width > 1; width = (width + 1) / 2) {
            if (level == path.length) return false;
            bytes32 sibling = path[level++];
            if (index % 2 == 1) {
                node = parentOf(sibling, node);
            } else {
                if (index + 1 == width && sibling != node) return false;
                node = parentOf(node, sibling);
            }
            index /= 2;
        }
        return level == path.length && node == expected;
    }

    function parentOf(bytes32 left, bytes32 right) internal pure returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(0x00, left)
            mstore(0x20, right)
            node := keccak256(0x00, 0x40)
        }
    }
}
