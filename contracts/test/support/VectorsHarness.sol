// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {KeccakFrontier} from "../../src/libraries/KeccakFrontier.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {OperatorDraw} from "../../src/libraries/OperatorDraw.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {Gumbel} from "../../src/libraries/par1/Gumbel.sol";
import {Leaf} from "../../src/libraries/par1/Leaf.sol";
import {LeafTree} from "../../src/libraries/par1/LeafTree.sol";
import {Par1Receipt, Par1Receipts} from "../../src/libraries/par1/Par1Receipt.sol";

/// What a leaf says, every slot of it.
struct LeafValues {
    uint256 t;
    uint256 token;
    uint256 rank;
    uint256 flags;
    uint256 candidates;
    uint256[] ids;
    int256[] zq;
}

/// @title The libraries as calls, for `npm run vectors`: it holds every value of a known-answer file against them.
/// @dev Never deployed on a network. `npm run contracts:harness` writes its code to tools/vectors/generated.
contract VectorsHarness {
    using KeccakFrontier for KeccakFrontier.Tree;
    using Leaf for bytes;

    KeccakFrontier.Tree private _tree;

    // ── the quorum's wire ──

    function intentId(QuorumWire.Intent calldata intent) external pure returns (bytes32) {
        return QuorumWire.intentId(intent);
    }

    function commitment(QuorumWire.Answer calldata answer, address operator) external pure returns (bytes32) {
        return QuorumWire.commitment(answer, operator);
    }

    function encodeReceipt(QuorumWire.Receipt calldata receipt) external pure returns (bytes memory) {
        return QuorumWire.encode(receipt);
    }

    function receiptHash(bytes calldata encoded) external pure returns (bytes32) {
        return QuorumWire.receiptHash(encoded);
    }

    function rootOfAccounts(address[] calldata accounts) external pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            leaves[i] = KeccakTree.leafOf(accounts[i]);
        }
        return KeccakTree.root(leaves);
    }

    /// The root after each value, as the frontier keeps it. Writes storage, which a call that is only asked for forgets.
    function rootAfterEach(bytes32[] calldata values) external returns (bytes32[] memory roots) {
        roots = new bytes32[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            _tree.append(KeccakTree.leafOf(values[i]));
            roots[i] = _tree.root();
        }
    }

    function isProof(bytes32[] calldata values, uint256 index, bytes32[] calldata path) external pure returns (bool) {
        bytes32[] memory leaves = new bytes32[](values.length);
        for (uint256 i = 0; i < values.length; ++i) {
            leaves[i] = KeccakTree.leafOf(values[i]);
        }
        bytes32 leaf = leaves[index];
        return KeccakTree.verify(KeccakTree.root(leaves), values.length, leaf, index, path);
    }

    function draw(bytes32 beacon, address[] calldata eligible, uint256 n) external pure returns (address[] memory) {
        return OperatorDraw.draw(beacon, OperatorDraw.pack(eligible), n);
    }

    // ── PAR-1 ──

    function seedOf(bytes32 jobId, bytes32 nonce) external pure returns (bytes32) {
        return Par1Receipts.seedOf(jobId, nonce);
    }

    function decodePar1Receipt(bytes calldata receipt) external pure returns (Par1Receipt memory, bytes32 hash) {
        return (Par1Receipts.decode(receipt), sha256(receipt));
    }

    function readLeaf(bytes calldata leaf) external pure returns (LeafValues memory values, bytes32 leafHash) {
        (values.t, values.token, values.rank) = (leaf.position(), leaf.token(), leaf.rank());
        (values.flags, values.candidates) = (leaf.flags(), leaf.candidates());
        (values.ids, values.zq) = (new uint256[](Leaf.K), new int256[](Leaf.K));
        for (uint256 slot = 0; slot < Leaf.K; ++slot) {
            (values.ids[slot], values.zq[slot]) = (leaf.id(slot), leaf.zq(slot));
        }
        leafHash = LeafTree.hashLeaf(leaf);
    }

    function leafRoot(bytes32 leafHash, uint256 index, uint256 width, bytes32[] calldata siblings)
        external
        pure
        returns (bytes32)
    {
        return LeafTree.rootOf(leafHash, index, width, siblings);
    }

    /// What a leaf of a receipt violates, 0 for nothing.
    function judge(bytes calldata receipt, bytes calldata leaf, uint256 index)
        external
        view
        returns (FraudProofs.Verdict)
    {
        return FraudProofs.judge(Par1Receipts.decode(receipt), leaf, index, false);
    }

    /// `count` entries of the noise table, 16 bits each, big-endian.
    function gumbel(uint256 from, uint256 count) external pure returns (bytes memory table) {
        table = new bytes(2 * count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 entry = uint16(int16(Gumbel.noise(from + i)));
            (table[2 * i], table[2 * i + 1]) = (bytes1(uint8(entry >> 8)), bytes1(uint8(entry)));
        }
    }
}
