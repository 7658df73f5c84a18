// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeccakFrontier} from "../libraries/KeccakFrontier.sol";
import {KeccakTree} from "../libraries/KeccakTree.sol";
import {QuorumWire} from "../libraries/QuorumWire.sol";
import {QuorumStorage} from "./QuorumStorage.sol";

/// @title The receipt of every task that ended, and the tree of their hashes.
abstract contract QuorumReceipts is QuorumStorage {
    using KeccakFrontier for KeccakFrontier.Tree;

    KeccakFrontier.Tree private _receipts;

    function getCanonicalResult(bytes32 taskId) external view returns (Status status, bytes32 outputHash) {
        Task storage task = _known(taskId);
        status = task.status;
        if (status == Status.Completed) outputHash = task.outputHash;
    }

    function exportReceipt(bytes32 taskId)
        external
        view
        returns (bytes memory receipt, bytes32 receiptHash, uint256 index)
    {
        Task storage task = _known(taskId);
        if (task.status == Status.Pending) revert WrongStatus(taskId, task.status);
        receipt = _receiptOf(taskId, task);
        receiptHash = QuorumWire.receiptHash(receipt);
        index = task.receiptIndex;
    }

    function receiptTree() external view returns (bytes32 root, uint256 count) {
        return (_receipts.root(), _receipts.count);
    }

    function isExported(bytes32 receiptHash, uint256 index, bytes32[] calldata path) external view returns (bool) {
        return KeccakTree.verify(_receipts.root(), _receipts.count, KeccakTree.leafOf(receiptHash), index, path);
    }

    /// Once for a task, when nothing of it will change any more.
    function _export(bytes32 taskId, Task storage task) internal {
        bytes memory receipt = _receiptOf(taskId, task);
        bytes32 receiptHash = QuorumWire.receiptHash(receipt);
        uint256 index = _receipts.append(KeccakTree.leafOf(receiptHash));
        task.receiptIndex = uint64(index);
        emit ReceiptExported(taskId, receiptHash, index, _receipts.root(), receipt);
    }

    function _rootOf(address[] memory list) internal pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            leaves[i] = KeccakTree.leafOf(list[i]);
        }
        return KeccakTree.root(leaves);
    }

    function _receiptOf(bytes32 taskId, Task storage task) private view returns (bytes memory) {
        return QuorumWire.encode(
            QuorumWire.Receipt({
                intentId: task.intentId,
                taskId: taskId,
                cChainId: _C_CHAIN_ID,
                aChainId: _A_CHAIN_ID,
                requester: task.requester,
                manifest: task.manifest,
                promptHash: task.promptHash,
                canonicalOutputHash: task.outputHash,
                status: uint8(task.status),
                n: task.n,
                threshold: task.threshold,
                winnersRoot: task.winnersRoot,
                operatorsRoot: task.operatorsRoot,
                feePaid: task.n * _FEE,
                settledAtHeight: task.settledAt
            })
        );
    }
}
