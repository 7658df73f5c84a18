// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {QuorumNetwork} from "./QuorumNetwork.sol";

/// @title Everything that people do with a quorum, in any order, and what must hold of it.
/// @dev Provider 0 is honest: it reveals whatever it committed before anything else may happen to its task.
contract QuorumHandler is QuorumNetwork {
    uint256 private constant PROVIDERS = 12;
    uint256 private constant MAX_TASKS = 8;

    bytes32[] public tasks;
    uint256 public immutable supplyAtStart;
    uint256 public burnedFees;
    /// A call that was rejected changed something.
    bool public wroteThoughRejected;
    /// How often each call went through: a run that does nothing proves nothing.
    mapping(bytes4 selector => uint256) public done;

    constructor() {
        deployQuorum(standard(), PROVIDERS);
        supplyAtStart = token.totalSupply();
    }

    function request(uint16 n, uint16 threshold, uint128 reward) external {
        if (tasks.length == MAX_TASKS) return;
        n = uint16(bound(n, 2, 9));
        threshold = uint16(bound(threshold, n / 2, n));
        reward = uint128(bound(reward, 0, 200e18));
        bytes memory data = abi.encodeCall(quorum.request, (MANIFEST, PROMPT, n, threshold, reward));
        (bool ok, bytes memory answer) = attempt(requester, data);
        if (!ok) return;
        tasks.push(abi.decode(answer, (bytes32)));
        burnedFees += n * FEE;
    }

    function draw(uint256 which) external {
        if (tasks.length == 0) return;
        attempt(requester, abi.encodeCall(quorum.draw, (pick(which), eligibleNow())));
    }

    function commit(uint256 which, uint256 seat, bool agrees) external {
        if (tasks.length == 0) return;
        bytes32 task = pick(which);
        (address operator, uint256 place) = seatOf(task, seat);
        bytes32 commitment = commitmentOf(task, operator, agrees ? OUTPUT : OTHER);
        attempt(operator, abi.encodeCall(quorum.commit, (task, place, commitment)));
    }

    function reveal(uint256 which, uint256 seat, bool agrees) external {
        if (tasks.length == 0) return;
        bytes32 task = pick(which);
        (address operator, uint256 place) = seatOf(task, seat);
        attempt(operator, abi.encodeCall(quorum.reveal, (task, place, agrees ? OUTPUT : OTHER, 0, NONCE)));
    }

    function settle(uint256 which) external {
        if (tasks.length == 0) return;
        attempt(requester, abi.encodeCall(quorum.settle, (pick(which))));
    }

    function cancel(uint256 which) external {
        if (tasks.length == 0) return;
        attempt(requester, abi.encodeCall(quorum.cancel, (pick(which))));
    }

    function withdrawRewards(uint256 who) external {
        attempt(actor(who), abi.encodeCall(quorum.withdrawRewards, ()));
    }

    function depart(uint256 who) external {
        if (who % 4 != 0) return;
        vm.prank(providers[1 + who % (PROVIDERS - 1)]);
        try registry.deregister() {} catch {}
    }

    /// Through a whole task at once, which chance alone would seldom do.
    function wholeTask(uint256 silent, uint256 dissents) external {
        bytes memory data = abi.encodeCall(quorum.request, (MANIFEST, PROMPT, N, THRESHOLD, REWARD));
        (bool ok, bytes memory result) = attempt(requester, data);
        if (!ok) return;
        burnedFees += N * FEE;
        bytes32 task = abi.decode(result, (bytes32));
        address[] memory operators = drawNow(task);
        advanceAndReveal(1);
        for (uint256 i = 0; i < N; ++i) {
            commitAs(task, operators[i], i, dissents >> i & 1 == 1 ? OTHER : OUTPUT);
        }
        advanceAndReveal(COMMIT_BLOCKS);
        for (uint256 i = 0; i < N; ++i) {
            bool speaks = operators[i] == providers[0] || silent >> i & 1 == 0;
            if (speaks) revealAs(task, operators[i], i, dissents >> i & 1 == 1 ? OTHER : OUTPUT);
        }
        advanceAndReveal(REVEAL_BLOCKS);
        attempt(actor(silent), abi.encodeCall(quorum.settle, (task)));
    }

    function pass(uint256 blocks) external {
        advanceAndReveal(bound(blocks, 1, 100));
    }

    function countTasks() external view returns (uint256) {
        return tasks.length;
    }

    function honest() external view returns (address) {
        return providers[0];
    }

    function credits() external view returns (uint256 sum) {
        sum = quorum.creditOf(requester);
        for (uint256 i = 0; i < PROVIDERS; ++i) {
            sum += quorum.creditOf(providers[i]);
        }
    }

    /// Of the tasks in `tasks`; those of `wholeTask` have ended.
    function openEscrow() external view returns (uint256 sum) {
        for (uint256 i = 0; i < tasks.length; ++i) {
            IInferenceQuorum.Task memory task = quorum.taskOf(tasks[i]);
            if (task.status == IInferenceQuorum.Status.Pending) sum += uint256(task.n) * task.reward;
        }
    }

    function stakes() external view returns (uint256 sum) {
        for (uint256 i = 0; i < PROVIDERS; ++i) {
            sum += registry.stakeOf(providers[i]);
        }
    }

    /// Locks that the registry has for the quorum, and the seats of open tasks that have one.
    function locksAndSeats() external view returns (uint256 locks, uint256 seated) {
        for (uint256 i = 0; i < PROVIDERS; ++i) {
            (, uint256 count) = registry.lockedBy(providers[i], address(quorum));
            locks += count;
        }
        for (uint256 i = 0; i < tasks.length; ++i) {
            if (quorum.taskOf(tasks[i]).status != IInferenceQuorum.Status.Pending) continue;
            seated += quorum.seatsOf(tasks[i]).length;
        }
    }

    function held() external view returns (uint256) {
        return token.balanceOf(address(quorum));
    }

    function owed() external view returns (uint256) {
        return quorum.totalOwed();
    }

    function supply() external view returns (uint256) {
        return token.totalSupply();
    }

    function stakeOf(address node) external view returns (uint256) {
        return registry.stakeOf(node);
    }

    /// Time passes block by block where the honest provider has something to reveal.
    function advanceAndReveal(uint256 blocks) private {
        for (uint256 left = blocks; left > 0;) {
            uint256 step = left < 15 ? left : 15;
            left -= step;
            advance(step);
            for (uint256 i = 0; i < tasks.length; ++i) {
                revealHonestly(tasks[i]);
            }
        }
    }

    function revealHonestly(bytes32 task) private {
        IInferenceQuorum.Seat[] memory seats = quorum.seatsOf(task);
        for (uint256 i = 0; i < seats.length; ++i) {
            if (seats[i].operator != providers[0] || seats[i].state != IInferenceQuorum.SeatState.Committed) continue;
            bytes32 output = seats[i].answer == commitmentOf(task, providers[0], OUTPUT) ? OUTPUT : OTHER;
            attempt(providers[0], abi.encodeCall(quorum.reveal, (task, i, output, 0, NONCE)));
        }
    }

    function attempt(address sender, bytes memory data) private returns (bool ok, bytes memory answer) {
        bytes32 before = stateHash();
        vm.prank(sender);
        (ok, answer) = address(quorum).call(data);
        if (ok) done[bytes4(data)] += 1;
        else if (stateHash() != before) wroteThoughRejected = true;
    }

    function stateHash() private view returns (bytes32) {
        bytes32 hash = keccak256(
            abi.encode(
                quorum.totalOwed(),
                quorum.nonceOf(requester),
                token.balanceOf(requester),
                token.balanceOf(address(quorum)),
                token.totalSupply(),
                registry.totalStake()
            )
        );
        for (uint256 i = 0; i < tasks.length; ++i) {
            hash = keccak256(abi.encode(hash, quorum.taskOf(tasks[i]), quorum.seatsOf(tasks[i])));
        }
        return hash;
    }

    function pick(uint256 which) private view returns (bytes32) {
        return tasks[which % tasks.length];
    }

    function seatOf(bytes32 task, uint256 seat) private view returns (address operator, uint256 place) {
        IInferenceQuorum.Seat[] memory seats = quorum.seatsOf(task);
        if (seats.length == 0) return (providers[0], 0);
        place = seat % seats.length;
        operator = seats[place].operator;
    }

    function actor(uint256 who) private view returns (address) {
        return who % (PROVIDERS + 1) == PROVIDERS ? requester : providers[who % (PROVIDERS + 1)];
    }
}
