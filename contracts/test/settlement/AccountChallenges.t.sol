// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// Contests of one figure: what answers them and what becomes of what is not answered.
contract AccountChallengesTest is SettlementNetwork {
    ISettlement.Kind private constant DEBIT = ISettlement.Kind.Debit;
    ISettlement.Kind private constant CREDIT = ISettlement.Kind.Credit;
    address private constant HELPER = address(0x4E19);

    function test_anAnsweredContestChangesNothingAndCostsItsBond() public {
        Built memory built = postedFour();
        uint256 bond = settlement.bondFor(4);
        assertEq(bond, 1e18 + 4e16, "bond");
        uint256 before = token.balanceOf(HUNTER);
        contest(built, DEBIT, consumer1);
        contest(built, CREDIT, provider2);
        assertEq(token.balanceOf(HUNTER), before - 2 * bond, "taken");
        vm.prank(HELPER);
        respond(built, DEBIT, consumer1);
        vm.prank(HELPER);
        respond(built, CREDIT, provider2);
        assertTrue(settlement.challengeOf(0, DEBIT, consumer1).isAnswered, "answered");
        vm.startPrank(HELPER);
        settlement.collectBond(0, DEBIT, consumer1);
        settlement.collectBond(0, CREDIT, provider2);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingToCollect.selector, HELPER));
        settlement.collectBond(0, CREDIT, provider2);
        vm.stopPrank();
        assertEq(creditOf(HELPER), 2 * bond, "both bonds");

        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider2), net(70e18 + 1), "the whole credit");
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, VALIDATOR_BOND, "nobody was slashed");
    }

    function test_eventsNameTheLeavesThatCountedAndTheContestOfABond() public {
        Built memory built = postedFour();
        contest(built, DEBIT, consumer1);
        ISettlement.SignedLeaf[] memory leaves = new ISettlement.SignedLeaf[](3);
        (leaves[0], leaves[1], leaves[2]) = (shown(built, 2), shown(built, 2), shown(built, 0));
        uint256[] memory counted = new uint256[](2);
        (counted[0], counted[1]) = (2, 0);
        vm.expectEmit(address(settlement));
        emit ISettlement.Answered(0, DEBIT, consumer1, HELPER, counted, 40e18 + 8);
        vm.prank(HELPER);
        settlement.answer(built.header, DEBIT, consumer1, leaves);
        uint256 bond = settlement.bondFor(4);
        vm.expectEmit(address(settlement));
        emit ISettlement.BondPaid(0, DEBIT, consumer1, HELPER, bond);
        vm.prank(HELPER);
        settlement.collectBond(0, DEBIT, consumer1);
    }

    function test_aDebitNobodySignedIsGivenBackFromTheSigners() public {
        // The lists charge consumer2 for a job that the tree does not have.
        Built memory built = build(fourJobs());
        uint256 place = placeOf(built.debits, consumer2);
        setWord(built.debits, place, bytes32(uint256(wordAt(built.debits, place)) + 100e18));
        place = placeOf(built.credits, provider1);
        setWord(built.credits, place, bytes32(uint256(wordAt(built.credits, place)) + 100e18));
        seal(built);
        post(built, two(V1, V2));
        contest(built, DEBIT, consumer2);
        respond(built, DEBIT, consumer2);
        pass(ANSWER_WINDOW);
        uint256 supply = token.totalSupply();
        vm.prank(HUNTER);
        settlement.closeChallenge(built.header, DEBIT, consumer2);
        assertEq(depositedBy(consumer2), DEPOSIT - 60e18 - 9, "what it signed is all it pays");
        // Ten times the amount from each, the refund first, then half burned and half for whoever closed it.
        uint256 penalty = 1000e18 - 50e18;
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, VALIDATOR_BOND - 1000e18, "first signer");
        assertEq(settlement.pledgeOf(vm.addr(V2)).active, VALIDATOR_BOND - 1000e18, "second signer");
        assertEq(settlement.pledgeOf(vm.addr(V3)).active, VALIDATOR_BOND, "not a signer");
        assertEq(supply - token.totalSupply(), penalty, "burned");
        assertEq(creditOf(HUNTER), settlement.bondFor(4), "bond back");
        _expectRegistryAgrees(V1);
        (, uint256 validators) = settlement.batchState();
        assertEq(validators, 1, "below the bond they sign no more");

        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider2), net(70e18 + 1), "honest credits stay funded");
        assertEq(holdsOf(V1), 0, "released");
    }

    function test_anOverpaidCreditIsBurned() public {
        Built memory built = build(fourJobs());
        uint256 from = placeOf(built.credits, provider2);
        uint256 to = placeOf(built.credits, provider1);
        setWord(built.credits, from, bytes32(uint256(wordAt(built.credits, from)) - 5e18));
        setWord(built.credits, to, bytes32(uint256(wordAt(built.credits, to)) + 5e18));
        seal(built);
        post(built, two(V1, V2));
        contest(built, CREDIT, provider1);
        vm.prank(provider1);
        respond(built, CREDIT, provider1);
        pass(ANSWER_WINDOW);
        uint256 supply = token.totalSupply();
        settlement.closeChallenge(built.header, CREDIT, provider1);
        // 5 that nobody proved, and half of the least penalty of two signers.
        assertEq(supply - token.totalSupply(), 5e18 + MIN_SLASH, "burned");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider1), net(30e18 + 16), "what it proved");
    }

    function test_whoAnswersWithItsOwnLeavesLosesNothing() public {
        Built memory built = postedFour();
        contest(built, CREDIT, provider1);
        vm.prank(provider1);
        respond(built, CREDIT, provider1);
        pass(CHALLENGE_WINDOW + FURTHER_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider1), net(30e18 + 16), "all of it");
    }

    function test_leavesCountInAnyOrderOnceAndWhoeverShowsThem() public {
        Built memory built = postedFour();
        contest(built, CREDIT, provider2);
        ISettlement.SignedLeaf[] memory all = shownOf(built, CREDIT, provider2);
        // A stranger shows the last leaf first, twice.
        ISettlement.SignedLeaf[] memory last = new ISettlement.SignedLeaf[](2);
        (last[0], last[1]) = (all[1], all[1]);
        vm.startPrank(HUNTER);
        settlement.answer(built.header, CREDIT, provider2, last);
        settlement.answer(built.header, CREDIT, provider2, last);
        vm.stopPrank();
        assertEq(settlement.challengeOf(0, CREDIT, provider2).proven, 40e18, "counted once");
        vm.prank(provider2);
        settlement.answer(built.header, CREDIT, provider2, all);
        assertTrue(settlement.challengeOf(0, CREDIT, provider2).isAnswered, "answered");
        vm.prank(provider2);
        settlement.collectBond(0, CREDIT, provider2);
        assertEq(creditOf(provider2), settlement.bondFor(4) / 2, "half the leaves, half the bond");
    }

    function test_onlyLeavesOfTheAccountWithVouchersCount() public {
        Built memory built = postedFour();
        contest(built, DEBIT, consumer1);
        ISettlement.SignedLeaf[] memory leaves = new ISettlement.SignedLeaf[](1);
        leaves[0] = shown(built, 1);
        _refused(built, leaves, abi.encodeWithSelector(ISettlement.NotOfAccount.selector, uint256(1), consumer1));
        leaves[0] = shown(built, 0);
        leaves[0].leaf.amount += 1;
        _refused(built, leaves, abi.encodeWithSelector(ISettlement.BadLeaf.selector, uint256(0)));
        built.leaves[0].amount -= 1;
        leaves[0] = shown(built, 0);
        leaves[0].path[0] = 0;
        _refused(built, leaves, abi.encodeWithSelector(ISettlement.BadLeaf.selector, uint256(0)));
        // Signed by somebody else, and for another amount.
        leaves[0] = shown(built, 0);
        leaves[0].signature = shown(built, 1).signature;
        _refused(built, leaves, abi.encodeWithSelector(ISettlement.BadVoucher.selector, uint256(0)));
        ISettlement.Leaf memory leaf = built.leaves[0];
        leaves[0].signature = signed(C1, voucherDigest(leaf.jobId, consumer1, provider1, leaf.amount - 1));
        _refused(built, leaves, abi.encodeWithSelector(ISettlement.BadVoucher.selector, uint256(0)));
    }

    function test_eachFigureIsContestedOnceInItsWindow() public {
        Built memory built = postedFour();
        contest(built, DEBIT, consumer1);
        uint256 place = placeOf(built.debits, consumer1);
        vm.startPrank(HUNTER);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AlreadyChallenged.selector, uint256(0), DEBIT, consumer1));
        settlement.challenge(built.header, DEBIT, built.debits, place);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NoSuchEntry.selector, uint256(2)));
        settlement.challenge(built.header, DEBIT, built.debits, 2);
        vm.expectRevert(ISettlement.ListMismatch.selector);
        settlement.challenge(built.header, CREDIT, built.debits, 0);
        vm.warp(START + CHALLENGE_WINDOW);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ChallengeWindowClosed.selector, START + CHALLENGE_WINDOW));
        settlement.challenge(built.header, DEBIT, built.debits, 1 - place);
        vm.stopPrank();
    }

    function test_aContestIsClosedAfterItsDeadlineOnly() public {
        Built memory built = postedFour();
        contest(built, DEBIT, consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AnswerWindowOpen.selector, START + ANSWER_WINDOW));
        settlement.closeChallenge(built.header, DEBIT, consumer1);
        pass(ANSWER_WINDOW);
        ISettlement.SignedLeaf[] memory leaves = shownOf(built, DEBIT, consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AnswerTooLate.selector, START + ANSWER_WINDOW));
        settlement.answer(built.header, DEBIT, consumer1, leaves);
        settlement.closeChallenge(built.header, DEBIT, consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NoOpenChallenge.selector, uint256(0), DEBIT, consumer1));
        settlement.closeChallenge(built.header, DEBIT, consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingToCollect.selector, HUNTER));
        vm.prank(HUNTER);
        settlement.collectBond(0, DEBIT, consumer1);
    }

    function test_finalityWaitsForContestsAndAFurtherWindow() public {
        Built memory built = postedFour();
        pass(CHALLENGE_WINDOW - 1);
        contest(built, DEBIT, consumer1);
        contest(built, CREDIT, provider1);
        pass(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.ChallengesOpen.selector, uint256(2)));
        finalizeNow(built);
        respond(built, DEBIT, consumer1);
        pass(ANSWER_WINDOW - 2);
        respond(built, CREDIT, provider1);
        uint256 until = vm.getBlockTimestamp() + FURTHER_WINDOW;
        vm.expectRevert(abi.encodeWithSelector(ISettlement.BatchNotFinal.selector, until));
        finalizeNow(built);
        vm.warp(until);
        finalizeNow(built);
        assertEq(creditOf(provider1), net(30e18 + 16), "credited");
    }

    function test_penaltiesLeaveWhatRefundsNeed() public {
        // A large batch in which every debit is invented: penalties of the first must not eat the refund of the second.
        depositOf(C1, 3000e18);
        depositOf(C2, 3000e18);
        address provider = vm.addr(0xB003);
        registerProvider(provider, 8000e18);
        vm.prank(provider);
        settlement.pledge(8000e18);
        Job[] memory jobs = new Job[](2);
        jobs[0] = job("a", C1, provider, 4000e18);
        jobs[1] = job("b", C2, provider, 4000e18);
        Built memory built = posted(jobs);
        contest(built, DEBIT, consumer1);
        contest(built, DEBIT, consumer2);
        pass(ANSWER_WINDOW);
        settlement.closeChallenge(built.header, DEBIT, consumer1);
        settlement.closeChallenge(built.header, DEBIT, consumer2);
        assertEq(depositedBy(consumer1), 4000e18, "first refund");
        assertEq(depositedBy(consumer2), 4000e18, "second refund");
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, 0, "all is gone");
        assertEq(registry.stakeOf(vm.addr(V1)), 0, "and never more than all");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider), net(8000e18), "funded");
        assertEq(holdsOf(V1), 0, "released");
        uint256 owed = creditOf(provider) + creditOf(vm.addr(V1)) + creditOf(vm.addr(V2)) + creditOf(HUNTER);
        assertEq(token.balanceOf(address(settlement)), owed + 8000e18, "solvent to the last wei");
    }

    function _refused(Built memory built, ISettlement.SignedLeaf[] memory leaves, bytes memory reason) private {
        vm.expectRevert(reason);
        settlement.answer(built.header, DEBIT, consumer1, leaves);
    }

    function _expectRegistryAgrees(uint256 key) private view {
        ISettlement.Pledge memory pledge = settlement.pledgeOf(vm.addr(key));
        (uint256 locked,) = registry.lockedBy(vm.addr(key), address(settlement));
        assertEq(locked, uint256(pledge.active) + pledge.leaving, "locked in the registry");
        assertLe(locked, registry.stakeOf(vm.addr(key)), "backed by the stake");
    }
}
