// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {Test} from "../support/Test.sol";
import {QuorumHandler} from "../support/QuorumHandler.sol";

contract QuorumInvariantsTest is Test {
    uint256 private constant BOND = 1000e18;

    QuorumHandler private handler;

    function setUp() public {
        handler = new QuorumHandler();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// A handler whose calls were all rejected would prove nothing.
    function test_theHandlerReachesEveryCall() public {
        handler.request(5, 3, 1e18);
        handler.request(5, 3, 1e18);
        handler.pass(2);
        handler.draw(0);
        handler.commit(0, 0, true);
        handler.pass(0);
        handler.commit(0, 0, true);
        handler.commit(0, 1, true);
        handler.pass(29);
        handler.reveal(0, 0, true);
        handler.pass(29);
        handler.settle(0);
        handler.pass(99);
        handler.pass(99);
        handler.cancel(1);
        for (uint256 i = 0; i < 13; ++i) {
            handler.withdrawRewards(i);
        }
        bytes4[7] memory calls = [
            IInferenceQuorum.request.selector,
            IInferenceQuorum.draw.selector,
            IInferenceQuorum.commit.selector,
            IInferenceQuorum.reveal.selector,
            IInferenceQuorum.settle.selector,
            IInferenceQuorum.cancel.selector,
            IInferenceQuorum.withdrawRewards.selector
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            assertTrue(handler.done(calls[i]) > 0, "never done");
        }
        assertTrue(handler.stakes() < 12 * BOND, "never slashed");
    }

    function invariant_holdsExactlyWhatItOwes() public view {
        assertEq(handler.owed(), handler.openEscrow() + handler.credits(), "owed = escrow + credit");
        assertEq(handler.held(), handler.owed(), "held");
    }

    function invariant_nothingIsMintedOrBurnedButFees() public view {
        assertEq(handler.supply() + handler.burnedFees(), handler.supplyAtStart(), "supply");
    }

    function invariant_aRejectedCallWritesNothing() public view {
        assertTrue(!handler.wroteThoughRejected(), "wrote though rejected");
    }

    function invariant_whoeverRevealsLosesNothing() public view {
        assertEq(handler.stakeOf(handler.honest()), BOND, "stake of the honest provider");
    }

    function invariant_onlyOpenTasksKeepLocks() public view {
        (uint256 locks, uint256 seated) = handler.locksAndSeats();
        assertEq(locks, seated, "locks");
    }
}
