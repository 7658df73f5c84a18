// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";

/// @title The network's token: bonds, rewards and payments.
/// @notice The whole supply is minted when it is deployed. Nothing mints afterwards; slashes and fees burn.
interface IWeftToken is IERC20, IERC20Permit {
    /// A share of the supply has nobody to go to.
    error NoBeneficiary();

    /// A permit of this number was used; its owner's next one has the number after it.
    event NonceUsed(address indexed owner, uint256 nonce);

    /// The most there ever was: the supply at genesis.
    function CAP() external view returns (uint256);

    /// Where the founders' shares are released from, over time.
    function TEAM_VESTING() external view returns (address);
    function INVESTORS_VESTING() external view returns (address);

    /// Destroys `amount` of the caller's.
    function burn(uint256 amount) external;

    /// Destroys `amount` of another's, who approved it.
    function burnFrom(address account, uint256 amount) external;
}
