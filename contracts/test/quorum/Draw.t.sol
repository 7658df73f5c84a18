// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {OperatorDraw} from "../../src/libraries/OperatorDraw.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

contract QuorumDrawTest is QuorumNetwork {
    function setUp() public {
        deployQuorum(standard(), 10);
    }

    function testFuzz_theBeaconDecides(bytes32 beacon) public {
        vm.assume(beacon != 0);
        bytes32 taskId = ask();
        advance(3);
        vm.setBlockhash(height - 1, beacon);
        quorum.draw(taskId, eligibleNow());
        address[] memory expected = OperatorDraw.draw(beacon, eligibleNow(), N);
        address[] memory operators = operatorsOf(taskId);
        assertEq(operators.length, N, "operators");
        for (uint256 i = 0; i < N; ++i) {
            assertEq(operators[i], expected[i], "operator");
            for (uint256 earlier = 0; earlier < i; ++earlier) {
                assertTrue(operators[earlier] != operators[i], "drawn twice");
            }
        }
    }

    function test_opensThreeBlocksAfterTheRequest() public {
        bytes32 taskId = ask();
        uint256 asked = height;
        bytes memory eligible = eligibleNow();
        advance(2);
        outside(asked + 3, asked + 258);
        quorum.draw(taskId, eligible);
        advance(1);
        quorum.draw(taskId, eligible);
        assertEq(quorum.taskOf(taskId).drawnAt, asked + 3, "drawn");
    }

    function test_closesWhenTheBeaconIsForgotten() public {
        bytes32 inTime = ask();
        bytes32 late = ask();
        uint256 asked = height;
        bytes memory eligible = eligibleNow();
        advance(258);
        vm.setBlockhash(asked + 2, keccak256("beacon"));
        quorum.draw(inTime, eligible);
        advance(1);
        outside(asked + 3, asked + 258);
        quorum.draw(late, eligible);
    }

    function test_rejectsWithoutABeacon() public {
        bytes32 taskId = ask();
        bytes memory eligible = eligibleNow();
        advance(3);
        vm.setBlockhash(height - 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.NoBeacon.selector, height - 1));
        quorum.draw(taskId, eligible);
    }

    function test_cancelOpensWhenTheDrawCloses() public {
        bytes32 taskId = ask();
        uint256 asked = height;
        advance(258);
        outside(asked + 259, type(uint256).max);
        quorum.cancel(taskId);
        advance(1);
        uint256 supply = token.totalSupply();
        quorum.cancel(taskId);
        assertEq(quorum.creditOf(requester), uint256(N) * REWARD, "refund");
        assertEq(token.totalSupply(), supply, "the fee stays burned");
        assertEq(statusOf(taskId), uint8(IInferenceQuorum.Status.Failed), "status");
        (bytes memory receipt,,) = quorum.exportReceipt(taskId);
        assertEq(receipt.length, 355, "receipt");
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceQuorum.WrongStatus.selector, taskId, IInferenceQuorum.Status.Failed)
        );
        quorum.cancel(taskId);
    }

    function test_onlyTheListOfTheRequestIsDrawnFrom() public {
        bytes32 taskId = ask();
        bytes memory eligible = eligibleNow();
        addProvider(PROVIDER_BOND);
        advance(3);
        bytes memory later = eligibleNow();
        vm.expectRevert(
            abi.encodeWithSelector(IInferenceQuorum.WrongEligibleList.selector, keccak256(eligible), keccak256(later))
        );
        quorum.draw(taskId, later);
        quorum.draw(taskId, eligible);
    }

    function test_drawsOnce() public {
        (bytes32 taskId,) = drawn();
        bytes memory eligible = eligibleNow();
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.AlreadyDrawn.selector, taskId));
        quorum.draw(taskId, eligible);
        advance(300);
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.AlreadyDrawn.selector, taskId));
        quorum.cancel(taskId);
    }

    function test_locksTheStakeOfOperatorsUntilTheEnd() public {
        (bytes32 taskId, address[] memory operators) = drawn();
        for (uint256 i = 0; i < N; ++i) {
            (uint256 amount, uint256 locks) = registry.lockedBy(operators[i], address(quorum));
            assertEq(amount, MIN_SLASH, "locked");
            assertEq(locks, 1, "locks");
        }
        vm.prank(operators[0]);
        registry.deregister();
        passCooldown();
        vm.roll(height);
        advance(400);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, operators[0], 1));
        vm.prank(operators[0]);
        registry.withdraw();
        quorum.settle(taskId);
        for (uint256 i = 0; i < N; ++i) {
            (uint256 amount, uint256 locks) = registry.lockedBy(operators[i], address(quorum));
            assertEq(amount + locks, 0, "still locked");
        }
        vm.prank(operators[0]);
        registry.withdraw();
    }

    /// Three tasks of which each wants 500 locked of a stake of 1,000: the third finds nothing free and only freezes.
    function test_locksWhatIsFree() public {
        deployQuorum(standard(), 5);
        uint256[3] memory expected = [uint256(500e18), 1000e18, 1000e18];
        for (uint256 i = 0; i < 3; ++i) {
            vm.prank(requester);
            bytes32 taskId = quorum.request(MANIFEST, PROMPT, 3, 2, 50e18);
            bytes memory eligible = eligibleNow();
            advance(3);
            vm.setBlockhash(height - 1, keccak256("the same operators each time"));
            quorum.draw(taskId, eligible);
            (uint256 amount, uint256 locks) = registry.lockedBy(operatorsOf(taskId)[0], address(quorum));
            assertEq(amount, expected[i], "locked");
            assertEq(locks, i + 1, "locks");
        }
    }

    function test_anOperatorThatHasWithdrawnDoesNotStopTheDraw() public {
        deployQuorum(standard(), 5);
        bytes memory eligible = eligibleNow();
        bytes32 taskId = ask3();
        uint256 asked = height;
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(providers[i]);
            registry.deregister();
        }
        passCooldown();
        for (uint256 i = 0; i < 5; ++i) {
            vm.prank(providers[i]);
            registry.withdraw();
        }
        // As if the cooldown were shorter than a draw may wait, which a deployment can have.
        height = asked + 3;
        vm.roll(height);
        quorum.draw(taskId, eligible);
        IInferenceQuorum.Seat[] memory seats = quorum.seatsOf(taskId);
        advance(1);
        vm.expectRevert(
            abi.encodeWithSelector(
                IInferenceQuorum.WrongSeatState.selector,
                IInferenceQuorum.SeatState.Empty,
                IInferenceQuorum.SeatState.Drawn
            )
        );
        commitAs(taskId, seats[0].operator, 0, OUTPUT);
        advance(60);
        quorum.settle(taskId);
        assertEq(quorum.creditOf(requester), 3 * uint256(REWARD), "refund");
    }

    /// A block of the embedded chain holds 30 million gas. 171 and its margin are the most that 256 eligible nodes allow.
    function test_theLargestTaskFitsIntoABlock() public {
        for (uint256 i = 10; i < 256; ++i) {
            addProvider(PROVIDER_BOND);
        }
        vm.prank(requester);
        bytes32 taskId = quorum.request(MANIFEST, PROMPT, 171, 86, REWARD);
        bytes memory eligible = eligibleNow();
        advance(3);
        uint256 gas = gasleft();
        quorum.draw(taskId, eligible);
        assertLe(gas - gasleft(), 28_000_000, "gas of the draw");
        address[] memory operators = operatorsOf(taskId);
        advance(1);
        for (uint256 i = 0; i < 171; ++i) {
            commitAs(taskId, operators[i], i, OUTPUT);
        }
        advance(COMMIT_BLOCKS);
        for (uint256 i = 0; i < 86; ++i) {
            revealAs(taskId, operators[i], i, OUTPUT);
        }
        advance(REVEAL_BLOCKS);
        gas = gasleft();
        quorum.settle(taskId);
        assertLe(gas - gasleft(), 28_000_000, "gas of the end");
        assertEq(uint256(statusOf(taskId)), uint256(IInferenceQuorum.Status.Completed), "status");
    }

    function ask3() private returns (bytes32) {
        vm.prank(requester);
        return quorum.request(MANIFEST, PROMPT, 3, 2, REWARD);
    }

    function outside(uint256 first, uint256 last) private {
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.OutsideWindow.selector, height, first, last));
    }
}
