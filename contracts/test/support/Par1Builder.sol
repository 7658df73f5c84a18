// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Par1Receipt} from "../../src/libraries/par1/Par1Receipt.sol";

/// What a test says about a leaf; unused slots are filled in.
struct LeafSpec {
    uint32 t;
    uint32 token;
    uint8 rank;
    uint8 flags;
    uint32[] ids;
    int16[] zq;
}

/// @title Writes leaves, receipts and proofs as a prover does.
library Par1Builder {
    function leaf(LeafSpec memory spec) internal pure returns (bytes memory out) {
        out = abi.encodePacked(spec.t, spec.token, spec.rank, uint8(32), spec.flags, uint8(0));
        for (uint256 slot; slot < 32; ++slot) {
            out = abi.encodePacked(out, slot < spec.ids.length ? spec.ids[slot] : type(uint32).max);
        }
        for (uint256 slot; slot < 32; ++slot) {
            out = abi.encodePacked(out, slot < spec.zq.length ? spec.zq[slot] : type(int16).min);
        }
        // An empty sketch, and 1.0 as the largest logit.
        out = abi.encodePacked(out, new bytes(64), uint32(0x3f800000));
    }

    function receipt(Par1Receipt memory it) internal pure returns (bytes memory) {
        return abi.encodePacked(
            abi.encodePacked(
                "weft/PAR1", it.chainId, it.jobId, it.prover, it.manifest, it.promptHash, it.outputHash, uint16(0)
            ),
            abi.encodePacked(it.temperatureQ, it.topPBps, it.topK, uint16(0), it.seed, it.leafCount, it.root)
        );
    }

    function root(bytes[] memory leaves) internal pure returns (bytes32) {
        (bytes32 top,) = proof(leaves, 0);
        return top;
    }

    /// The root over the leaves and the siblings of one of them.
    function proof(bytes[] memory leaves, uint256 index) internal pure returns (bytes32, bytes32[] memory) {
        bytes32[] memory level = new bytes32[](leaves.length);
        for (uint256 i; i < leaves.length; ++i) {
            level[i] = sha256(abi.encodePacked(hex"00", leaves[i]));
        }
        bytes32[] memory found = new bytes32[](32);
        uint256 count;
        uint256 width = leaves.length;
        while (width > 1) {
            if (index ^ 1 < width) found[count++] = level[index ^ 1];
            for (uint256 left; left < width; left += 2) {
                level[left / 2] =
                    left + 1 < width ? sha256(abi.encodePacked(hex"01", level[left], level[left + 1])) : level[left];
            }
            width = (width + 1) / 2;
            index /= 2;
        }
        bytes32[] memory siblings = new bytes32[](count);
        for (uint256 i; i < count; ++i) {
            siblings[i] = found[i];
        }
        return (level[0], siblings);
    }
}
