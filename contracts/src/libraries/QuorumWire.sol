// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title The bytes of tasks, intents, commitments and receipts.
/// @notice Big-endian, fixed width. Intents and receipts are the public A-Chain bridge format; `src/protocol/quorum` is the
/// same in TypeScript, and both are checked against `quorum.vectors.json`.
library QuorumWire {
    /// A task asked for on another chain.
    struct Intent {
        bytes32 cChainId;
        bytes32 aChainId;
        bytes32 cTxHash;
        uint32 callIndex;
        address caller;
        bytes32 manifest;
        bytes32 promptHash;
        uint16 n;
        uint16 threshold;
        uint256 fee;
    }

    struct Receipt {
        bytes32 intentId;
        bytes32 taskId;
        bytes32 cChainId;
        bytes32 aChainId;
        address requester;
        bytes32 manifest;
        bytes32 promptHash;
        /// 0 unless completed.
        bytes32 canonicalOutputHash;
        uint8 status;
        uint16 n;
        uint16 threshold;
        bytes32 winnersRoot;
        bytes32 operatorsRoot;
        uint256 feePaid;
        uint64 settledAtHeight;
    }

    /// What an operator's commitment binds besides the operator.
    struct Answer {
        bytes32 taskId;
        bytes32 manifest;
        bytes32 promptHash;
        bytes32 outputHash;
        bytes32 embeddingHash;
        bytes32 nonce;
    }

    uint16 internal constant RECEIPT_VERSION = 1;
    string internal constant INTENT_DOMAIN = "lux/aivmbridge/intent/v1";
    string internal constant RECEIPT_DOMAIN = "lux/aivmbridge/receipt/v1";
    string internal constant TASK_DOMAIN = "weft/task/1";

    function intentId(Intent memory intent) internal pure returns (bytes32) {
        // Two parts, here and below: one call with all fields does not fit on the compiler's stack.
        bytes memory origin = abi.encodePacked(
            INTENT_DOMAIN, intent.cChainId, intent.aChainId, intent.cTxHash, intent.callIndex, intent.caller
        );
        bytes memory work = abi.encodePacked(intent.manifest, intent.promptHash, intent.n, intent.threshold, intent.fee);
        return keccak256(bytes.concat(origin, work));
    }

    /// The id of a task on this chain and in this contract. For an intent `nonce` is its id.
    function taskId(address requester, uint256 nonce, bytes32 manifest, bytes32 promptHash, uint16 n, uint16 threshold)
        internal
        view
        returns (bytes32)
    {
        bytes memory place = abi.encodePacked(TASK_DOMAIN, block.chainid, address(this), requester, nonce);
        return keccak256(bytes.concat(place, abi.encodePacked(manifest, promptHash, n, threshold)));
    }

    /// Over 212 bytes. The operator's address inside makes a copied commitment worthless.
    function commitment(Answer memory answer, address operator) internal pure returns (bytes32) {
        return keccak256(
            abi.encodePacked(
                answer.taskId,
                answer.manifest,
                answer.promptHash,
                answer.outputHash,
                answer.embeddingHash,
                operator,
                answer.nonce
            )
        );
    }

    /// Always 355 bytes.
    function encode(Receipt memory receipt) internal pure returns (bytes memory) {
        bytes memory subject = abi.encodePacked(
            RECEIPT_VERSION, receipt.intentId, receipt.taskId, receipt.cChainId, receipt.aChainId, receipt.requester
        );
        bytes memory answer = abi.encodePacked(
            receipt.manifest,
            receipt.promptHash,
            receipt.canonicalOutputHash,
            receipt.status,
            receipt.n,
            receipt.threshold
        );
        bytes memory outcome =
            abi.encodePacked(receipt.winnersRoot, receipt.operatorsRoot, receipt.feePaid, receipt.settledAtHeight);
        return bytes.concat(subject, answer, outcome);
    }

    /// @param encoded What `encode` made.
    function receiptHash(bytes memory encoded) internal pure returns (bytes32) {
        return keccak256(bytes.concat(bytes(RECEIPT_DOMAIN), encoded));
    }
}
