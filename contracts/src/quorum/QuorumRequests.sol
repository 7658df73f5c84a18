// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IWeftToken} from "../interfaces/IWeftToken.sol";
import {OperatorDraw} from "../libraries/OperatorDraw.sol";
import {QuorumWire} from "../libraries/QuorumWire.sol";
import {QuorumStorage} from "./QuorumStorage.sol";

/// @title How tasks begin: asked for here, or imported from the other chain.
abstract contract QuorumRequests is QuorumStorage, ReentrancyGuardTransient {
    using SafeERC20 for IWeftToken;

    uint256 public constant MIN_OPERATORS = 3;
    uint256 public constant MAX_OPERATORS = 256;
    uint256 public constant MAX_ELIGIBLE = 256;

    mapping(bytes32 intentId => bytes32 taskId) private _taskOfIntent;
    mapping(address requester => uint256) private _nonces;

    function request(bytes32 manifest, bytes32 promptHash, uint16 n, uint16 threshold, uint128 reward)
        external
        nonReentrant
        returns (bytes32 taskId)
    {
        Task memory task = _newTask(manifest, promptHash, n, threshold);
        task.requester = msg.sender;
        task.reward = reward;
        taskId = QuorumWire.taskId(msg.sender, _nonces[msg.sender]++, manifest, promptHash, n, threshold);
        _open(taskId, task);
    }

    function importIntent(QuorumWire.Intent calldata intent, bytes calldata proof)
        external
        nonReentrant
        returns (bytes32 taskId)
    {
        if (intent.cChainId != _C_CHAIN_ID || intent.aChainId != _A_CHAIN_ID) {
            revert WrongChain(intent.cChainId, intent.aChainId);
        }
        bytes32 intentId = QuorumWire.intentId(intent);
        if (_taskOfIntent[intentId] != 0) revert AlreadyImported(intentId, _taskOfIntent[intentId]);
        if (address(_VERIFIER) == address(0)) revert NoVerifier();
        if (!_VERIFIER.isCommitted(intentId, intent.cTxHash, intent.callIndex, proof)) {
            revert IntentNotCommitted(intentId);
        }
        Task memory task = _newTask(intent.manifest, intent.promptHash, intent.n, intent.threshold);
        task.intentId = intentId;
        task.requester = intent.caller;
        task.reward = _rewardOf(intent.fee, intent.n);
        // The intent's id as nonce: never the count of a requester of this chain.
        taskId = QuorumWire.taskId(
            intent.caller, uint256(intentId), intent.manifest, intent.promptHash, intent.n, intent.threshold
        );
        _taskOfIntent[intentId] = taskId;
        emit IntentImported(intentId, taskId, msg.sender);
        _open(taskId, task);
    }

    function taskForIntent(bytes32 intentId) external view returns (bytes32 taskId) {
        return _taskOfIntent[intentId];
    }

    function nonceOf(address requester) external view returns (uint256) {
        return _nonces[requester];
    }

    function _newTask(bytes32 manifest, bytes32 promptHash, uint16 n, uint16 threshold)
        private
        pure
        returns (Task memory task)
    {
        if (manifest == 0) revert ZeroManifest();
        if (promptHash == 0) revert ZeroPrompt();
        if (n < MIN_OPERATORS || n > MAX_OPERATORS) revert BadOperatorCount(n);
        // A majority: two answers can never both reach it.
        uint256 lowest = n / 2 + 1;
        if (threshold < lowest || threshold > n) revert BadThreshold(threshold, lowest, n);
        task.manifest = manifest;
        task.promptHash = promptHash;
        task.n = n;
        task.threshold = threshold;
    }

    /// Stores a checked task and takes its money, the last thing that happens.
    function _open(bytes32 taskId, Task memory task) private {
        bytes memory eligible = _eligibleFor(task.manifest, task.n);
        task.eligibleHash = keccak256(eligible);
        task.payer = msg.sender;
        task.requestedAt = uint64(block.number);
        task.status = Status.Pending;
        _tasks[taskId] = task;
        uint256 escrow = uint256(task.n) * task.reward;
        uint256 fee = task.n * _FEE;
        _totalOwed += escrow;
        emit TaskRequested(
            taskId,
            task.requester,
            task.manifest,
            task.promptHash,
            task.n,
            task.threshold,
            task.reward,
            fee,
            msg.sender,
            eligible
        );
        TOKEN.safeTransferFrom(msg.sender, address(this), escrow + fee);
        TOKEN.burn(fee);
    }

    /// The registry's list as it is now, packed. It is bounded by what the registry asks of each node and by MAX_ELIGIBLE.
    function _eligibleFor(bytes32 manifest, uint256 n) private view returns (bytes memory) {
        uint256 eligible = REGISTRY.countServing(manifest);
        uint256 needed = n + (n < 4 ? 2 : n / 2);
        if (eligible < needed) revert TooFewEligible(eligible, needed);
        if (eligible > MAX_ELIGIBLE) revert TooManyEligible(eligible, MAX_ELIGIBLE);
        return OperatorDraw.pack(REGISTRY.listServing(manifest, 0, eligible));
    }

    function _rewardOf(uint256 fee, uint256 n) private view returns (uint128) {
        uint256 burned = n * _FEE;
        if (fee < burned) revert BadIntentFee(fee, burned);
        uint256 reward = (fee - burned) / n;
        if (reward > type(uint128).max) revert BadIntentFee(fee, burned);
        return uint128(reward);
    }
}
