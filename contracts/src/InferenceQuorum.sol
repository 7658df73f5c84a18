// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IWeftToken} from "./interfaces/IWeftToken.sol";
import {OperatorDraw} from "./libraries/OperatorDraw.sol";
import {QuorumWire} from "./libraries/QuorumWire.sol";
import {QuorumReceipts} from "./quorum/QuorumReceipts.sol";
import {QuorumRequests} from "./quorum/QuorumRequests.sol";
import {QuorumStorage} from "./quorum/QuorumStorage.sol";

/// @title Tasks from their draw to their end; see `IInferenceQuorum`.
/// @dev The registry and the token are the network's own. Still, state is written before either moves money, and no call that
/// writes can be entered from within another.
contract InferenceQuorum is QuorumRequests, QuorumReceipts {
    using SafeERC20 for IWeftToken;

    /// A fault costs this many rewards, where that is more than the lowest slash.
    uint256 public constant SLASH_FACTOR = 10;
    /// All of a slash goes to the winners.
    uint256 private constant ALL_BPS = 10_000;

    mapping(bytes32 taskId => mapping(bytes32 outputHash => uint256)) private _votes;
    /// Seats in the order of their reveals.
    mapping(bytes32 taskId => uint8[]) private _revealed;

    constructor(IWeftToken token, INodeRegistry registry, Parameters memory given)
        QuorumStorage(token, registry, given)
    {}

    function draw(bytes32 taskId, bytes calldata eligible) external nonReentrant {
        Task storage task = _pending(taskId);
        if (task.drawnAt != 0) revert AlreadyDrawn(taskId);
        uint256 beaconBlock = task.requestedAt + DRAW_DELAY;
        _requireWindow(beaconBlock + 1, beaconBlock + DRAW_BLOCKS);
        bytes32 eligibleHash = keccak256(eligible);
        if (eligibleHash != task.eligibleHash) revert WrongEligibleList(task.eligibleHash, eligibleHash);
        bytes32 beacon = blockhash(beaconBlock);
        if (beacon == 0) revert NoBeacon(beaconBlock);
        task.drawnAt = uint64(block.number);
        address[] memory operators = OperatorDraw.draw(beacon, eligible, task.n);
        uint256 slashAmount = _slashAmount(task.reward);
        for (uint256 i = 0; i < operators.length; ++i) {
            _seat(taskId, operators[i], slashAmount);
        }
        emit OperatorsDrawn(taskId, beacon, operators);
    }

    function commit(bytes32 taskId, uint256 seat, bytes32 commitment) external nonReentrant {
        Task storage task = _drawn(taskId);
        _requireWindow(task.drawnAt + 1, task.drawnAt + _COMMIT_BLOCKS);
        if (commitment == 0) revert ZeroCommitment();
        Seat storage own = _ownSeat(taskId, seat, SeatState.Drawn);
        own.state = SeatState.Committed;
        own.answer = commitment;
        emit AnswerCommitted(taskId, msg.sender, seat, commitment);
    }

    function reveal(bytes32 taskId, uint256 seat, bytes32 outputHash, bytes32 embeddingHash, bytes32 nonce)
        external
        nonReentrant
    {
        Task storage task = _drawn(taskId);
        uint256 commitEnd = task.drawnAt + _COMMIT_BLOCKS;
        _requireWindow(commitEnd + 1, commitEnd + _REVEAL_BLOCKS);
        // Zero stands for no answer in a receipt.
        if (outputHash == 0) revert ZeroOutput();
        Seat storage own = _ownSeat(taskId, seat, SeatState.Committed);
        bytes32 revealed = QuorumWire.commitment(
            QuorumWire.Answer({
                taskId: taskId,
                manifest: task.manifest,
                promptHash: task.promptHash,
                outputHash: outputHash,
                embeddingHash: embeddingHash,
                nonce: nonce
            }),
            msg.sender
        );
        if (revealed != own.answer) revert WrongReveal(own.answer, revealed);
        own.state = SeatState.Revealed;
        own.answer = outputHash;
        _revealed[taskId].push(uint8(seat));
        // The threshold is a majority: the first answer to reach it is the plurality, and no other can.
        if (++_votes[taskId][outputHash] == task.threshold) task.outputHash = outputHash;
        emit AnswerRevealed(taskId, msg.sender, seat, outputHash, embeddingHash);
    }

    function settle(bytes32 taskId) external nonReentrant {
        Task storage task = _drawn(taskId);
        _requireWindow(task.drawnAt + _COMMIT_BLOCKS + _REVEAL_BLOCKS + 1, type(uint256).max);
        bytes32 output = task.outputHash;
        task.status = output == 0 ? Status.Failed : Status.Completed;
        task.settledAt = uint64(block.number);
        address[] memory winners = _winners(taskId, output);
        uint256 pool = _closeSeats(taskId, task, output);
        _totalOwed += pool;
        uint256 left = uint256(task.n) * task.reward + pool;
        uint256 paidPerWinner = 0;
        if (winners.length > 0) {
            paidPerWinner = task.reward + pool / winners.length;
            left -= paidPerWinner * winners.length;
            for (uint256 i = 0; i < winners.length; ++i) {
                _credits[winners[i]] += paidPerWinner;
            }
        }
        _credits[task.payer] += left;
        task.winnersRoot = _rootOf(winners);
        emit TaskSettled(taskId, task.status, output, winners, paidPerWinner, left);
        _export(taskId, task);
    }

    function cancel(bytes32 taskId) external nonReentrant {
        Task storage task = _pending(taskId);
        if (task.drawnAt != 0) revert AlreadyDrawn(taskId);
        _requireWindow(task.requestedAt + DRAW_DELAY + DRAW_BLOCKS + 1, type(uint256).max);
        task.status = Status.Failed;
        task.settledAt = uint64(block.number);
        uint256 refund = uint256(task.n) * task.reward;
        _credits[task.payer] += refund;
        emit TaskCancelled(taskId, refund);
        _export(taskId, task);
    }

    function withdrawRewards() external nonReentrant returns (uint256 amount) {
        amount = _credits[msg.sender];
        if (amount == 0) revert NoCredit(msg.sender);
        _credits[msg.sender] = 0;
        _totalOwed -= amount;
        emit RewardsWithdrawn(msg.sender, amount);
        TOKEN.safeTransfer(msg.sender, amount);
    }

    /// Keeps as much of an operator's stake locked as a fault would cost, or what is free of it.
    function _seat(bytes32 taskId, address operator, uint256 slashAmount) private {
        // It may have left and withdrawn since the request, which must not stop the draw.
        if (REGISTRY.stakeOf(operator) == 0) {
            _seats[taskId].push(Seat(operator, 0, SeatState.Empty, 0));
            return;
        }
        uint256 free = REGISTRY.freeStakeOf(operator);
        uint256 locked = free < slashAmount ? free : slashAmount;
        if (locked > type(uint88).max) locked = type(uint88).max;
        _seats[taskId].push(Seat(operator, uint88(locked), SeatState.Drawn, 0));
        REGISTRY.lock(operator, locked);
    }

    /// Slashes, unlocks, and notes the operators' root.
    /// @return pool What was slashed; it has come to this contract.
    function _closeSeats(bytes32 taskId, Task storage task, bytes32 output) private returns (uint256 pool) {
        Seat[] storage seats = _seats[taskId];
        uint256 slashAmount = _slashAmount(task.reward);
        address[] memory operators = new address[](seats.length);
        for (uint256 i = 0; i < operators.length; ++i) {
            Seat storage seat = seats[i];
            address operator = seat.operator;
            operators[i] = operator;
            if (seat.state == SeatState.Empty) continue;
            if (_isFault(seat, output)) {
                uint256 slashed = REGISTRY.slash(operator, slashAmount, address(this), ALL_BPS);
                pool += slashed;
                emit OperatorSlashed(taskId, operator, slashed);
            }
            REGISTRY.unlock(operator, seat.locked);
        }
        task.operatorsRoot = _rootOf(operators);
    }

    /// Who answered `output`, in the order of their reveals; nobody where there is none.
    function _winners(bytes32 taskId, bytes32 output) private view returns (address[] memory winners) {
        winners = new address[](output == 0 ? 0 : _votes[taskId][output]);
        uint8[] storage order = _revealed[taskId];
        Seat[] storage seats = _seats[taskId];
        uint256 found = 0;
        for (uint256 i = 0; found < winners.length; ++i) {
            Seat storage seat = seats[order[i]];
            if (seat.answer == output) winners[found++] = seat.operator;
        }
    }

    function _isFault(Seat storage seat, bytes32 output) private view returns (bool) {
        if (seat.state == SeatState.Committed) return true;
        // Without a majority nobody is known to dissent.
        return _SLASH_DISSENTERS && seat.state == SeatState.Revealed && output != 0 && seat.answer != output;
    }

    function _slashAmount(uint256 reward) private view returns (uint256) {
        uint256 byReward = SLASH_FACTOR * reward;
        return byReward > _MIN_SLASH ? byReward : _MIN_SLASH;
    }

    function _drawn(bytes32 taskId) private view returns (Task storage task) {
        task = _pending(taskId);
        if (task.drawnAt == 0) revert NotDrawn(taskId);
    }

    function _ownSeat(bytes32 taskId, uint256 index, SeatState expected) private view returns (Seat storage seat) {
        Seat[] storage seats = _seats[taskId];
        if (index >= seats.length || seats[index].operator != msg.sender) revert NotSeated(taskId, index, msg.sender);
        seat = seats[index];
        if (seat.state != expected) revert WrongSeatState(seat.state, expected);
    }

    function _requireWindow(uint256 first, uint256 last) private view {
        if (block.number < first || block.number > last) revert OutsideWindow(block.number, first, last);
    }
}
