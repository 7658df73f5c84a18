// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// What consumers put in and get out again, and how payees are paid.
contract DepositsTest is SettlementNetwork {
    address private constant ELSEWHERE = address(0x7777);

    function test_anyoneMayDepositForAConsumer() public {
        vm.startPrank(HUNTER);
        settlement.depositFor(consumer1, 5);
        assertEq(depositedBy(consumer1), DEPOSIT + 5, "deposit");
        vm.expectRevert(ISettlement.ZeroAmount.selector);
        settlement.deposit(0);
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        settlement.depositFor(address(0), 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AmountTooLarge.selector, type(uint96).max + DEPOSIT + 6));
        settlement.depositFor(consumer1, uint256(type(uint96).max) + 1);
        vm.stopPrank();
    }

    function test_aWithdrawalOpensAfterTheLongestReservationAndWhatMayFollowIt() public {
        vm.startPrank(consumer1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingRequested.selector, consumer1));
        settlement.withdraw(ELSEWHERE);
        settlement.requestWithdraw(DEPOSIT - 1);
        uint256 openAt = START + RESERVATION_LIFE + BATCH_AGE;
        vm.warp(openAt - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WithdrawalNotOpen.selector, openAt));
        settlement.withdraw(ELSEWHERE);
        vm.warp(openAt);
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        settlement.withdraw(address(0));
        settlement.withdraw(ELSEWHERE);
        vm.stopPrank();
        assertEq(token.balanceOf(ELSEWHERE), DEPOSIT - 1, "paid");
        assertEq(depositedBy(consumer1), 1, "left");
    }

    function test_aRequestIsBoundedAndCanBeReplacedOrCalledOff() public {
        vm.startPrank(consumer1);
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.DepositBelowRequest.selector, consumer1, DEPOSIT, DEPOSIT + 1)
        );
        settlement.requestWithdraw(DEPOSIT + 1);
        settlement.requestWithdraw(1);
        pass(100 days);
        // A larger request does not inherit the age of a smaller one.
        settlement.requestWithdraw(DEPOSIT);
        (, uint256 requested, uint64 openAt) = settlement.consumerOf(consumer1);
        assertEq(requested, DEPOSIT, "requested");
        assertEq(openAt, START + 100 days + RESERVATION_LIFE + BATCH_AGE, "its own window");
        settlement.requestWithdraw(0);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingRequested.selector, consumer1));
        settlement.withdraw(ELSEWHERE);
        vm.stopPrank();
    }

    function test_jobsReservedBeforeARequestAreStillPaid() public {
        vm.prank(consumer1);
        settlement.requestWithdraw(DEPOSIT);
        postedFour();
        pass(30 days);
        vm.prank(consumer1);
        settlement.withdraw(ELSEWHERE);
        assertEq(token.balanceOf(ELSEWHERE), DEPOSIT - 40e18 - 8, "what is left");
        assertEq(depositedBy(consumer1), 0, "nothing stays");
    }

    function test_aWithdrawalNeverRunsAheadOfTheOldestJobABatchMayHold() public {
        vm.prank(consumer1);
        settlement.requestWithdraw(DEPOSIT);
        vm.warp(START + RESERVATION_LIFE + BATCH_AGE - 1);
        vm.expectPartialRevert(ISettlement.WithdrawalNotOpen.selector);
        vm.prank(consumer1);
        settlement.withdraw(ELSEWHERE);
        postedFour();
        assertEq(depositedBy(consumer1), DEPOSIT - 40e18 - 8, "the provider's part has left");
    }

    function test_anOpenContestHoldsNobodysWithdrawal() public {
        vm.prank(consumer1);
        settlement.requestWithdraw(100e18);
        Built memory built = postedFour();
        vm.warp(START + CHALLENGE_WINDOW - 1);
        contest(built, ISettlement.Kind.Debit, consumer1);
        vm.warp(START + RESERVATION_LIFE + BATCH_AGE);
        vm.prank(consumer1);
        settlement.withdraw(ELSEWHERE);
        assertEq(token.balanceOf(ELSEWHERE), 100e18, "paid");
    }

    function test_creditsArePaidOnceToWhereThePayeeSays() public {
        Built memory built = postedFour();
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        uint256 credit = creditOf(provider1);
        assertEq(credit, net(30e18 + 16), "credit");
        vm.startPrank(provider1);
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        settlement.withdrawCredits(address(0));
        settlement.withdrawCredits(ELSEWHERE);
        assertEq(token.balanceOf(ELSEWHERE), credit, "paid");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NoCredits.selector, provider1));
        settlement.withdrawCredits(ELSEWHERE);
        vm.stopPrank();
    }
}
