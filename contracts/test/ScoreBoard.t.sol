// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry, VALIDATOR} from "../src/interfaces/INodeRegistry.sol";
import {IScoreBoard} from "../src/interfaces/IScoreBoard.sol";
import {WeftTypes} from "../src/libraries/WeftTypes.sol";
import {ScoreBoard} from "../src/ScoreBoard.sol";
import {Network} from "./support/Network.sol";

contract ScoreBoardTest is Network {
    uint256 private constant KEY = 0xA11CE;
    uint256 private constant RUN_SECONDS = 3600;
    uint256 private constant SLASH = 500e18;
    address private constant SETTLEMENT = address(0x5E77);
    address private constant HUNTER = address(0xEEEE);

    ScoreBoard private board;
    address private anna;
    uint256 private run;

    function setUp() public {
        vm.warp(1_000_000);
        deployNetwork();
        board = new ScoreBoard(registry, SETTLEMENT, RUN_SECONDS, SLASH);
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (address(board), address(this));
        registry.wire(modules);
        anna = vm.addr(KEY);
        registerValidator(anna, VALIDATOR_BOND);
        run = board.currentRun();
    }

    function test_scoresAreShownInTheRunAfterTheirCommitment() public {
        IScoreBoard.Score[] memory scores = _scores();
        bytes32 commitment = keccak256(abi.encode(run, anna, scores, bytes32("salt")));
        vm.startPrank(anna);
        board.commit(commitment);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.AlreadyCommitted.selector, run, anna));
        board.commit(commitment);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotRevealable.selector, run, run));
        board.reveal(run, scores, "salt");
        vm.warp(1_000_000 + RUN_SECONDS);
        vm.expectPartialRevert(IScoreBoard.WrongReveal.selector);
        board.reveal(run, scores, "pepper");
        board.reveal(run, scores, "salt");
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.AlreadyRevealed.selector, run, anna));
        board.reveal(run, scores, "salt");
        vm.warp(1_000_000 + 2 * RUN_SECONDS);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotRevealable.selector, run, run + 2));
        board.reveal(run, scores, "salt");
        vm.stopPrank();
        assertTrue(board.commitmentOf(run, anna).revealed, "revealed");
    }

    function test_onlyActiveValidatorsCommit() public {
        vm.prank(HUNTER);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotValidator.selector, HUNTER));
        board.commit("x");
        vm.prank(anna);
        vm.expectRevert(IScoreBoard.ZeroCommitment.selector);
        board.commit(0);
    }

    function test_scoresAscendAndStayInRange() public {
        IScoreBoard.Score[] memory scores = _scores();
        vm.startPrank(anna);
        board.commit("x");
        vm.warp(1_000_000 + RUN_SECONDS);
        scores[1].score = 10_001;
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.BadScore.selector, address(2), uint16(10_001)));
        board.reveal(run, scores, "salt");
        scores[1] = scores[0];
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.BadScore.selector, address(1), uint16(7)));
        board.reveal(run, scores, "salt");
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.TooManyScores.selector, uint256(257)));
        board.reveal(run, new IScoreBoard.Score[](257), "salt");
        vm.stopPrank();
        vm.prank(HUNTER);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NothingCommitted.selector, run, HUNTER));
        board.reveal(run, scores, "salt");
    }

    function test_twoSignedCommitmentsCostHalfToTheReporter() public {
        bytes memory first = _sign("a");
        bytes memory second = _sign("b");
        vm.prank(HUNTER);
        assertEq(board.slashEquivocation(anna, run, "a", first, "b", second), SLASH, "slashed");
        assertEq(token.balanceOf(HUNTER), SLASH / 2, "bounty");
        assertTrue(!registry.isActive(anna, VALIDATOR), "below the bond");
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.AlreadySlashed.selector, run, anna));
        board.slashEquivocation(anna, run, "a", first, "b", second);
    }

    function test_aSignedCommitmentAgainstTheOneMadeHere() public {
        vm.prank(anna);
        board.commit("b");
        bytes memory signature = _sign("a");
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotSignedBy.selector, anna));
        board.slashEquivocation(anna, run, "a", signature, "c", "");
        board.slashEquivocation(anna, run, "a", signature, "b", "");
    }

    /// Who tells on itself while its stake stands for something else does not get away with what was free just then.
    function test_whatALockKeptIsTakenLater() public {
        (bytes memory first, bytes memory second) = (_sign("a"), _sign("b"));
        registry.setLock(anna, VALIDATOR_BOND, true);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NothingFree.selector, anna));
        board.slashEquivocation(anna, run, "a", first, "b", second);
        registry.setLock(anna, VALIDATOR_BOND - 1, true);
        vm.prank(anna);
        assertEq(board.slashEquivocation(anna, run, "a", first, "b", second), 1, "confessed");
        registry.setLock(anna, 0, false);
        vm.prank(HUNTER);
        assertEq(board.slashEquivocation(anna, run, "a", first, "b", second), SLASH - 1, "the rest");
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.AlreadySlashed.selector, run, anna));
        board.slashEquivocation(anna, run, "a", first, "b", second);
    }

    function test_nobodyIsSlashedForLess() public {
        bytes memory signature = _sign("a");
        vm.expectRevert(IScoreBoard.SameCommitment.selector);
        board.slashEquivocation(anna, run, "a", signature, "a", signature);
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotSignedBy.selector, anna));
        board.slashEquivocation(anna, run, "a", signature, "b", signature);
        // Never committed here: an empty second signature stands for nothing.
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotSignedBy.selector, anna));
        board.slashEquivocation(anna, run, "a", signature, 0, "");
        vm.expectRevert(WeftTypes.BadSignature.selector);
        board.slashEquivocation(anna, run, "a", signature, "b", new bytes(65));
        // Of another run.
        vm.expectRevert(abi.encodeWithSelector(IScoreBoard.NotSignedBy.selector, anna));
        board.slashEquivocation(anna, run + 1, "a", signature, "b", _sign("b"));
    }

    function _sign(bytes32 commitment) private view returns (bytes memory) {
        bytes32 structHash = WeftTypes.hashScoreCommitment(bytes32(run), commitment);
        bytes32 domain = WeftTypes.domainSeparator(block.chainid, SETTLEMENT);
        return signCompact(KEY, WeftTypes.digest(domain, structHash));
    }

    function _scores() private pure returns (IScoreBoard.Score[] memory scores) {
        scores = new IScoreBoard.Score[](2);
        scores[0] = IScoreBoard.Score(address(1), 7);
        scores[1] = IScoreBoard.Score(address(2), 10_000);
    }
}
