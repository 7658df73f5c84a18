// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PROVIDER, VALIDATOR} from "../src/interfaces/INodeRegistry.sol";
import {NodeRegistryHandler} from "./support/NodeRegistryHandler.sol";
import {Network} from "./support/Network.sol";

/// What holds whatever nodes and modules do, in any order.
contract NodeRegistryInvariants is Network {
    NodeRegistryHandler private handler;

    function setUp() public {
        deployNetwork();
        handler = new NodeRegistryHandler(token, registry);
        wire(address(handler));
        fund(address(handler), 10_000_000e18);
        for (uint256 i; i < handler.NODES(); ++i) {
            handler.register(i, PROVIDER | VALIDATOR, true, 15_000e18);
        }
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_stakesAreWhatTheRegistryHolds() public view {
        uint256 sum;
        for (uint256 i; i < handler.NODES(); ++i) {
            sum += registry.stakeOf(handler.node(i));
        }
        assertEq(registry.totalStake(), sum, "sum of stakes");
        assertEq(token.balanceOf(address(registry)), sum, "balance");
    }

    function invariant_aSlashTakesFromTheStakeOnly() public view {
        assertTrue(!handler.slashedWrongly(), "slash within the stake");
    }

    function invariant_nothingIsLostButWhatWasBurned() public view {
        assertEq(token.totalSupply() + handler.burned(), token.CAP(), "supply and burned");
    }

    function invariant_listsHoldExactlyTheActive() public view {
        uint256 providers;
        uint256 validators;
        uint256 serving;
        for (uint256 i; i < handler.NODES(); ++i) {
            address node = handler.node(i);
            bool isProvider = registry.isActive(node, PROVIDER);
            bool isValidator = registry.isActive(node, VALIDATOR);
            if (isProvider) ++providers;
            if (isValidator) ++validators;
            if (registry.isServing(node, MANIFEST)) {
                ++serving;
                assertTrue(isProvider, "who serves is an active provider");
            }
            uint256 stake = registry.stakeOf(node);
            assertTrue(!isProvider || stake >= PROVIDER_BOND, "provider's bond");
            assertTrue(!isValidator || stake >= VALIDATOR_BOND, "validator's bond");
        }
        assertEq(registry.countActive(PROVIDER), providers, "providers");
        assertEq(registry.countActive(VALIDATOR), validators, "validators");
        assertEq(registry.countServing(MANIFEST), serving, "serving");
        assertEq(registry.listServing(MANIFEST, 0, 100).length, serving, "listed");
    }

    function invariant_locksAreTheModules() public view {
        for (uint256 i; i < handler.NODES(); ++i) {
            address node = handler.node(i);
            (uint256 amount, uint256 count) = registry.lockedBy(node, address(handler));
            assertEq(amount, handler.lockedOf(node), "amount");
            assertEq(count, handler.locksOf(node), "locks");
            assertLe(registry.freeStakeOf(node), registry.stakeOf(node), "locks are backed by the stake");
        }
    }
}
