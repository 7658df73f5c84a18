// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {QuorumWire} from "../libraries/QuorumWire.sol";
import {ICommitVerifier} from "./ICommitVerifier.sol";

/// @title One prompt answered by N drawn nodes that commit to their answers before any is shown.
/// @notice A task runs: request (or importIntent) → draw → commit → reveal → settle. A task that nobody draws in time is
/// cancelled instead. Who is drawn is decided by the hash of a block that did not exist when the task was asked for.
/// @dev Every sum is paid by credit, which its owner withdraws. Both ends of a window are included.
interface IInferenceQuorum {
    /// As in a receipt.
    enum Status {
        Unknown,
        Pending,
        Completed,
        Failed,
        /// Part of the receipt's format; never set here.
        Challenged
    }

    enum SeatState {
        /// Had no stake when it was drawn: it has nothing to lose and may not answer.
        Empty,
        Drawn,
        Committed,
        Revealed
    }

    struct Parameters {
        /// The chain whose intents are imported, and this one, as both bridges name them.
        bytes32 cChainId;
        bytes32 aChainId;
        /// Zero: no intent is ever imported.
        ICommitVerifier verifier;
        /// Burned, for each operator asked for.
        uint256 feePerOperator;
        /// For each fault; raised to SLASH_FACTOR rewards, capped by the stake.
        uint256 minSlash;
        uint64 commitBlocks;
        uint64 revealBlocks;
        /// Whether a revealed answer that lost is slashed like one that was not revealed.
        bool slashDissenters;
    }

    struct Task {
        /// 0 for a task of this chain.
        bytes32 intentId;
        bytes32 manifest;
        bytes32 promptHash;
        /// Of the packed list that is drawn from.
        bytes32 eligibleHash;
        /// The answer that reached the threshold; 0 before.
        bytes32 outputHash;
        bytes32 winnersRoot;
        bytes32 operatorsRoot;
        address requester;
        uint64 requestedAt;
        Status status;
        uint16 n;
        /// Who paid and is refunded: the requester, or whoever imported the intent.
        address payer;
        /// Block; 0 before.
        uint64 drawnAt;
        uint16 threshold;
        /// For each winner.
        uint128 reward;
        /// Block; 0 before.
        uint64 settledAt;
        /// Place of its receipt in the tree.
        uint64 receiptIndex;
    }

    struct Seat {
        address operator;
        /// Stake that the registry keeps locked for it.
        uint88 locked;
        SeatState state;
        /// Its commitment, then the hash of its output.
        bytes32 answer;
    }

    error ZeroAddress();
    error BadWindows(uint64 commitBlocks, uint64 revealBlocks);
    error ZeroManifest();
    error ZeroPrompt();
    error BadOperatorCount(uint256 n);
    error BadThreshold(uint256 threshold, uint256 lowest, uint256 highest);
    /// `needed` includes the margin, so that no one can predict who is drawn.
    error TooFewEligible(uint256 eligible, uint256 needed);
    error TooManyEligible(uint256 eligible, uint256 highest);
    error UnknownTask(bytes32 taskId);
    /// The task is not in the state that the call needs.
    error WrongStatus(bytes32 taskId, Status status);
    error AlreadyDrawn(bytes32 taskId);
    error NotDrawn(bytes32 taskId);
    error WrongEligibleList(bytes32 expected, bytes32 actual);
    /// The chain knows no hash of that block.
    error NoBeacon(uint256 blockNumber);
    error OutsideWindow(uint256 blockNumber, uint256 first, uint256 last);
    /// The caller does not hold that seat.
    error NotSeated(bytes32 taskId, uint256 seat, address caller);
    error WrongSeatState(SeatState actual, SeatState expected);
    error ZeroCommitment();
    error ZeroOutput();
    error WrongReveal(bytes32 committed, bytes32 revealed);
    error WrongChain(bytes32 cChainId, bytes32 aChainId);
    error AlreadyImported(bytes32 intentId, bytes32 taskId);
    error NoVerifier();
    error IntentNotCommitted(bytes32 intentId);
    /// What the intent pays does not cover the fees, or does not fit.
    error BadIntentFee(uint256 fee, uint256 burned);
    error NoCredit(address account);

    /// @param eligible The packed list to draw from, 20 bytes an address: `draw` takes it again.
    event TaskRequested(
        bytes32 indexed taskId,
        address indexed requester,
        bytes32 indexed manifest,
        bytes32 promptHash,
        uint16 n,
        uint16 threshold,
        uint128 reward,
        uint256 fee,
        address payer,
        bytes eligible
    );
    event IntentImported(bytes32 indexed intentId, bytes32 indexed taskId, address indexed importer);
    /// @param operators In draw order: an operator's place is its seat.
    event OperatorsDrawn(bytes32 indexed taskId, bytes32 beacon, address[] operators);
    event AnswerCommitted(bytes32 indexed taskId, address indexed operator, uint256 seat, bytes32 commitment);
    event AnswerRevealed(
        bytes32 indexed taskId, address indexed operator, uint256 seat, bytes32 outputHash, bytes32 embeddingHash
    );
    event OperatorSlashed(bytes32 indexed taskId, address indexed operator, uint256 slashed);
    event TaskSettled(
        bytes32 indexed taskId,
        Status status,
        bytes32 outputHash,
        address[] winners,
        uint256 paidPerWinner,
        uint256 refund
    );
    event TaskCancelled(bytes32 indexed taskId, uint256 refund);
    /// @param root Of all receipts up to this one.
    event ReceiptExported(
        bytes32 indexed taskId, bytes32 indexed receiptHash, uint256 index, bytes32 root, bytes receipt
    );
    event RewardsWithdrawn(address indexed account, uint256 amount);

    // ── a task's life ──

    /// Asks `n` nodes that serve `manifest`; `threshold` equal answers decide. Takes n · (reward + fee) of the caller's tokens
    /// (approved before) and burns the fees.
    function request(bytes32 manifest, bytes32 promptHash, uint16 n, uint16 threshold, uint128 reward)
        external
        returns (bytes32 taskId);

    /// Runs what somebody asked for on the other chain, at the caller's expense: n · fee is burned and an equal share of what
    /// is left of the intent's fee is each winner's reward.
    /// @param proof What the verifier wants.
    function importIntent(QuorumWire.Intent calldata intent, bytes calldata proof) external returns (bytes32 taskId);

    /// Draws the operators, by anyone, from DRAW_DELAY + 1 to DRAW_DELAY + DRAW_BLOCKS blocks after the request.
    /// @param eligible The list from `TaskRequested`.
    function draw(bytes32 taskId, bytes calldata eligible) external;

    /// @param seat The caller's place in `OperatorsDrawn`.
    function commit(bytes32 taskId, uint256 seat, bytes32 commitment) external;

    function reveal(bytes32 taskId, uint256 seat, bytes32 outputHash, bytes32 embeddingHash, bytes32 nonce) external;

    /// Ends a drawn task, by anyone, after its reveal window.
    function settle(bytes32 taskId) external;

    /// Ends a task that nobody drew in time, by anyone. The reward goes back, the fee stays burned.
    function cancel(bytes32 taskId) external;

    /// Pays the caller all that it is owed.
    function withdrawRewards() external returns (uint256 amount);

    // ── views ──

    function parameters() external view returns (Parameters memory);
    /// 0 where the intent was not imported.
    function taskForIntent(bytes32 intentId) external view returns (bytes32 taskId);
    function taskOf(bytes32 taskId) external view returns (Task memory);
    function seatsOf(bytes32 taskId) external view returns (Seat[] memory);
    /// `outputHash` is 0 unless the task is completed.
    function getCanonicalResult(bytes32 taskId) external view returns (Status status, bytes32 outputHash);
    /// The receipt of a task that has ended, and its place in the tree.
    function exportReceipt(bytes32 taskId)
        external
        view
        returns (bytes memory receipt, bytes32 receiptHash, uint256 index);
    /// The tree of all receipts, in the order in which their tasks ended.
    function receiptTree() external view returns (bytes32 root, uint256 count);
    /// Whether a receipt is at `index` of the tree as it is now.
    function isExported(bytes32 receiptHash, uint256 index, bytes32[] calldata path) external view returns (bool);
    /// How many tasks an account has asked for: the nonce of its next one.
    function nonceOf(address requester) external view returns (uint256);
    function creditOf(address account) external view returns (uint256);
    /// All open escrow and credit: what this contract must hold.
    function totalOwed() external view returns (uint256);
}
