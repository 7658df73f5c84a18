// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry, PROVIDER, VALIDATOR} from "../src/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../src/NodeRegistry.sol";
import {Network} from "./support/Network.sol";

/// What modules may do to a node's stake, and who becomes one. This contract is a module.
contract NodeRegistryModulesTest is Network {
    address private constant ANNA = address(0xAAAA);
    address private constant STRANGER = address(0xDDDD);
    address private constant HUNTER = address(0xEEEE);

    function setUp() public {
        deployNetwork();
        wire(address(this));
        registerProvider(ANNA, 3 * PROVIDER_BOND);
    }

    function test_modulesAreNamedOnceByTheDeployer() public {
        address[] memory modules = new address[](1);
        modules[0] = STRANGER;
        vm.expectRevert(INodeRegistry.AlreadyWired.selector);
        registry.wire(modules);
        NodeRegistry fresh = new NodeRegistry(token, INodeRegistry.Parameters(1, 1, 1, 1));
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NotDeployer.selector, STRANGER));
        fresh.wire(modules);
        vm.expectRevert(INodeRegistry.NotWired.selector);
        fresh.register(hex"01", new bytes[](0), PROVIDER, new bytes32[](0), 1);
        vm.expectRevert(INodeRegistry.ZeroModule.selector);
        fresh.wire(new address[](1));
        fresh.wire(modules);
        assertTrue(fresh.isModule(STRANGER), "wired");
    }

    function test_nobodyElseLocksOrSlashes() public {
        bytes memory refusal = abi.encodeWithSelector(INodeRegistry.NotModule.selector, STRANGER);
        vm.startPrank(STRANGER);
        vm.expectRevert(refusal);
        registry.lock(ANNA, 1);
        vm.expectRevert(refusal);
        registry.unlock(ANNA, 1);
        vm.expectRevert(refusal);
        registry.setLock(ANNA, 1, true);
        vm.expectRevert(refusal);
        registry.slash(ANNA, 1, STRANGER, 10_000);
        vm.stopPrank();
    }

    function test_locksFreezeStakeAndRoles() public {
        registry.lock(ANNA, 2 * PROVIDER_BOND);
        assertEq(registry.freeStakeOf(ANNA), PROVIDER_BOND, "free");
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.LockAboveFreeStake.selector, ANNA, PROVIDER_BOND + 1, PROVIDER_BOND)
        );
        registry.lock(ANNA, PROVIDER_BOND + 1);
        // An empty lock only freezes.
        registry.lock(ANNA, 0);
        vm.startPrank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, ANNA, uint256(2)));
        registry.update(new bytes[](0), VALIDATOR, new bytes32[](0));
        registry.update(new bytes[](0), PROVIDER, new bytes32[](0));
        registry.deregister();
        vm.stopPrank();
        passCooldown();

        registry.unlock(ANNA, 2 * PROVIDER_BOND);
        vm.prank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, ANNA, uint256(1)));
        registry.withdraw();
        registry.unlock(ANNA, 0);
        vm.prank(ANNA);
        registry.withdraw();
        assertEq(token.balanceOf(ANNA), 3 * PROVIDER_BOND, "all of it");
    }

    function test_aModuleClosesItsOwnLocksOnly() public {
        registry.lock(ANNA, 5);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.UnlockAboveLock.selector, ANNA, address(this), uint256(6), uint256(5))
        );
        registry.unlock(ANNA, 6);
        registry.unlock(ANNA, 5);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.UnlockAboveLock.selector, ANNA, address(this), uint256(0), uint256(0))
        );
        registry.unlock(ANNA, 0);
    }

    function test_aSlashPaysItsShareAndBurnsTheRest() public {
        uint256 supply = token.totalSupply();
        assertEq(registry.slash(ANNA, 100, HUNTER, 5000), 100, "slashed");
        assertEq(token.balanceOf(HUNTER), 50, "bounty");
        assertEq(token.totalSupply(), supply - 50, "burned");
        assertEq(registry.stakeOf(ANNA), 3 * PROVIDER_BOND - 100, "stake");

        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.BadShare.selector, uint256(10_001)));
        registry.slash(ANNA, 1, HUNTER, 10_001);
        vm.expectRevert(INodeRegistry.NoRecipient.selector);
        registry.slash(ANNA, 1, address(0), 1);
    }

    function test_aSlashedNodeIsDelistedUntilItAddsStake() public {
        registry.lock(ANNA, 3 * PROVIDER_BOND);
        registry.slash(ANNA, 2 * PROVIDER_BOND + 1, address(0), 0);
        assertTrue(!registry.isActive(ANNA, PROVIDER), "below the bond");
        assertEq(registry.countServing(MANIFEST), 0, "not listed");
        assertEq(registry.freeStakeOf(ANNA), 0, "all of it is locked");
        // It may still say where it is found.
        vm.startPrank(ANNA);
        registry.update(new bytes[](0), PROVIDER, one(MANIFEST));
        assertEq(registry.countServing(MANIFEST), 0, "still not listed");
        vm.stopPrank();
        fund(ANNA, 1);
        vm.startPrank(ANNA);
        vm.expectRevert(INodeRegistry.ZeroAmount.selector);
        registry.addStake(0);
        token.approve(address(registry), 1);
        registry.addStake(1);
        vm.stopPrank();
        assertTrue(registry.isServing(ANNA, MANIFEST), "back");
    }

    function test_whoIsLeavingCanStillBeLockedAndSlashed() public {
        vm.prank(ANNA);
        registry.deregister();
        registry.lock(ANNA, 1);
        assertEq(registry.slash(ANNA, type(uint256).max, HUNTER, 10_000), 3 * PROVIDER_BOND, "all it had");
        assertEq(registry.slash(ANNA, 1, HUNTER, 10_000), 0, "nothing is left to take");
        registry.unlock(ANNA, 1);
        passCooldown();
        vm.prank(ANNA);
        registry.withdraw();
        assertEq(token.balanceOf(ANNA), 0, "nothing to get");
    }

    function test_aSlashLeavesWhatStandsBehindOtherModules() public {
        NodeRegistry shared = _sharedWith(STRANGER);
        shared.lock(ANNA, PROVIDER_BOND);
        vm.prank(STRANGER);
        shared.lock(ANNA, PROVIDER_BOND);

        assertEq(shared.slash(ANNA, 3 * PROVIDER_BOND, HUNTER, 0), 2 * PROVIDER_BOND, "free stake and its own lock");
        assertEq(shared.slash(ANNA, 1, HUNTER, 0), 0, "nothing more");
        // What the slash took out of its lock is not freed again.
        shared.unlock(ANNA, PROVIDER_BOND);
        assertEq(shared.freeStakeOf(ANNA), 0, "free");
        vm.prank(STRANGER);
        assertEq(shared.slash(ANNA, 3 * PROVIDER_BOND, HUNTER, 0), PROVIDER_BOND, "the other's lock was whole");
    }

    function test_aStandingLockIsResizedAndKeepsTheNodeBonded() public {
        registry.setLock(ANNA, PROVIDER_BOND, true);
        registry.setLock(ANNA, 2 * PROVIDER_BOND, true);
        assertEq(registry.freeStakeOf(ANNA), PROVIDER_BOND, "free");
        vm.prank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, ANNA, uint256(1)));
        registry.deregister();
        vm.expectRevert(
            abi.encodeWithSelector(
                INodeRegistry.LockAboveFreeStake.selector, ANNA, 3 * PROVIDER_BOND + 1, 3 * PROVIDER_BOND
            )
        );
        registry.setLock(ANNA, 3 * PROVIDER_BOND + 1, true);

        registry.setLock(ANNA, 2 * PROVIDER_BOND, false);
        vm.prank(ANNA);
        registry.deregister();
        passCooldown();
        vm.prank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Frozen.selector, ANNA, uint256(1)));
        registry.withdraw();
        // A slash takes free stake first, and the lock after it.
        assertEq(registry.slash(ANNA, 2 * PROVIDER_BOND, HUNTER, 0), 2 * PROVIDER_BOND, "slashed");
        registry.setLock(ANNA, PROVIDER_BOND, false);
        registry.setLock(ANNA, 0, false);
        vm.prank(ANNA);
        registry.withdraw();
        assertEq(token.balanceOf(ANNA), PROVIDER_BOND, "the rest");
    }

    /// A registry in which ANNA is bonded alike and a second module is named.
    function _sharedWith(address module) private returns (NodeRegistry shared) {
        shared = new NodeRegistry(
            token, INodeRegistry.Parameters(PROVIDER_BOND, VALIDATOR_BOND, COOLDOWN_SECONDS, COOLDOWN_BLOCKS)
        );
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (address(this), module);
        shared.wire(modules);
        fund(ANNA, 3 * PROVIDER_BOND);
        vm.startPrank(ANNA);
        token.approve(address(shared), 3 * PROVIDER_BOND);
        shared.register(hex"01", new bytes[](0), PROVIDER, new bytes32[](0), 3 * PROVIDER_BOND);
        vm.stopPrank();
    }

    function testFuzz_aSlashNeverExceedsTheStake(uint256 amount, uint256 share) public {
        uint256 toBps = bound(share, 0, 10_000);
        uint256 stake = registry.stakeOf(ANNA);
        uint256 supply = token.totalSupply();
        uint256 slashed = registry.slash(ANNA, amount, HUNTER, toBps);
        assertEq(slashed, amount < stake ? amount : stake, "slashed");
        assertEq(registry.stakeOf(ANNA), stake - slashed, "stake");
        assertEq(token.balanceOf(HUNTER) + (supply - token.totalSupply()), slashed, "paid and burned");
        assertEq(token.balanceOf(address(registry)), registry.totalStake(), "held");
    }
}
