// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

contract QuorumAnswersTest is QuorumNetwork {
    bytes32 private task;
    address[] private operators;
    uint256 private drawnAt;

    function setUp() public {
        deployQuorum(standard(), 10);
        (task, operators) = drawn();
        drawnAt = height;
    }

    function test_commitsFromTheBlockAfterTheDraw() public {
        outside(drawnAt + 1, drawnAt + 30);
        commitAs(task, operators[0], 0, OUTPUT);
        advance(1);
        commitAs(task, operators[0], 0, OUTPUT);
    }

    function test_commitsToTheThirtiethBlock() public {
        advance(30);
        commitAs(task, operators[0], 0, OUTPUT);
        advance(1);
        outside(drawnAt + 1, drawnAt + 30);
        commitAs(task, operators[1], 1, OUTPUT);
    }

    function test_revealsFromThe31stToThe60thBlock() public {
        advance(30);
        commitAs(task, operators[0], 0, OUTPUT);
        commitAs(task, operators[1], 1, OUTPUT);
        commitAs(task, operators[2], 2, OUTPUT);
        outside(drawnAt + 31, drawnAt + 60);
        revealAs(task, operators[0], 0, OUTPUT);
        advance(1);
        revealAs(task, operators[0], 0, OUTPUT);
        advance(29);
        revealAs(task, operators[1], 1, OUTPUT);
        advance(1);
        outside(drawnAt + 31, drawnAt + 60);
        revealAs(task, operators[2], 2, OUTPUT);
    }

    function test_settlesFromThe61stBlock() public {
        advance(60);
        outside(drawnAt + 61, type(uint256).max);
        quorum.settle(task);
        advance(1);
        quorum.settle(task);
    }

    function test_nothingBeforeTheDraw() public {
        bytes32 asked = ask();
        bytes memory expected = abi.encodeWithSelector(IInferenceQuorum.NotDrawn.selector, asked);
        vm.expectRevert(expected);
        commitAs(asked, operators[0], 0, OUTPUT);
        vm.expectRevert(expected);
        revealAs(asked, operators[0], 0, OUTPUT);
        advance(400);
        vm.expectRevert(expected);
        quorum.settle(asked);
    }

    /// The copy is accepted: nobody can tell. It opens for its author only, so whoever copied pays for silence.
    function test_aCopiedCommitmentOpensForItsAuthorOnly() public {
        advance(1);
        commitAs(task, operators[0], 0, OUTPUT);
        bytes32 seen = quorum.seatsOf(task)[0].answer;
        vm.prank(operators[1]);
        quorum.commit(task, 1, seen);
        advance(30);
        revealAs(task, operators[0], 0, OUTPUT);
        bytes32 own = commitmentOf(task, operators[1], OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.WrongReveal.selector, seen, own));
        revealAs(task, operators[1], 1, OUTPUT);
        advance(30);
        quorum.settle(task);
        assertEq(registry.stakeOf(operators[1]), PROVIDER_BOND - MIN_SLASH, "copier");
        assertEq(registry.stakeOf(operators[0]), PROVIDER_BOND, "author");
    }

    /// The task's id is in the commitment, so one of an earlier task about the same prompt opens nothing.
    function test_aCommitmentOfAnotherTaskDoesNotOpen() public {
        bytes32 other = ask();
        advance(1);
        bytes32 foreign = commitmentOf(other, operators[0], OUTPUT);
        vm.prank(operators[0]);
        quorum.commit(task, 0, foreign);
        advance(30);
        bytes32 own = commitmentOf(task, operators[0], OUTPUT);
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.WrongReveal.selector, foreign, own));
        revealAs(task, operators[0], 0, OUTPUT);
    }

    function testFuzz_onlyWhatWasCommittedOpens(bytes32 output, bytes32 embedding, bytes32 nonce) public {
        vm.assume(output != 0 && (output != OUTPUT || embedding != 0 || nonce != NONCE));
        advance(1);
        commitAs(task, operators[0], 0, OUTPUT);
        advance(30);
        vm.expectRevert();
        vm.prank(operators[0]);
        quorum.reveal(task, 0, output, embedding, nonce);
        revealAs(task, operators[0], 0, OUTPUT);
    }

    function test_aSeatIsItsOperatorsOnly() public {
        advance(1);
        bytes32 commitment = commitmentOf(task, operators[0], OUTPUT);
        bytes4 selector = IInferenceQuorum.NotSeated.selector;
        vm.expectRevert(abi.encodeWithSelector(selector, task, 1, operators[0]));
        vm.prank(operators[0]);
        quorum.commit(task, 1, commitment);
        vm.expectRevert(abi.encodeWithSelector(selector, task, 5, operators[0]));
        vm.prank(operators[0]);
        quorum.commit(task, 5, commitment);
        vm.expectRevert(abi.encodeWithSelector(selector, task, 0, requester));
        vm.prank(requester);
        quorum.commit(task, 0, commitment);
    }

    function test_commitsAndRevealsOnce() public {
        advance(1);
        commitAs(task, operators[0], 0, OUTPUT);
        wrongSeat(IInferenceQuorum.SeatState.Committed, IInferenceQuorum.SeatState.Drawn);
        commitAs(task, operators[0], 0, OTHER);
        advance(30);
        wrongSeat(IInferenceQuorum.SeatState.Drawn, IInferenceQuorum.SeatState.Committed);
        revealAs(task, operators[1], 1, OUTPUT);
        revealAs(task, operators[0], 0, OUTPUT);
        wrongSeat(IInferenceQuorum.SeatState.Revealed, IInferenceQuorum.SeatState.Committed);
        revealAs(task, operators[0], 0, OUTPUT);
    }

    function test_zeroIsNoAnswer() public {
        advance(1);
        vm.expectRevert(IInferenceQuorum.ZeroCommitment.selector);
        vm.prank(operators[0]);
        quorum.commit(task, 0, 0);
        commitAs(task, operators[0], 0, 0);
        advance(30);
        vm.expectRevert(IInferenceQuorum.ZeroOutput.selector);
        revealAs(task, operators[0], 0, 0);
    }

    function wrongSeat(IInferenceQuorum.SeatState actual, IInferenceQuorum.SeatState expected) private {
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.WrongSeatState.selector, actual, expected));
    }

    function outside(uint256 first, uint256 last) private {
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.OutsideWindow.selector, height, first, last));
    }
}
