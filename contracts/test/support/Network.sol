// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry, PROVIDER, VALIDATOR} from "../../src/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {WeftToken} from "../../src/WeftToken.sol";
import {Test} from "./Test.sol";

/// @title A token and a registry, with nodes that are registered in a line.
abstract contract Network is Test {
    uint256 internal constant PROVIDER_BOND = 1000e18;
    uint256 internal constant VALIDATOR_BOND = 10_000e18;
    uint64 internal constant COOLDOWN_SECONDS = 3 days;
    uint64 internal constant COOLDOWN_BLOCKS = 400;
    bytes32 internal constant MANIFEST = keccak256("a model");

    address internal immutable community = address(0xC0);
    WeftToken internal token;
    NodeRegistry internal registry;

    /// Deploys both; the modules still have to be wired.
    function deployNetwork() internal {
        token = new WeftToken(
            WeftToken.Genesis({
                team: address(0xA1),
                investors: address(0xA2),
                community: community,
                treasury: address(0xA4),
                liquidity: address(0xA5),
                vestingStart: uint64(block.timestamp),
                cliffSeconds: 365 days,
                teamSeconds: 4 * 365 days,
                investorsSeconds: 3 * 365 days
            })
        );
        registry = new NodeRegistry(
            token, INodeRegistry.Parameters(PROVIDER_BOND, VALIDATOR_BOND, COOLDOWN_SECONDS, COOLDOWN_BLOCKS)
        );
    }

    function wire(address module) internal {
        address[] memory modules = new address[](1);
        modules[0] = module;
        registry.wire(modules);
    }

    function fund(address account, uint256 amount) internal {
        vm.prank(community);
        token.transfer(account, amount);
    }

    function registerProvider(address node, uint256 stake) internal {
        register(node, PROVIDER, one(MANIFEST), stake);
    }

    function registerValidator(address node, uint256 stake) internal {
        register(node, VALIDATOR, new bytes32[](0), stake);
    }

    function register(address node, uint8 roles, bytes32[] memory manifests, uint256 stake) internal {
        fund(node, stake);
        vm.startPrank(node);
        token.approve(address(registry), stake);
        registry.register(hex"0801", new bytes[](0), roles, manifests, stake);
        vm.stopPrank();
    }

    function one(bytes32 manifest) internal pure returns (bytes32[] memory list) {
        list = new bytes32[](1);
        list[0] = manifest;
    }

    /// Lets the cooldown of whoever leaves now pass.
    function passCooldown() internal {
        vm.warp(block.timestamp + COOLDOWN_SECONDS);
        vm.roll(block.number + COOLDOWN_BLOCKS);
    }
}
