// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry, PROVIDER} from "../src/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../src/NodeRegistry.sol";
import {WeftToken} from "../src/WeftToken.sol";
import {HookedToken} from "./support/HookedToken.sol";
import {Network} from "./support/Network.sol";

/// A node that is called on every move of the token and then tries all it may do for itself.
contract HookedNode {
    NodeRegistry private immutable REGISTRY;
    uint256 public tries;

    constructor(NodeRegistry registry, HookedToken token) {
        REGISTRY = registry;
        token.approve(address(registry), type(uint256).max);
    }

    fallback() external {
        if (++tries > 40) return;
        attempt(abi.encodeCall(REGISTRY.withdraw, ()));
        attempt(abi.encodeCall(REGISTRY.deregister, ()));
        attempt(abi.encodeCall(REGISTRY.addStake, (1e18)));
        bytes32[] memory none = new bytes32[](0);
        attempt(abi.encodeCall(REGISTRY.register, (hex"01", new bytes[](0), PROVIDER, none, 1000e18)));
    }

    function attempt(bytes memory data) public {
        (bool ok,) = address(REGISTRY).call(data);
        // Whether it went through is not the question: the books must agree either way.
        ok;
    }
}

contract NodeRegistryReentrancyTest is Network {
    HookedToken private hooked;
    HookedNode private node;

    function setUp() public {
        hooked = new HookedToken(community);
        token = WeftToken(address(hooked));
        registry = new NodeRegistry(
            token, INodeRegistry.Parameters(PROVIDER_BOND, VALIDATOR_BOND, COOLDOWN_SECONDS, COOLDOWN_BLOCKS)
        );
        wire(address(this));
        node = new HookedNode(registry, hooked);
        fund(address(node), 50_000e18);
        registerProvider(address(0xB0B), PROVIDER_BOND);
    }

    function test_stakesAgreeWithTheTokenWhileANodeEntersItsOwnCalls() public {
        hooked.setHook(address(node));
        bytes32[] memory none = new bytes32[](0);
        bytes memory register = abi.encodeCall(registry.register, (hex"01", new bytes[](0), PROVIDER, none, 2000e18));
        node.attempt(register);
        agree();
        node.attempt(abi.encodeCall(registry.addStake, (5e18)));
        agree();
        if (registry.stakeOf(address(node)) != 0) registry.slash(address(node), 100e18, address(this), 5000);
        agree();
        passCooldown();
        node.attempt(abi.encodeCall(registry.withdraw, ()));
        agree();
        assertTrue(node.tries() > 3, "the hook was called");
        assertEq(registry.stakeOf(address(0xB0B)), PROVIDER_BOND, "somebody else's stake");
    }

    function agree() private view {
        uint256 sum = registry.stakeOf(address(node)) + registry.stakeOf(address(0xB0B));
        assertEq(registry.totalStake(), sum, "sum of stakes");
        assertEq(token.balanceOf(address(registry)), sum, "held");
    }
}
