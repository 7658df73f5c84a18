// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";

/// @title A token that calls somebody whenever it moves, which the network's own does not.
contract HookedToken is ERC20, ERC20Burnable {
    address public hook;

    constructor(address holder) ERC20("Hooked", "HOOK") {
        _mint(holder, 1e9 * 1e18);
    }

    function setHook(address called) external {
        hook = called;
    }

    function _update(address from, address to, uint256 amount) internal override {
        super._update(from, to, amount);
        if (hook == address(0)) return;
        (bool ok,) = hook.call("");
        require(ok, "hook");
    }
}
