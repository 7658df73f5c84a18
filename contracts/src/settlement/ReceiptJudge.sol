// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {FraudProofs} from "../libraries/FraudProofs.sol";
import {LeafTree} from "../libraries/par1/LeafTree.sol";
import {Par1Receipt, Par1Receipts} from "../libraries/par1/Par1Receipt.sol";
import {Offer, Opening, WeftTypes} from "../libraries/WeftTypes.sol";

/// @title Reads what provers signed and says whether it convicts them.
/// @notice Keeps nothing. It is a contract of its own because a contract's size is limited; Settlement deploys it.
/// @dev Every function returns only where there is a fault, and reverts otherwise. Signatures are EIP-712 under Settlement's
/// domain, so what was signed for another chain or deployment convicts nobody here.
contract ReceiptJudge {
    using WeftTypes for Offer;

    address private immutable SETTLEMENT = msg.sender;

    /// A receipt commits to a leaf that breaks the sampler's rules, and the prover opened it.
    function requireSamplerFraud(
        Offer calldata offer,
        ISettlement.SignedReceipt calldata signed,
        ISettlement.SignedOpening calldata opening
    ) external view returns (address prover, bytes32 jobId) {
        bytes32 receiptHash;
        (prover, jobId, receiptHash) = _read(signed);
        // The offer says whether flags are legal.
        if (_digest(offer.hash()) != jobId) revert ISettlement.OtherJob();
        bytes32 opened = _digest(
            WeftTypes.hash(
                Opening({receiptHash: receiptHash, index: opening.index, leafHash: LeafTree.hashLeaf(opening.leaf)})
            )
        );
        _requireSigner(opened, opening.signature, prover);
        if (_isHonest(signed.receipt, opening, offer.grammarHash != 0)) revert ISettlement.NoFraud();
    }

    /// A receipt is of another model, prompt, sampling or seed than the offer that its job is.
    function requireBrokenOffer(Offer calldata offer, ISettlement.SignedReceipt calldata signed)
        external
        view
        returns (address prover, bytes32 jobId)
    {
        (prover, jobId,) = _read(signed);
        if (!FraudProofs.contradicts(signed.receipt, offer, _digest(offer.hash()))) revert ISettlement.NoFraud();
    }

    /// One prover signed two receipts for one job.
    function requireForgery(ISettlement.SignedReceipt calldata one, ISettlement.SignedReceipt calldata other)
        external
        view
        returns (address prover, bytes32 jobId)
    {
        bytes32 receiptHash;
        (prover, jobId, receiptHash) = _read(one);
        (address otherProver, bytes32 otherJobId, bytes32 otherHash) = _read(other);
        if (prover != otherProver || jobId != otherJobId) revert ISettlement.OtherJob();
        if (receiptHash == otherHash) revert ISettlement.SameReceipt();
    }

    function _isHonest(bytes calldata receipt, ISettlement.SignedOpening calldata opening, bool hasGrammar)
        private
        view
        returns (bool)
    {
        return FraudProofs.replay(receipt, opening.leaf, opening.index, opening.path, hasGrammar)
            == FraudProofs.Verdict.Honest;
    }

    /// Reads a receipt of this chain that its prover signed.
    function _read(ISettlement.SignedReceipt calldata signed)
        private
        view
        returns (address prover, bytes32 jobId, bytes32 receiptHash)
    {
        Par1Receipt memory claimed = Par1Receipts.decode(signed.receipt);
        if (claimed.chainId != block.chainid) revert ISettlement.WrongChain(claimed.chainId);
        receiptHash = sha256(signed.receipt);
        prover = claimed.prover;
        jobId = claimed.jobId;
        _requireSigner(_digest(WeftTypes.hashReceipt(receiptHash)), signed.signature, prover);
    }

    function _requireSigner(bytes32 digest, bytes calldata signature, address prover) private pure {
        address signer = WeftTypes.recover(digest, signature);
        if (signer != prover) revert ISettlement.NotProver(signer, prover);
    }

    function _digest(bytes32 structHash) private view returns (bytes32) {
        return WeftTypes.digest(WeftTypes.domainSeparator(block.chainid, SETTLEMENT), structHash);
    }
}
