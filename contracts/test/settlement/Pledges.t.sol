// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// What nodes pledge, how long it stays, and who counts as a co-signer.
contract PledgesTest is SettlementNetwork {
    uint256 private constant LEAVING_TIME = BATCH_AGE + CHALLENGE_WINDOW + ANSWER_WINDOW + FURTHER_WINDOW;

    function test_aPledgeIsLockedAndBoundedByFreeStake() public {
        (uint256 locked,) = registry.lockedBy(provider1, address(settlement));
        assertEq(locked, PROVIDER_PLEDGE, "locked");
        uint256 free = PROVIDER_BOND - PROVIDER_PLEDGE;
        vm.startPrank(provider1);
        vm.expectRevert(
            abi.encodeWithSelector(
                INodeRegistry.LockAboveFreeStake.selector, provider1, PROVIDER_BOND + 1e9, PROVIDER_BOND
            )
        );
        settlement.pledge(free + 1e9);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotWholeGwei.selector, uint256(1)));
        settlement.pledge(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.AmountTooLarge.selector, uint256(1e9 << 53)));
        settlement.pledge(1e9 << 53);
        settlement.pledge(free);
        vm.stopPrank();
        assertEq(settlement.pledgeOf(provider1).active, PROVIDER_BOND, "pledged");
    }

    function test_whoIsNotRegisteredCannotPledge() public {
        vm.prank(HUNTER);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotActive.selector, HUNTER));
        settlement.pledge(1e9);
    }

    function test_onlyAPledgeOfTheBondMakesACoSigner() public {
        (, uint256 validators) = settlement.batchState();
        assertEq(validators, 3, "three pledged");
        address small = vm.addr(0xA0A0);
        registerValidator(small, VALIDATOR_BOND);
        vm.startPrank(small);
        settlement.pledge(VALIDATOR_BOND - 1e9);
        assertTrue(!_isValidator(small), "below the bond");
        settlement.pledge(1e9);
        assertTrue(_isValidator(small), "at the bond");
        // Pledging nothing more changes nothing.
        settlement.pledge(0);
        vm.stopPrank();
        (, validators) = settlement.batchState();
        assertEq(validators, 4, "counted once");
        // A provider's pledge makes none, however large.
        address rich = vm.addr(0xB0B0);
        registerProvider(rich, 3 * VALIDATOR_BOND);
        vm.prank(rich);
        settlement.pledge(2 * VALIDATOR_BOND);
        assertTrue(!_isValidator(rich), "not a validator");
    }

    function test_aPledgedNodeCannotUnbond() public {
        vm.startPrank(vm.addr(V1));
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, vm.addr(V1), uint256(1)));
        registry.deregister();
        // Once it asked to leave it signs nothing, and may start the registry's cooldown.
        settlement.requestUnpledge(VALIDATOR_BOND);
        assertTrue(!_isValidator(vm.addr(V1)), "no co-signer");
        registry.deregister();
        passCooldown();
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, vm.addr(V1), uint256(1)));
        registry.withdraw();
        pass(LEAVING_TIME);
        settlement.unpledge();
        registry.withdraw();
        vm.stopPrank();
        assertEq(token.balanceOf(vm.addr(V1)), VALIDATOR_BOND, "all of it");
    }

    function test_aPledgeLeavesAfterTheLastWindow() public {
        vm.startPrank(provider1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NothingLeaving.selector, provider1));
        settlement.unpledge();
        vm.expectRevert(ISettlement.ZeroAmount.selector);
        settlement.requestUnpledge(0);
        vm.expectRevert(
            abi.encodeWithSelector(
                ISettlement.PledgeBelowRequest.selector, provider1, PROVIDER_PLEDGE, PROVIDER_PLEDGE + 1
            )
        );
        settlement.requestUnpledge(PROVIDER_PLEDGE + 1);
        settlement.requestUnpledge(300e18);
        pass(LEAVING_TIME - 1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.UnpledgeNotOpen.selector, START + LEAVING_TIME));
        settlement.unpledge();
        pass(1);
        settlement.unpledge();
        vm.stopPrank();
        assertEq(registry.freeStakeOf(provider1), PROVIDER_BOND - PROVIDER_PLEDGE + 300e18, "free again");
    }

    function test_aPledgeStaysWhileBatchesNeedIt() public {
        Built memory built = postedFour();
        vm.prank(vm.addr(V1));
        settlement.requestUnpledge(VALIDATOR_BOND);
        pass(LEAVING_TIME);
        // Everything but what it holds for the batch may go.
        uint256 hold = built.header.total + MIN_SLASH;
        vm.startPrank(vm.addr(V1));
        settlement.unpledge();
        assertLe(hold, settlement.pledgeOf(vm.addr(V1)).leaving, "the hold stays");
        assertLe(settlement.pledgeOf(vm.addr(V1)).leaving, hold + 1e9, "and no more");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.PledgeInUse.selector, vm.addr(V1)));
        settlement.unpledge();
        vm.stopPrank();
        finalizeNow(built);
        vm.prank(vm.addr(V1));
        settlement.unpledge();
        assertEq(registry.freeStakeOf(vm.addr(V1)), VALIDATOR_BOND, "free");
    }

    function test_claimsKeepAProvidersPledge() public {
        postedFour();
        vm.startPrank(provider2);
        settlement.requestUnpledge(PROVIDER_PLEDGE);
        pass(LEAVING_TIME);
        settlement.unpledge();
        vm.stopPrank();
        assertLe(net(70e18 + 1), settlement.pledgeOf(provider2).leaving, "what it claims");
    }

    function _isValidator(address node) private view returns (bool yes) {
        (,,,, yes) = settlement.accountOf(node);
    }
}
