// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {PackedList} from "../../src/libraries/PackedList.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// What may be posted, and by whose signatures.
contract PostBatchTest is SettlementNetwork {
    function test_debitsAreTakenAtOnceAndCreditsGivenAtTheEnd() public {
        Built memory built = postedFour();
        (bool isPosted, bool isFinal) = settlement.statusOf(built.header);
        assertTrue(isPosted && !isFinal, "open");
        assertEq(depositedBy(consumer1), DEPOSIT - 40e18 - 8, "first debit");
        assertEq(depositedBy(consumer2), DEPOSIT - 60e18 - 9, "second debit");
        assertEq(creditOf(provider1), 0, "no credit yet");
        assertLe(built.header.total + MIN_SLASH, holdsOf(V1), "held");

        uint256 until = START + CHALLENGE_WINDOW;
        vm.warp(until - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.BatchNotFinal.selector, until));
        finalizeNow(built);
        vm.warp(until);
        finalizeNow(built);
        assertEq(creditOf(provider1), net(30e18 + 16), "first credit");
        assertEq(creditOf(provider2), net(70e18 + 1), "second credit");
        uint256 share = built.header.total - net(30e18 + 16) - net(70e18 + 1);
        assertEq(creditOf(vm.addr(V1)) + creditOf(vm.addr(V2)), share, "share");
        assertLe(creditOf(built.header.signers[0]) - creditOf(built.header.signers[1]), 1, "equal parts");
        assertEq(holdsOf(V1), 0, "released");
        (, uint256 claims,,,) = settlement.accountOf(provider1);
        assertEq(claims, 0, "nothing is claimed");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.BatchFinal.selector, uint256(0)));
        finalizeNow(built);
    }

    function test_noncesAreSequential() public {
        Built memory built = build(fourJobs());
        built.header.nonce = 1;
        _refused(built, abi.encodeWithSelector(ISettlement.WrongNonce.selector, uint256(1), uint256(0)));
        built.header.nonce = 0;
        post(built, two(V1, V2));
        // The same batch again, with the same signatures.
        bytes memory signatures = approve(built, two(V1, V2));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongNonce.selector, uint256(0), uint256(1)));
        postSigned(built, signatures);
    }

    function test_aDebitAboveTheDepositIsRefusedByName() public {
        Job[] memory jobs = fourJobs();
        jobs[3].amount = DEPOSIT;
        uint256 debit = DEPOSIT + 20e18 + 9;
        _refused(build(jobs), abi.encodeWithSelector(ISettlement.DebitAboveDeposit.selector, consumer2, DEPOSIT, debit));
        assertEq(depositedBy(consumer1), DEPOSIT, "nothing was taken");
    }

    function test_creditsAndShareMakeTheTotal() public {
        Built memory built = build(fourJobs());
        uint256 total = built.header.total;
        uint256 credits = net(30e18 + 16) + net(70e18 + 1);
        uint256 spare = total * SHARE_BPS / 10_000 - (total - credits);
        // Less than the providers are due is refused, beyond what rounding may leave to the validators.
        _addCredit(built, 0, -1 - int256(spare));
        _refused(built, abi.encodeWithSelector(ISettlement.CreditsNotTotal.selector, credits - 1 - spare, total));
        // More than the consumers pay is refused.
        uint256 tooMuch = total - credits + 1;
        _addCredit(built, 0, int256(tooMuch + 1 + spare));
        _refused(built, abi.encodeWithSelector(ISettlement.CreditsNotTotal.selector, total + 1, total));
    }

    function test_listsAscendWithoutGapsOrRepetition() public {
        Built memory built = build(fourJobs());
        bytes memory good = built.debits;
        built.debits = abi.encodePacked(wordAt(good, 1), wordAt(good, 0));
        _refusedList(built, _notAscending(wordAt(good, 0)));
        built.debits = abi.encodePacked(wordAt(good, 0), wordAt(good, 0), wordAt(good, 1));
        _refusedList(built, _notAscending(wordAt(good, 0)));
        built.debits = abi.encodePacked(bytes32(uint256(1)), good);
        _refusedList(built, _notAscending(0));
        built.debits = abi.encodePacked(good, hex"00");
        _refusedList(built, abi.encodeWithSelector(PackedList.BadListLength.selector, uint256(65)));
        built.debits = "";
        _refusedList(built, abi.encodeWithSelector(PackedList.BadListLength.selector, uint256(0)));
        built.debits = good;
        bytes memory credits = built.credits;
        built.credits = abi.encodePacked(wordAt(credits, 1), wordAt(credits, 0));
        _refusedList(built, _notAscending(wordAt(credits, 0)));
        built.credits = abi.encodePacked(credits, wordAt(credits, 1));
        _refusedList(built, _notAscending(wordAt(credits, 1)));
        built.credits = "";
        _refusedList(built, abi.encodeWithSelector(PackedList.BadListLength.selector, uint256(0)));
    }

    function test_aBatchHasJobs() public {
        Built memory built = build(fourJobs());
        built.header.jobs = 0;
        _refused(built, abi.encodeWithSelector(ISettlement.NoJobs.selector));
    }

    function test_aProviderClaimsNoMoreThanItsPledge() public {
        Job[] memory jobs = new Job[](1);
        jobs[0] = job("a", C1, provider1, 900e18);
        depositOf(C1, DEPOSIT);
        // 810 after the share, of a pledge of 800.
        _refused(build(jobs), abi.encodeWithSelector(ISettlement.ClaimAboveLimit.selector, provider1, net(900e18)));
        jobs[0].amount = 880e18;
        posted(jobs);
        jobs[0] = job("b", C1, provider1, 10e18);
        _refused(build(jobs), abi.encodeWithSelector(ISettlement.ClaimAboveLimit.selector, provider1, net(10e18)));
        // Who pledged nothing claims nothing.
        jobs[0] = job("c", C1, HUNTER, 10);
        _refused(build(jobs), abi.encodeWithSelector(ISettlement.ClaimAboveLimit.selector, HUNTER, net(10)));
    }

    function test_tinyBatchesUseUpTheirSigners() public {
        // Each holds a penalty, so 99 batches of next to nothing fill a pledge of 100 penalties.
        Job[] memory jobs = new Job[](1);
        for (uint256 i = 0; i < VALIDATOR_BOND / MIN_SLASH - 1; ++i) {
            jobs[0] = Job(bytes32(i), C1, provider1, 1);
            posted(jobs);
        }
        jobs[0].id = "more";
        Built memory built = build(jobs);
        bytes memory signatures = approve(built, two(V1, V2));
        vm.expectRevert(
            abi.encodeWithSelector(ISettlement.HoldAboveLimit.selector, built.header.signers[0], built.header.total)
        );
        postSigned(built, signatures);
    }

    function _addCredit(Built memory built, uint256 place, int256 more) private view {
        uint256 entry = uint256(wordAt(built.credits, place));
        setWord(built.credits, place, bytes32(uint256(int256(entry) + more)));
        seal(built);
    }

    function _notAscending(bytes32 entry) private pure returns (bytes memory) {
        return abi.encodeWithSelector(ISettlement.NotAscending.selector, address(bytes20(entry)));
    }

    function _refusedList(Built memory built, bytes memory reason) private {
        seal(built);
        _refused(built, reason);
    }

    function _refused(Built memory built, bytes memory reason) private {
        bytes memory signatures = approve(built, two(V1, V2));
        vm.expectRevert(reason);
        postSigned(built, signatures);
    }
}
