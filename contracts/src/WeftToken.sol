// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Burnable} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Burnable.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {IWeftToken} from "./interfaces/IWeftToken.sol";
import {WeftVesting} from "./WeftVesting.sol";

contract WeftToken is ERC20, ERC20Permit, ERC20Burnable, IWeftToken {
    /// Who the supply goes to, and when the first two get theirs.
    struct Genesis {
        /// 15 %, vested.
        address team;
        /// 20 %, vested.
        address investors;
        /// 40 %.
        address community;
        /// 15 %.
        address treasury;
        /// 10 %.
        address liquidity;
        uint64 vestingStart;
        uint64 cliffSeconds;
        uint64 teamSeconds;
        uint64 investorsSeconds;
    }

    uint256 public constant CAP = 1_000_000_000e18;

    address public immutable TEAM_VESTING;
    address public immutable INVESTORS_VESTING;

    constructor(Genesis memory genesis) ERC20("Weft", "WEFT") ERC20Permit("Weft") {
        if (genesis.team == address(0) || genesis.investors == address(0) || genesis.community == address(0)) {
            revert NoBeneficiary();
        }
        if (genesis.treasury == address(0) || genesis.liquidity == address(0)) revert NoBeneficiary();
        TEAM_VESTING =
            address(new WeftVesting(genesis.team, genesis.vestingStart, genesis.teamSeconds, genesis.cliffSeconds));
        INVESTORS_VESTING = address(
            new WeftVesting(genesis.investors, genesis.vestingStart, genesis.investorsSeconds, genesis.cliffSeconds)
        );
        _mint(TEAM_VESTING, CAP * 15 / 100);
        _mint(INVESTORS_VESTING, CAP * 20 / 100);
        _mint(genesis.community, CAP * 40 / 100);
        _mint(genesis.treasury, CAP * 15 / 100);
        _mint(genesis.liquidity, CAP * 10 / 100);
    }

    function burn(uint256 amount) public override(ERC20Burnable, IWeftToken) {
        super.burn(amount);
    }

    function burnFrom(address account, uint256 amount) public override(ERC20Burnable, IWeftToken) {
        super.burnFrom(account, amount);
    }

    function nonces(address owner) public view override(ERC20Permit, IERC20Permit) returns (uint256) {
        return super.nonces(owner);
    }

    /// Says what is left of an allowance when some of it is spent as well.
    function _approve(address owner, address spender, uint256 value, bool) internal override {
        super._approve(owner, spender, value, true);
    }

    function _useNonce(address owner) internal override returns (uint256 nonce) {
        nonce = super._useNonce(owner);
        emit NonceUsed(owner, nonce);
    }
}
