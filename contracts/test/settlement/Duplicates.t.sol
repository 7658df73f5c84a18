// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// One job settled twice: the later leaf is cancelled, whatever became of the first.
contract DuplicatesTest is SettlementNetwork {
    ISettlement.Kind private constant DEBIT = ISettlement.Kind.Debit;
    ISettlement.Kind private constant CREDIT = ISettlement.Kind.Credit;

    function test_theLaterOfTwoBatchesIsUndoneAndWhoSignedBothPays() public {
        Built memory first = postedFour();
        pass(CHALLENGE_WINDOW);
        finalizeNow(first);
        uint256 before = creditOf(provider2);
        // Job "c" again, among others; V3 signs in place of V1.
        Job[] memory jobs = new Job[](2);
        jobs[0] = job("e", C1, provider1, 5e18);
        jobs[1] = job("c", C1, provider2, 30e18 + 1);
        Built memory later = build(jobs);
        post(later, two(V2, V3));
        uint256 deposited = depositedBy(consumer1);

        vm.prank(HUNTER);
        settlement.duplicate(proofOf(first, 2), proofOf(later, 1), later.debits, later.credits);
        assertEq(depositedBy(consumer1), deposited + 30e18 + 1, "given back");
        assertEq(settlement.pledgeOf(vm.addr(V2)).active, VALIDATOR_BOND - 300e18 - 10, "signed both");
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, VALIDATOR_BOND, "signed the first");
        assertEq(settlement.pledgeOf(vm.addr(V3)).active, VALIDATOR_BOND, "signed the later");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.LeafCancelled.selector, uint256(1), uint256(1)));
        settlement.duplicate(proofOf(first, 2), proofOf(later, 1), later.debits, later.credits);

        pass(CHALLENGE_WINDOW);
        finalizeNow(later);
        assertEq(creditOf(provider2), before, "paid once");
    }

    function test_twoPlacesOfOneBatchCount() public {
        Job[] memory jobs = new Job[](3);
        jobs[0] = job("a", C1, provider1, 5e18);
        jobs[1] = job("b", C1, provider1, 7e18);
        jobs[2] = job("a", C1, provider1, 5e18);
        Built memory built = posted(jobs);
        ISettlement.Proof memory one = proofOf(built, 0);
        ISettlement.Proof memory other = proofOf(built, 2);
        vm.expectRevert(ISettlement.NotLater.selector);
        settlement.duplicate(other, one, built.debits, built.credits);
        vm.expectRevert(ISettlement.NotLater.selector);
        settlement.duplicate(one, one, built.debits, built.credits);
        bytes32 jobB = jobs[1].id;
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotDuplicate.selector, jobs[0].id, jobB));
        settlement.duplicate(one, proofOf(built, 1), built.debits, built.credits);
        settlement.duplicate(one, other, built.debits, built.credits);
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, VALIDATOR_BOND - MIN_SLASH, "first signer");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider1), net(17e18) - net(5e18), "the rest");
        assertEq(depositedBy(consumer1), DEPOSIT - 12e18, "paid once");
    }

    function test_aFinalBatchIsNotUndone() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        pass(CHALLENGE_WINDOW);
        finalizeNow(later);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.BatchFinal.selector, uint256(1)));
        settlement.duplicate(proofOf(first, 2), proofOf(later, 2), later.debits, later.credits);
    }

    function test_bothLeavesMustBeInTheirBatches() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        ISettlement.Proof memory good = proofOf(first, 2);
        ISettlement.Proof memory forged = proofOf(first, 2);
        forged.header.nonce = 7;
        vm.expectRevert(abi.encodeWithSelector(ISettlement.UnknownBatch.selector, uint256(7)));
        settlement.duplicate(forged, proofOf(later, 2), later.debits, later.credits);
        forged.header.nonce = 0;
        ISettlement.Proof memory moved = proofOf(later, 2);
        moved.leaf.consumer = consumer2;
        vm.expectRevert(abi.encodeWithSelector(ISettlement.BadLeaf.selector, uint256(2)));
        settlement.duplicate(good, moved, later.debits, later.credits);
        moved.leaf.consumer = consumer1;
        vm.expectRevert(ISettlement.ListMismatch.selector);
        settlement.duplicate(good, moved, later.credits, later.credits);
    }

    function test_whatTheListsDoNotHaveTheSignersCover() public {
        // A tree with a job of the batch before, and lists in which its provider is not credited for it but another is.
        Built memory first = postedFour();
        Job[] memory jobs = new Job[](2);
        jobs[0] = job("a", C1, provider1, 10e18 + 7);
        jobs[1] = job("x", C2, provider2, 1e18);
        Built memory later = build(jobs);
        setWord(later.credits, placeOf(later.credits, provider1), entryOf(provider1, 1e18));
        setWord(later.credits, placeOf(later.credits, provider2), entryOf(provider2, 9e18));
        seal(later);
        post(later, two(V1, V2));
        uint256 deposited = depositedBy(consumer1);
        settlement.duplicate(proofOf(first, 0), proofOf(later, 0), later.debits, later.credits);
        assertEq(depositedBy(consumer1), deposited + 10e18 + 7, "all of it");
        pass(CHALLENGE_WINDOW);
        finalizeNow(later);
        finalizeNow(first);
        assertEq(creditOf(provider1), net(30e18 + 16), "from the first batch only");
        uint256 owed = creditOf(provider1) + creditOf(provider2) + creditOf(vm.addr(V1)) + creditOf(vm.addr(V2));
        owed += depositedBy(consumer1) + depositedBy(consumer2);
        assertLe(owed, token.balanceOf(address(settlement)), "solvent");
    }

    function test_aContestedFigureIsSettledBeforeItsJobsAreCancelled() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        contest(later, DEBIT, consumer1);
        ISettlement.Proof memory one = proofOf(first, 0);
        ISettlement.Proof memory other = proofOf(later, 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ChallengeOpen.selector, uint256(1), DEBIT, consumer1));
        settlement.duplicate(one, other, later.debits, later.credits);
        contest(later, CREDIT, provider1);
        respond(later, DEBIT, consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ChallengeOpen.selector, uint256(1), CREDIT, provider1));
        settlement.duplicate(one, other, later.debits, later.credits);
        respond(later, CREDIT, provider1);
        settlement.duplicate(one, other, later.debits, later.credits);
        assertEq(depositedBy(consumer1), DEPOSIT - 2 * (40e18 + 8) + 10e18 + 7, "given back");
    }

    function test_aCancelledLeafNeedsNoAnswer() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        settlement.duplicate(proofOf(first, 0), proofOf(later, 0), later.debits, later.credits);
        contest(later, DEBIT, consumer1);
        // The leaf that is left explains the rest of the figure; the cancelled one is skipped.
        respond(later, DEBIT, consumer1);
        assertEq(settlement.challengeOf(1, DEBIT, consumer1).leaves, 1, "one counted");
        assertTrue(settlement.challengeOf(1, DEBIT, consumer1).isAnswered, "answered");
        contest(later, CREDIT, provider1);
        respond(later, CREDIT, provider1);
        assertTrue(settlement.challengeOf(1, CREDIT, provider1).isAnswered, "answered");
        // Where nothing is left, nothing can be contested.
        settlement.duplicate(proofOf(first, 2), proofOf(later, 2), later.debits, later.credits);
        settlement.duplicate(proofOf(first, 3), proofOf(later, 3), later.debits, later.credits);
        uint256 place = placeOf(later.credits, provider2);
        vm.prank(HUNTER);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingToProve.selector, uint256(1), CREDIT, provider2));
        settlement.challenge(later.header, CREDIT, later.credits, place);
    }

    function test_refundsNeverExceedTheDebit() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        contest(later, DEBIT, consumer1);
        pass(ANSWER_WINDOW);
        settlement.closeChallenge(later.header, DEBIT, consumer1);
        assertEq(depositedBy(consumer1), DEPOSIT - 40e18 - 8, "all of the second batch is back");
        settlement.duplicate(proofOf(first, 0), proofOf(later, 0), later.debits, later.credits);
        settlement.duplicate(proofOf(first, 2), proofOf(later, 2), later.debits, later.credits);
        assertEq(depositedBy(consumer1), DEPOSIT - 40e18 - 8, "not more");
    }

    function test_aCancelledJobIsNamedWithItsAmountAndBothParties() public {
        Built memory first = postedFour();
        Built memory later = postedFour();
        // Some of the debit is given back for another reason, so the refund does not tell the amount.
        contest(later, DEBIT, consumer1);
        ISettlement.SignedLeaf[] memory leaves = new ISettlement.SignedLeaf[](1);
        leaves[0] = shown(later, 0);
        settlement.answer(later.header, DEBIT, consumer1, leaves);
        pass(ANSWER_WINDOW);
        settlement.closeChallenge(later.header, DEBIT, consumer1);
        ISettlement.Leaf memory leaf = later.leaves[2];
        uint256 share = leaf.amount - net(leaf.amount);
        ISettlement.Proof memory one = proofOf(first, 2);
        ISettlement.Proof memory other = proofOf(later, 2);
        vm.expectEmit(address(settlement));
        emit ISettlement.JobCancelled(
            1, consumer1, provider2, 2, leaf.jobId, 30e18 + 1, 10e18 + 7, net(leaf.amount), share
        );
        settlement.duplicate(one, other, later.debits, later.credits);
    }
}
