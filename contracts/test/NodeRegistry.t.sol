// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry, PROVIDER, VALIDATOR} from "../src/interfaces/INodeRegistry.sol";
import {Network} from "./support/Network.sol";

/// A node's life: registration, lists, cooldown.
contract NodeRegistryTest is Network {
    address private constant ANNA = address(0xAAAA);
    address private constant BERT = address(0xBBBB);
    address private constant CARL = address(0xCCCC);

    function setUp() public {
        deployNetwork();
        wire(address(this));
    }

    function test_registrationTakesTheStakeAndListsTheNode() public {
        registerProvider(ANNA, PROVIDER_BOND);
        assertTrue(registry.isActive(ANNA, PROVIDER), "active");
        assertTrue(!registry.isActive(ANNA, VALIDATOR), "no validator");
        assertTrue(!registry.isActive(ANNA, PROVIDER | VALIDATOR), "not both");
        assertTrue(!registry.isActive(ANNA, 0), "nothing is no role");
        assertTrue(registry.isServing(ANNA, MANIFEST), "serving");
        assertEq(registry.countServing(MANIFEST), 1, "count");
        assertEq(registry.listServing(MANIFEST, 0, 10)[0], ANNA, "listed");
        assertEq(token.balanceOf(address(registry)), PROVIDER_BOND, "stake held");
        INodeRegistry.Node memory node = registry.nodeOf(ANNA);
        assertEq(node.stake, PROVIDER_BOND, "stake");
        assertEq(node.peerId, hex"0801", "peer id");
    }

    function test_aStakeBelowTheHighestBondIsRefused() public {
        fund(ANNA, VALIDATOR_BOND);
        vm.startPrank(ANNA);
        token.approve(address(registry), VALIDATOR_BOND);
        vm.expectRevert(
            abi.encodeWithSelector(INodeRegistry.StakeBelowBond.selector, VALIDATOR_BOND - 1, VALIDATOR_BOND)
        );
        registry.register(hex"01", new bytes[](0), PROVIDER | VALIDATOR, new bytes32[](0), VALIDATOR_BOND - 1);
        registry.register(hex"01", new bytes[](0), PROVIDER | VALIDATOR, new bytes32[](0), VALIDATOR_BOND);
        vm.stopPrank();
        assertTrue(registry.isActive(ANNA, PROVIDER | VALIDATOR), "both");
    }

    function test_listsPageAndCloseTheirGaps() public {
        registerProvider(ANNA, PROVIDER_BOND);
        registerProvider(BERT, PROVIDER_BOND);
        registerProvider(CARL, PROVIDER_BOND);
        assertEq(registry.listActive(PROVIDER, 1, 1)[0], BERT, "page of one");
        assertEq(registry.listActive(PROVIDER, 1, type(uint256).max).length, 2, "the rest");
        assertEq(registry.listActive(PROVIDER, 3, 5).length, 0, "past the end");
        vm.prank(ANNA);
        registry.deregister();
        assertEq(registry.countActive(PROVIDER), 2, "one has left");
        assertEq(registry.listServing(MANIFEST, 0, 5)[0], CARL, "the last fills the gap");
    }

    function test_anUpdateMovesANodeBetweenLists() public {
        registerProvider(ANNA, VALIDATOR_BOND);
        bytes32 other = keccak256("another model");
        bytes[] memory multiaddrs = new bytes[](2);
        (multiaddrs[0], multiaddrs[1]) = (hex"04", hex"0607");
        vm.startPrank(ANNA);
        registry.update(multiaddrs, PROVIDER | VALIDATOR, one(other));
        assertTrue(!registry.isServing(ANNA, MANIFEST) && registry.isServing(ANNA, other), "manifests");
        assertEq(registry.countActive(VALIDATOR), 1, "validator too");
        assertEq(registry.nodeOf(ANNA).multiaddrs[1], hex"0607", "addresses");
        multiaddrs = new bytes[](1);
        multiaddrs[0] = hex"08";
        registry.update(multiaddrs, VALIDATOR, new bytes32[](0));
        vm.stopPrank();
        assertEq(registry.nodeOf(ANNA).multiaddrs.length, 1, "fewer addresses");
        assertEq(registry.countActive(PROVIDER), 0, "no provider any more");
        assertEq(registry.countServing(other), 0, "serves nothing");
    }

    function test_whoLeavesGetsTheStakeAfterBothCooldowns() public {
        registerProvider(ANNA, PROVIDER_BOND);
        vm.startPrank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NotUnbonding.selector, ANNA));
        registry.withdraw();
        registry.deregister();
        assertTrue(!registry.isActive(ANNA, PROVIDER), "not eligible at once");
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Unbonding.selector, ANNA));
        registry.deregister();
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.Unbonding.selector, ANNA));
        registry.addStake(1);
        vm.stopPrank();

        INodeRegistry.Node memory node = registry.nodeOf(ANNA);
        bytes memory running = abi.encodeWithSelector(
            INodeRegistry.CooldownRunning.selector, uint256(node.unbondedAt), uint256(node.unbondedAtBlock)
        );
        uint256 start = block.number;
        vm.warp(node.unbondedAt);
        vm.prank(ANNA);
        vm.expectRevert(running);
        registry.withdraw();
        vm.roll(start + COOLDOWN_BLOCKS);
        vm.warp(node.unbondedAt - 1);
        vm.prank(ANNA);
        vm.expectRevert(running);
        registry.withdraw();
        vm.warp(node.unbondedAt);
        vm.prank(ANNA);
        registry.withdraw();
        assertEq(token.balanceOf(ANNA), PROVIDER_BOND, "stake is back");
        assertEq(registry.totalStake(), 0, "nothing left");
        registerProvider(ANNA, PROVIDER_BOND);
        assertTrue(registry.isActive(ANNA, PROVIDER), "may come again");
    }

    function test_entriesAreBounded() public {
        fund(ANNA, PROVIDER_BOND);
        vm.startPrank(ANNA);
        token.approve(address(registry), PROVIDER_BOND);
        _refused(new bytes(0), 0, 0, PROVIDER, 0, INodeRegistry.BadPeerId.selector);
        _refused(new bytes(65), 0, 0, PROVIDER, 0, INodeRegistry.BadPeerId.selector);
        _refused(hex"01", 9, 1, PROVIDER, 0, INodeRegistry.TooManyMultiaddrs.selector);
        _refused(hex"01", 8, 129, PROVIDER, 0, INodeRegistry.BadMultiaddrs.selector);
        _refused(hex"01", 1, 0, PROVIDER, 0, INodeRegistry.BadMultiaddrs.selector);
        _refused(hex"01", 0, 0, 0, 0, INodeRegistry.BadRoles.selector);
        _refused(hex"01", 0, 0, 4, 0, INodeRegistry.BadRoles.selector);
        _refused(hex"01", 0, 0, PROVIDER, 17, INodeRegistry.TooManyManifests.selector);
        _refused(hex"01", 0, 0, VALIDATOR, 1, INodeRegistry.ManifestsWithoutProvider.selector);
        bytes32[] memory twice = new bytes32[](2);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.BadManifest.selector, bytes32(0)));
        registry.register(hex"01", new bytes[](0), PROVIDER, twice, PROVIDER_BOND);
        (twice[0], twice[1]) = (MANIFEST, MANIFEST);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.BadManifest.selector, MANIFEST));
        registry.register(hex"01", new bytes[](0), PROVIDER, twice, PROVIDER_BOND);
        vm.stopPrank();
    }

    function test_oneEntryPerAddress() public {
        registerProvider(ANNA, PROVIDER_BOND);
        vm.prank(ANNA);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.AlreadyRegistered.selector, ANNA));
        registry.register(hex"01", new bytes[](0), PROVIDER, new bytes32[](0), PROVIDER_BOND);
        vm.expectRevert(abi.encodeWithSelector(INodeRegistry.NotRegistered.selector, BERT));
        registry.nodeOf(BERT);
    }

    function _refused(
        bytes memory peerId,
        uint256 multiaddrCount,
        uint256 multiaddrBytes,
        uint8 roles,
        uint256 manifestCount,
        bytes4 selector
    ) private {
        bytes[] memory multiaddrs = new bytes[](multiaddrCount);
        for (uint256 i; i < multiaddrCount; ++i) {
            multiaddrs[i] = new bytes(multiaddrBytes);
        }
        bytes32[] memory manifests = new bytes32[](manifestCount);
        for (uint256 i; i < manifestCount; ++i) {
            manifests[i] = keccak256(abi.encode(i));
        }
        vm.expectPartialRevert(selector);
        registry.register(peerId, multiaddrs, roles, manifests, PROVIDER_BOND);
    }
}
