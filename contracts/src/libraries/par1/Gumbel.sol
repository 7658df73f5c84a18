// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";

/// @title The sampler's noise: G[u] = round(−1024·ln(−ln((u+½)/65536))).
library Gumbel {
    /// 10^18 / 2^17: (u+½)/65536 = (2u+1)/2^17 is then exact with 18 decimals.
    uint256 private constant STEP = 7_629_394_531_250;
    int256 private constant WAD = 1e18;
    int256 private constant GRID = 1024;
    /// Above −min G, so that the division below rounds down and not towards zero.
    int256 private constant SHIFT = 4096;

    /// @dev The logarithm errs by about 1e-18, the inner one by at most 1.4e-13 of its value: 1.4e-10 after scaling. No
    /// entry lies that near to a half, so each is the table's; a test compares all 65,536.
    /// @param u 0 to 65,535.
    function noise(uint256 u) internal pure returns (int256) {
        unchecked {
            // Both fit by far: the argument is below 1e18 and the inner logarithm between 7.6e12 and 1.2e19.
            int256 inner = -FixedPointMathLib.lnWad(int256((2 * u + 1) * STEP));
            int256 scaled = -GRID * FixedPointMathLib.lnWad(inner) + WAD / 2;
            return (scaled + SHIFT * WAD) / WAD - SHIFT;
        }
    }
}
