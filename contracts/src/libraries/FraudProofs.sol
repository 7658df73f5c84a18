// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Leaf} from "./par1/Leaf.sol";
import {LeafTree} from "./par1/LeafTree.sol";
import {Par1Receipt, Par1Receipts} from "./par1/Par1Receipt.sol";
import {Sampler} from "./par1/Sampler.sol";
import {Offer} from "./WeftTypes.sol";

/// @title Shows that a prover broke the sampling rules, from what it signed itself.
/// @notice Integers only, and exact but for the stated margin of top-p: an honest prover is never convicted.
/// @dev What a challenger got wrong reverts; what a prover got wrong is a verdict. Whoever calls has checked the prover's
/// signatures over the receipt's hash and the offer's digest.
library FraudProofs {
    using Leaf for bytes;

    enum Verdict {
        /// Nothing to object to.
        Honest,
        /// Not the bytes of a leaf.
        Leaf,
        /// The leaf names another position.
        Index,
        /// Flags in a job without a grammar.
        Flags,
        /// A candidate stands there twice.
        Ids,
        /// The first value is not 0, or one is above the one before it.
        Zq,
        /// The token is not the candidate at its rank.
        Token,
        /// The sampler draws another rank.
        Sample
    }

    /// The leaf and its siblings do not lead to the receipt's root.
    error NotInReceipt();
    /// The receipt is of another job than the offer.
    error OtherJob();

    /// Judges one leaf that a receipt commits to.
    /// @param receipt The receipt's 243 bytes.
    /// @param leaf The leaf as it was committed; any length.
    /// @param siblings Its SHA-256 siblings from the leaf up.
    /// @param hasGrammar Whether the offer's grammarHash is not 0. Only then flags are legal, and a forced token is neither
    /// compared with its rank nor sampled again.
    function replay(
        bytes calldata receipt,
        bytes calldata leaf,
        uint256 index,
        bytes32[] calldata siblings,
        bool hasGrammar
    ) internal view returns (Verdict) {
        Par1Receipt memory claimed = Par1Receipts.decode(receipt);
        bytes32 root = LeafTree.rootOf(LeafTree.hashLeaf(leaf), index, claimed.leafCount, siblings);
        if (root != claimed.root) revert NotInReceipt();
        return judge(claimed, leaf, index, hasGrammar);
    }

    /// What a leaf at `index` of a receipt violates first, without its proof.
    function judge(Par1Receipt memory receipt, bytes calldata leaf, uint256 index, bool hasGrammar)
        internal
        view
        returns (Verdict)
    {
        if (!leaf.isWellFormed()) return Verdict.Leaf;
        if (leaf.position() != index) return Verdict.Index;
        uint256 flags = leaf.flags();
        if (flags != 0 && !hasGrammar) return Verdict.Flags;
        uint256 count = leaf.candidates();
        if (!_areDistinct(leaf, count)) return Verdict.Ids;
        if (!_neverRises(leaf, count)) return Verdict.Zq;
        if (flags & Leaf.FORCED != 0) return Verdict.Honest;
        uint256 rank = leaf.rank();
        if (leaf.token() != leaf.id(rank)) return Verdict.Token;
        Sampler.Params memory params = Sampler.Params(receipt.seed, receipt.temperatureQ, receipt.topPBps, receipt.topK);
        return Sampler.accepts(params, leaf, count, index, rank) ? Verdict.Honest : Verdict.Sample;
    }

    /// Whether a receipt contradicts the offer that its job is: another model, prompt, prover, sampling, seed or chain.
    /// Reverts for the receipt of another job.
    /// @param jobId The offer's digest.
    function contradicts(bytes calldata receipt, Offer memory offer, bytes32 jobId) internal view returns (bool) {
        Par1Receipt memory claimed = Par1Receipts.decode(receipt);
        if (claimed.jobId != jobId) revert OtherJob();
        return claimed.chainId != block.chainid || claimed.prover != offer.provider
            || claimed.manifest != offer.manifest || claimed.promptHash != offer.promptHash
            || claimed.temperatureQ != offer.temperatureQ || claimed.topPBps != offer.topPBps
            || claimed.topK != offer.topK || claimed.seed != Par1Receipts.seedOf(jobId, offer.nonce);
    }

    function _areDistinct(bytes calldata leaf, uint256 count) private pure returns (bool) {
        // Ids of one remainder are rare among few, so the pairs are looked at only where a remainder came before.
        uint256 seen;
        for (uint256 slot; slot < count; ++slot) {
            uint256 id = leaf.id(slot);
            uint256 bit = 1 << (id & 0xff);
            if (seen & bit != 0) {
                for (uint256 earlier; earlier < slot; ++earlier) {
                    if (leaf.id(earlier) == id) return false;
                }
            }
            seen |= bit;
        }
        return true;
    }

    function _neverRises(bytes calldata leaf, uint256 count) private pure returns (bool) {
        int256 previous = leaf.zq(0);
        if (previous != 0) return false;
        for (uint256 slot = 1; slot < count; ++slot) {
            int256 value = leaf.zq(slot);
            if (value > previous) return false;
            previous = value;
        }
        return true;
    }
}
