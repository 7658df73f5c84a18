// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {FixedPointMathLib} from "solady/utils/FixedPointMathLib.sol";
import {Gumbel} from "./Gumbel.sol";
import {Leaf} from "./Leaf.sol";

/// @title The network's one sampler, replayed over what a leaf committed.
library Sampler {
    using Leaf for bytes;

    struct Params {
        bytes32 seed;
        /// 1024 times the temperature; 0 takes the likeliest.
        uint256 temperatureQ;
        /// 1 to 10,000.
        uint256 topPBps;
        /// 1 to 32.
        uint256 topK;
    }

    uint256 private constant TOP_P_ALL = 10_000;
    /// The margin, 1 in 10^9 of the total, and the factor that makes basis points out of it.
    uint256 private constant MARGIN = 1e9;
    uint256 private constant MARGIN_PER_BPS = MARGIN / TOP_P_ALL;
    int256 private constant WAD = 1e18;

    /// Whether an honest prover can have drawn `rank` at output position `t`.
    /// @dev The prover's prefix of top-p comes from float exponentials, ours from fixed-point ones, so near the bound either
    /// of two prefixes is accepted. Errors, relative to the total, which is at least 1: ours below 32·2e-18, the prover's
    /// 32 sums of doubles below 1e-14. The margin is 1e-9, a hundred thousand times both: it never convicts an honest
    /// prover, and lets a cheat choose between two prefixes in one case of about 10^8.
    function accepts(Params memory params, bytes calldata leaf, uint256 count, uint256 t, uint256 rank)
        internal
        view
        returns (bool)
    {
        if (params.temperatureQ == 0) return rank == 0;
        (uint256 shortest, uint256 longest) = prefixes(params, leaf, count);
        if (rank >= longest) return false;
        bytes32 key = sha256(abi.encodePacked("weft/gumbel/1", params.seed, uint32(t)));
        int256 claimed = _score(params.temperatureQ, key, leaf, rank);
        for (uint256 other; other < longest; ++other) {
            // The prefix of `other` candidates may be the prover's: `rank` is in it, and nobody in it was better.
            if (other >= shortest && other > rank) return true;
            if (other == rank) continue;
            int256 one = _score(params.temperatureQ, key, leaf, other);
            if (one > claimed || (one == claimed && other < rank)) return false;
        }
        return true;
    }

    /// The smallest prefixes whose probability reaches topP less the margin, and topP plus the margin.
    function prefixes(Params memory params, bytes calldata leaf, uint256 count)
        internal
        pure
        returns (uint256 shortest, uint256 longest)
    {
        uint256 candidates = count < params.topK ? count : params.topK;
        if (params.topPBps == TOP_P_ALL) return (candidates, candidates);
        uint256[32] memory weights;
        uint256 total;
        for (uint256 rank; rank < candidates; ++rank) {
            // zq is at most 0 in a leaf whose values do not rise, so no weight is above 1e18.
            int256 exponent = leaf.zq(rank) * WAD / int256(params.temperatureQ);
            weights[rank] = uint256(FixedPointMathLib.expWad(exponent));
            total += weights[rank];
        }
        uint256 low = total * (params.topPBps * MARGIN_PER_BPS - 1);
        uint256 high = total * (params.topPBps * MARGIN_PER_BPS + 1);
        uint256 sum;
        shortest = candidates;
        for (uint256 rank; rank < candidates; ++rank) {
            sum += weights[rank] * MARGIN;
            if (shortest == candidates && sum >= low) shortest = rank + 1;
            if (sum >= high) return (shortest, rank + 1);
        }
        longest = candidates;
    }

    function _score(uint256 temperatureQ, bytes32 key, bytes calldata leaf, uint256 rank)
        private
        view
        returns (int256)
    {
        uint256 tokenId = leaf.id(rank);
        uint256 u;
        assembly ("memory-safe") {
            // key ‖ u32 id fill 36 bytes of the scratch space; the hash goes where the id was.
            mstore(0x00, key)
            mstore(0x20, shl(224, tokenId))
            if iszero(staticcall(gas(), 2, 0x00, 36, 0x20, 0x20)) { revert(0, 0) }
            u := shr(240, mload(0x20))
        }
        // temperatureQ is below 2^16 and the noise below 2^14.
        return leaf.zq(rank) + ((int256(temperatureQ) * Gumbel.noise(u)) >> 10);
    }
}
