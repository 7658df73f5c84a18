// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {KeccakTree} from "./KeccakTree.sol";

/// @title A growing `KeccakTree` that keeps O(log n) nodes: enough for its root and for the next leaf.
/// @dev Bit i of `count` says that `full[i]` is the root of a complete subtree of 2^i leaves. What `full` has elsewhere is left
/// from earlier and never read.
library KeccakFrontier {
    struct Tree {
        uint256 count;
        mapping(uint256 level => bytes32) full;
    }

    /// @return index The leaf's place.
    function append(Tree storage tree, bytes32 leaf) internal returns (uint256 index) {
        index = tree.count;
        bytes32 node = leaf;
        uint256 level = 0;
        for (; (index >> level) & 1 == 1; ++level) {
            node = KeccakTree.parentOf(tree.full[level], node);
        }
        tree.full[level] = node;
        tree.count = index + 1;
    }

    function root(Tree storage tree) internal view returns (bytes32 node) {
        uint256 count = tree.count;
        if (count == 0) return 0;
        // `node` is what lies right of the complete subtrees, lifted to `level`; nothing as long as `open` is 0.
        uint256 open = 0;
        uint256 level = 0;
        for (; (count >> level) + open > 1; ++level) {
            if ((count >> level) & 1 == 1) {
                bytes32 complete = tree.full[level];
                node = KeccakTree.parentOf(complete, open == 1 ? node : complete);
                open = 1;
            } else if (open == 1) {
                node = KeccakTree.parentOf(node, node);
            }
        }
        if (open == 0) node = tree.full[level];
    }
}
