// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {Offer} from "../libraries/WeftTypes.sol";
import {AccountChallenges} from "./AccountChallenges.sol";
import {ReceiptJudge} from "./ReceiptJudge.sol";

/// @title Faults that prove themselves: a job settled twice, a token not sampled by the rules, two receipts for one job.
/// @dev Signatures bind a receipt to this chain and deployment, the receipt binds its prover and job. None of these needs a
/// bond: a call without proof fails.
abstract contract Faults is AccountChallenges {
    /// What is known against a provider for one job.
    struct Fault {
        /// What was taken for it so far: another proof only adds what a higher penalty is above it. Not what was asked for, since
        /// somebody could confess while all it has stands for batches.
        uint96 charged;
        uint8 kinds;
    }

    /// The answer was not made as it had to be, so the job is not paid.
    uint8 private constant CANCELS = 1;
    uint8 private constant FORGED = 2;

    ReceiptJudge public immutable JUDGE = new ReceiptJudge();

    /// By provider and job: a provider can sign a receipt that names somebody else's job, which says nothing about that one.
    mapping(address provider => mapping(bytes32 jobId => Fault)) private _faults;

    /// @inheritdoc ISettlement
    function duplicate(Proof calldata first, Proof calldata later, bytes calldata debits, bytes calldata credits)
        external
        nonReentrant
    {
        _requirePosted(first.header);
        _requireOpen(later.header);
        if (first.leaf.jobId != later.leaf.jobId) revert NotDuplicate(first.leaf.jobId, later.leaf.jobId);
        bool isSameBatch = first.header.nonce == later.header.nonce;
        if (isSameBatch ? first.leaf.index >= later.leaf.index : first.header.nonce > later.header.nonce) {
            revert NotLater();
        }
        _requireLeaf(first.header, first.leaf, first.path);
        _requireLeaf(later.header, later.leaf, later.path);
        _cancelJob(later.header, later.leaf, debits, credits);
        uint256 penalty = _penaltyFor(later.leaf.amount);
        for (uint256 i = 0; i < later.header.signers.length; ++i) {
            address signer = later.header.signers[i];
            if (isSameBatch || _hasSigned(first.header, signer)) _punish(later.header, signer, penalty);
        }
    }

    /// @inheritdoc ISettlement
    function samplerFraud(Offer calldata offer, SignedReceipt calldata receipt, SignedOpening calldata opening)
        external
        nonReentrant
    {
        (address provider, bytes32 jobId) = JUDGE.requireSamplerFraud(offer, receipt, opening);
        _convict(provider, jobId, CANCELS);
    }

    /// @inheritdoc ISettlement
    function brokenOffer(Offer calldata offer, SignedReceipt calldata receipt) external nonReentrant {
        (address provider, bytes32 jobId) = JUDGE.requireBrokenOffer(offer, receipt);
        _convict(provider, jobId, CANCELS);
    }

    /// @inheritdoc ISettlement
    function forgedReceipt(SignedReceipt calldata one, SignedReceipt calldata other) external nonReentrant {
        (address provider, bytes32 jobId) = JUDGE.requireForgery(one, other);
        _convict(provider, jobId, FORGED);
    }

    /// @inheritdoc ISettlement
    function chargeFault(Proof calldata proof, bytes calldata debits, bytes calldata credits) external nonReentrant {
        uint256 word = _requirePosted(proof.header);
        Leaf calldata leaf = proof.leaf;
        Fault storage fault = _faults[leaf.provider][leaf.jobId];
        if (fault.kinds == 0) revert NoFault(leaf.provider, leaf.jobId);
        _requireLeaf(proof.header, leaf, proof.path);
        if (fault.kinds & CANCELS != 0 && word & IS_FINAL == 0 && !_isCancelled(proof.header.nonce, leaf.index)) {
            _cancelJob(proof.header, leaf, debits, credits);
        }
        _charge(leaf.provider, leaf.jobId, _penaltyFor(_toUint96(leaf.amount)));
    }

    /// Notes a fault of one kind, once.
    function _convict(address provider, bytes32 jobId, uint8 kind) private {
        Fault storage fault = _faults[provider][jobId];
        if (fault.kinds & kind != 0) revert FaultKnown(provider, jobId);
        fault.kinds |= kind;
        emit FaultProven(provider, jobId, kind == FORGED);
        _charge(provider, jobId, _penaltyFor(0));
    }

    /// Slashes a provider up to `penalty` for one job over all calls.
    function _charge(address provider, bytes32 jobId, uint256 penalty) private {
        Fault storage fault = _faults[provider][jobId];
        uint256 charged = fault.charged;
        if (penalty <= charged) return;
        fault.charged = _toUint96(charged + _slashProvider(provider, jobId, penalty - charged, msg.sender));
    }

    function _hasSigned(Header calldata header, address signer) private pure returns (bool) {
        for (uint256 i = 0; i < header.signers.length; ++i) {
            if (header.signers[i] == signer) return true;
        }
        return false;
    }
}
