// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {QuorumNetwork} from "../support/QuorumNetwork.sol";

/// What each step of a task costs: five operators drawn from ten, everybody agrees.
/// forge-config: default.isolate = true
contract QuorumGasTest is QuorumNetwork {
    /// A task of five is worth asking for while all of its steps together stay below this.
    uint256 private constant MOST_GAS = 2_500_000;

    function setUp() public {
        deployQuorum(standard(), 10);
        // A first task, so that the one that is measured finds the slots of its people written.
        (bytes32 task, address[] memory operators) = drawn();
        answer(task, operators, same(OUTPUT, N), N);
    }

    function test_aTaskOfFive() public {
        bytes memory eligible = eligibleNow();
        bytes32 task = ask();
        uint256 total = vm.snapshotGasLastCall("quorum: request, 5 of 10");
        advance(3);
        quorum.draw(task, eligible);
        total += vm.snapshotGasLastCall("quorum: draw, 5 of 10");
        address[] memory operators = operatorsOf(task);
        advance(1);
        uint256 commitGas;
        for (uint256 i = 0; i < N; ++i) {
            commitAs(task, operators[i], i, OUTPUT);
            commitGas += vm.lastCallGas().gasTotalUsed;
        }
        vm.snapshotValue("quorum: commit", commitGas / N);
        advance(COMMIT_BLOCKS);
        uint256 revealGas;
        for (uint256 i = 0; i < N; ++i) {
            revealAs(task, operators[i], i, OUTPUT);
            revealGas += vm.lastCallGas().gasTotalUsed;
        }
        vm.snapshotValue("quorum: reveal", revealGas / N);
        advance(REVEAL_BLOCKS);
        quorum.settle(task);
        total += vm.snapshotGasLastCall("quorum: settle, 5 winners");
        assertLe(total + commitGas + revealGas, MOST_GAS, "gas of a task");
    }
}
