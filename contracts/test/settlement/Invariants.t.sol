// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementHandler} from "../support/SettlementHandler.sol";
import {Test} from "../support/Test.sol";

/// What holds whoever signs.
abstract contract SettlementInvariants is Test {
    uint256 internal constant V1 = 0xA001;
    uint256 internal constant P2 = 0xB002;
    uint256 internal constant DEPOSIT = 1000e18;
    /// Wei that do not divide among those who answered a contest.
    uint256 internal constant DUST = 1000;

    SettlementHandler internal handler;

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = handler.postSome.selector;
        selectors[1] = handler.contestAny.selector;
        selectors[2] = handler.answerAny.selector;
        selectors[3] = handler.duplicateAny.selector;
        selectors[4] = handler.convict.selector;
        selectors[5] = handler.chargeAny.selector;
        selectors[6] = handler.requestLeave.selector;
        selectors[7] = handler.unpledge.selector;
        selectors[8] = handler.withdrawSome.selector;
        selectors[9] = handler.wait_.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function invariant_whatIsOwedIsThere() public view {
        (, uint256 deposits, uint256 credits) = handler.world();
        assertLe(deposits + credits, handler.balance(), "owed");
    }

    function invariant_pledgesAreLockedAndBacked() public view {
        _expectBacked(V1);
        _expectBacked(P2);
        assertTrue(!handler.slashedWrongly(), "no slash above its penalty");
    }

    /// Runs at the end of every sequence.
    function afterInvariant() public {
        handler.finish();
        (, uint256 deposits, uint256 credits) = handler.world();
        assertLe(deposits + credits, handler.balance(), "owed");
        assertLe(handler.balance(), deposits + credits + DUST, "nothing stays behind");
        _expectHonestUnharmed();
    }

    function _expectHonestUnharmed() internal virtual;

    function _expectPaidAtMost(uint256 key) internal view {
        (ISettlement settlement,,) = handler.world();
        address consumer = vm.addr(key);
        (uint256 deposited,,) = settlement.consumerOf(consumer);
        assertLe(DEPOSIT, deposited + handler.owedBy(consumer), "pays no more than it vouched for");
    }

    function _expectBacked(uint256 key) private view {
        (uint256 pledged, uint256 locked, uint256 stake) = handler.pledgedAndLocked(key);
        assertEq(locked, pledged, "locked");
        assertLe(locked, stake, "backed");
    }
}

/// Signers who sign anything: consumers who look on are never charged for more than they signed.
contract HostileSignersTest is SettlementInvariants {
    function setUp() public {
        handler = new SettlementHandler(true);
    }

    function test_theHandlerReachesWhatItShould() public {
        for (uint256 i = 0; i < 6; ++i) {
            handler.postSome(uint256(keccak256(abi.encode(i))), 1);
        }
        handler.finish();
        assertLe(1, handler.contested(), "contested");
        assertLe(1, handler.cancelled(), "cancelled");
        assertLe(6, handler.finalized(), "finalized");
        _expectHonestUnharmed();
    }

    function _expectHonestUnharmed() internal view override {
        _expectPaidAtMost(0xC001);
        _expectPaidAtMost(0xC002);
    }
}

/// Signers and providers who answer: nothing that others do costs them anything.
contract HonestSignersTest is SettlementInvariants {
    function setUp() public {
        handler = new SettlementHandler(false);
    }

    function test_theHandlerReachesWhatItShould() public {
        for (uint256 i = 0; i < 6; ++i) {
            handler.postSome(i, 4);
            handler.contestAny(i, 0, 0);
            handler.contestAny(i, 1, 0);
            handler.answerAny(i, 1, 0);
        }
        // Contests are answered before jobs of a contested figure can be cancelled.
        handler.wait_(1);
        for (uint256 i = 0; i < handler.JOBS(); ++i) {
            try handler.convict(i) {} catch {}
            for (uint256 b = 0; b < 6; ++b) {
                try handler.chargeAny(b, i) {} catch {}
            }
        }
        handler.finish();
        assertLe(1, handler.cancelled(), "cancelled");
        assertLe(6, handler.finalized(), "finalized");
        _expectHonestUnharmed();
    }

    function _expectHonestUnharmed() internal view override {
        _expectPaidAtMost(0xC001);
        _expectPaidAtMost(0xC002);
        (ISettlement settlement,,) = handler.world();
        (uint256 earned,,,,) = settlement.accountOf(vm.addr(0xB001));
        assertEq(earned, handler.earned1(), "the honest provider gets every figure");
        (,, uint256 stake1) = handler.pledgedAndLocked(V1);
        (,, uint256 stake2) = handler.pledgedAndLocked(0xA002);
        assertEq(stake1 + stake2, 20_000e18, "honest signers keep their stake");
    }
}
