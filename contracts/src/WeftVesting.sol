// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {VestingWallet} from "@openzeppelin/contracts/finance/VestingWallet.sol";
import {VestingWalletCliff} from "@openzeppelin/contracts/finance/VestingWalletCliff.sol";

/// @title Releases what it holds evenly over time, nothing before the cliff.
contract WeftVesting is VestingWalletCliff {
    constructor(address beneficiary, uint64 start, uint64 durationSeconds, uint64 cliffSeconds)
        VestingWallet(beneficiary, start, durationSeconds)
        VestingWalletCliff(cliffSeconds)
    {}
}
