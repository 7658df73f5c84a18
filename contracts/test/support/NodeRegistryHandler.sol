// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PROVIDER} from "../../src/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {WeftToken} from "../../src/WeftToken.sol";
import {Test} from "./Test.sol";

/// @title Does what four nodes and one module may do, with arguments that mostly make sense; keeps its own books.
/// @dev A call that is refused ends here in a revert, which the runner counts and goes on from.
contract NodeRegistryHandler is Test {
    uint256 public constant NODES = 4;
    bytes32 private constant MANIFEST = keccak256("a model");

    WeftToken private immutable token;
    NodeRegistry private immutable registry;
    uint256 public burned;
    bool public slashedWrongly;
    mapping(address node => uint256) public lockedOf;
    mapping(address node => uint256) public locksOf;
    mapping(address node => uint256[]) private _locks;

    constructor(WeftToken token_, NodeRegistry registry_) {
        (token, registry) = (token_, registry_);
    }

    function register(uint256 who, uint256 roles, bool serves, uint256 amount) external {
        address from = node(who);
        uint256 stake = bound(amount, 9000e18, 20_000e18);
        _fund(from, stake);
        uint8 chosen = uint8(bound(roles, 1, 3));
        vm.prank(from);
        registry.register(hex"01", new bytes[](0), chosen, _manifests(serves && chosen & PROVIDER != 0), stake);
    }

    function update(uint256 who, uint256 roles, bool serves) external {
        uint8 chosen = uint8(bound(roles, 1, 3));
        vm.prank(node(who));
        registry.update(new bytes[](0), chosen, _manifests(serves && chosen & PROVIDER != 0));
    }

    function addStake(uint256 who, uint256 amount) external {
        address from = node(who);
        uint256 more = bound(amount, 1, 5000e18);
        _fund(from, more);
        vm.prank(from);
        registry.addStake(more);
    }

    function deregister(uint256 who, uint256 chance) external {
        // Rarely: who has left can do nothing but wait.
        if (chance % 4 != 0) return;
        vm.prank(node(who));
        registry.deregister();
    }

    function withdraw(uint256 who) external {
        address from = node(who);
        vm.warp(block.timestamp + 2 days);
        vm.roll(block.number + 300);
        while (_locks[from].length != 0) _unlock(from);
        vm.prank(from);
        registry.withdraw();
    }

    function lock(uint256 who, uint256 amount) external {
        address on = node(who);
        uint256 part = bound(amount, 0, registry.freeStakeOf(on));
        registry.lock(on, part);
        lockedOf[on] += part;
        locksOf[on] += 1;
        _locks[on].push(part);
    }

    function unlock(uint256 who) external {
        if (_locks[node(who)].length != 0) _unlock(node(who));
    }

    function slash(uint256 who, uint256 amount, uint256 share) external {
        address on = node(who);
        uint256 stake = registry.stakeOf(on);
        uint256 supply = token.totalSupply();
        uint256 slashed = registry.slash(on, bound(amount, 0, 12_000e18), address(this), bound(share, 0, 10_000));
        burned += supply - token.totalSupply();
        // A failed assertion here would only count as one more refused call.
        if (slashed > stake || registry.stakeOf(on) + slashed != stake) slashedWrongly = true;
    }

    function node(uint256 number) public pure returns (address) {
        return address(uint160(0x1000 + number % NODES));
    }

    function _unlock(address on) private {
        uint256 part = _locks[on][_locks[on].length - 1];
        registry.unlock(on, part);
        _locks[on].pop();
        lockedOf[on] -= part;
        locksOf[on] -= 1;
    }

    function _fund(address account, uint256 amount) private {
        token.transfer(account, amount);
        vm.prank(account);
        token.approve(address(registry), amount);
    }

    function _manifests(bool serves) private pure returns (bytes32[] memory list) {
        list = new bytes32[](serves ? 1 : 0);
        if (serves) list[0] = MANIFEST;
    }
}
