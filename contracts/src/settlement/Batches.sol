// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {AccountTable} from "../libraries/AccountTable.sol";
import {Account, Accounts} from "../libraries/Accounts.sol";
import {HeaderHash} from "../libraries/HeaderHash.sol";
import {KeccakTree} from "../libraries/KeccakTree.sol";
import {PackedList} from "../libraries/PackedList.sol";
import {BatchApproval, WeftTypes} from "../libraries/WeftTypes.sol";
import {Pledges} from "./Pledges.sol";

/// @title Posting batches and making them final.
abstract contract Batches is Pledges {
    using PackedList for bytes;

    /// What an open batch has besides its header: only where something was contested or cancelled.
    struct Dispute {
        uint64 finalAt;
        uint32 openChallenges;
        /// Sum of what consumers got back.
        uint96 refunded;
        /// What was taken from the validators' share.
        uint96 shareCut;
    }

    /// What became of one figure.
    struct Figure {
        /// Sum of the cancelled leaves, before the validators' share.
        uint128 leafCancelled;
        /// A debit: what was given back. A credit: what will not be credited.
        uint96 cut;
    }

    uint256 private constant SIGNATURE_BYTES = 64;

    // A batch's word is the header's hash with flags in its lowest byte; 248 bits of a hash bind the header well enough. It is
    // kept when the batch is final, so that a job of it which comes again can still be shown to be a duplicate.
    uint256 private constant FLAGS = 0xff;
    uint256 internal constant IS_FINAL = 1;
    uint256 internal constant IS_DISPUTED = 2;

    mapping(uint256 nonce => uint256 word) private _batches;
    mapping(uint256 nonce => Dispute) internal _disputes;
    mapping(uint256 nonce => mapping(Kind => mapping(address => Figure))) internal _figures;
    /// What a signer's hold of a batch has lost, in wei.
    mapping(uint256 nonce => mapping(address => uint256)) internal _taken;

    // Posting and finalizing call nobody, so they only refuse to run inside another call of this contract.

    /// @inheritdoc ISettlement
    function postBatch(
        uint64 nonce,
        bytes32 root,
        uint32 jobs,
        bytes calldata debits,
        bytes calldata credits,
        bytes calldata signatures
    ) external nonReentrantView {
        uint256 state = _state;
        if (nonce != uint64(state)) revert WrongNonce(nonce, uint64(state));
        if (jobs == 0) revert NoJobs();
        _state = state + 1;

        Header memory header;
        header.nonce = nonce;
        header.root = root;
        header.jobs = jobs;
        header.postedAt = uint64(block.timestamp);
        header.debitsHash = debits.hash();
        header.creditsHash = credits.hash();
        header.total = _takeDebits(debits);
        _addClaims(credits, header.total);
        header.signers = _addHolds(header, state / ONE_VALIDATOR, signatures);
        _batches[nonce] = HeaderHash.inMemory(header) & ~FLAGS;
        emit BatchPosted(nonce, root, header.total, jobs, header.signers, debits, credits);
    }

    /// @inheritdoc ISettlement
    function finalize(Header calldata header, bytes calldata credits) external nonReentrantView {
        uint256 word = _requireOpen(header);
        _requireList(credits, header.creditsHash);
        bool isDisputed = word & IS_DISPUTED != 0;
        uint256 finalAt = uint256(header.postedAt) + CHALLENGE_WINDOW;
        uint256 share = header.total;
        if (isDisputed) {
            Dispute storage dispute = _disputes[header.nonce];
            if (dispute.openChallenges != 0) revert ChallengesOpen(dispute.openChallenges);
            finalAt = dispute.finalAt;
            share -= dispute.shareCut;
        }
        if (block.timestamp < finalAt) revert BatchNotFinal(finalAt);
        _batches[header.nonce] = word | IS_FINAL;
        share -= _giveCredits(header.nonce, credits, isDisputed);
        _releaseHolds(header, share, isDisputed);
        emit BatchFinalized(header.nonce, share);
    }

    /// @inheritdoc ISettlement
    function batchState() external view returns (uint64, uint256) {
        return (uint64(_state), _state / ONE_VALIDATOR);
    }

    /// @inheritdoc ISettlement
    function statusOf(Header calldata header) external view returns (bool isPosted, bool isFinal) {
        uint256 word = _batches[header.nonce];
        isPosted = word & ~FLAGS == HeaderHash.inCalldata(header) & ~FLAGS;
        isFinal = isPosted && word & IS_FINAL != 0;
    }

    /// The word of a batch that was posted with this header.
    function _requirePosted(Header calldata header) internal view returns (uint256 word) {
        word = _batches[header.nonce];
        if (word & ~FLAGS != HeaderHash.inCalldata(header) & ~FLAGS) revert UnknownBatch(header.nonce);
    }

    function _requireOpen(Header calldata header) internal view returns (uint256 word) {
        word = _requirePosted(header);
        if (word & IS_FINAL != 0) revert BatchFinal(header.nonce);
    }

    function _requireList(bytes calldata list, bytes32 expected) internal pure {
        if (list.hash() != expected) revert ListMismatch();
    }

    function _requireLeaf(Header calldata header, Leaf calldata leaf, bytes32[] calldata path) internal pure {
        if (!KeccakTree.verify(header.root, header.jobs, keccak256(abi.encode(leaf)), leaf.index, path)) {
            revert BadLeaf(leaf.index);
        }
    }

    /// The state of a dispute, begun where there was none. `finalAt` never lies before the challenge window's end.
    function _disputeOf(Header calldata header) internal returns (Dispute storage dispute) {
        dispute = _disputes[header.nonce];
        if (dispute.finalAt == 0) {
            dispute.finalAt = header.postedAt + CHALLENGE_WINDOW;
            _batches[header.nonce] |= IS_DISPUTED;
        }
    }

    /// What a provider gets of a sum of leaves; for debits the sum itself. Rounded once over the sum, as in the list.
    function _figureOf(Kind kind, uint256 sum) internal view returns (uint256) {
        return kind == Kind.Debit ? sum : sum - sum * VALIDATOR_BPS / BPS;
    }

    /// Takes every debit from its deposit and returns the sum.
    function _takeDebits(bytes calldata debits) private returns (uint256 total) {
        (uint256 place, uint256 end) = debits.bounds();
        bool isWrong;
        // Runs once for each consumer: beside the load and the store that each needs, every operation counts.
        assembly ("memory-safe") {
            let previous := 0
            for {} lt(place, end) { place := add(place, 0x20) } {
                let entry := calldataload(place)
                let consumer := shr(96, entry)
                let slot := or(CONSUMER_TABLE, consumer)
                let word := sload(slot)
                // The deposit is the upper 96 bits of the word, so one comparison and one subtraction do.
                let debit := shl(160, entry)
                isWrong := or(isWrong, or(iszero(gt(consumer, previous)), lt(word, debit)))
                sstore(slot, sub(word, debit))
                previous := consumer
                // Adds up addresses too, above the amounts. Deposits together are below 2^96, so the sum of what was taken from
                // them is the lower 96 bits.
                total := add(total, entry)
            }
            total := and(total, 0xffffffffffffffffffffffff)
        }
        if (isWrong) _refuseDebits(debits);
    }

    /// Says what is wrong with a list whose debits were taken.
    function _refuseDebits(bytes calldata debits) private view {
        _requireAscending(debits);
        for (uint256 i = 0; i < debits.count(); ++i) {
            uint256 entry = debits.entryAt(i);
            address consumer = PackedList.accountOf(entry);
            uint96 debit = uint96(entry);
            uint96 deposit_;
            unchecked {
                deposit_ = _consumer(consumer).deposit + debit;
            }
            if (deposit_ < debit) revert DebitAboveDeposit(consumer, deposit_, debit);
        }
    }

    /// Counts every credit as a claim of its provider; what they leave of the total is the validators' share.
    function _addClaims(bytes calldata credits, uint256 total) private {
        (uint256 place, uint256 end) = credits.bounds();
        (uint256 sum, bool isWrong) = AccountTable.addClaims(place, end);
        if (isWrong) _refuseCredits(credits);
        if (sum > total || (total - sum) * BPS > total * VALIDATOR_BPS) revert CreditsNotTotal(sum, total);
    }

    /// Says what is wrong with a list whose claims were counted.
    function _refuseCredits(bytes calldata credits) private view {
        _requireAscending(credits);
        for (uint256 i = 0; i < credits.count(); ++i) {
            address provider = PackedList.accountOf(credits.entryAt(i));
            Account account = AccountTable.get(provider);
            if (account.claims() > account.limit()) {
                revert ClaimAboveLimit(provider, PackedList.amountOf(credits.entryAt(i)));
            }
        }
        revert ListMismatch();
    }

    function _requireAscending(bytes calldata list) private pure {
        address previous = address(0);
        for (uint256 i = 0; i < list.count(); ++i) {
            address account = PackedList.accountOf(list.entryAt(i));
            if (account <= previous) revert NotAscending(account);
            previous = account;
        }
    }

    /// Turns the claims of a batch into credits, less what was cancelled.
    function _giveCredits(uint256 nonce, bytes calldata credits, bool isDisputed) private returns (uint256 sum) {
        (uint256 place, uint256 end) = credits.bounds();
        sum = AccountTable.claimsToCredits(place, end);
        if (!isDisputed) return sum;
        for (uint256 i = 0; i < credits.count(); ++i) {
            address provider = PackedList.accountOf(credits.entryAt(i));
            uint256 cut = _figures[nonce][Kind.Credit][provider].cut;
            // Never above what it was credited just now.
            if (cut != 0) AccountTable.set(provider, AccountTable.get(provider).subCredit(cut));
        }
    }

    /// Recovers the signers, who must be pledged validators and more than half of them, and makes each stand for the batch.
    function _addHolds(Header memory header, uint256 validators, bytes calldata signatures)
        private
        returns (address[] memory signers)
    {
        bytes32 digest = _digest(
            WeftTypes.hash(
                BatchApproval({
                    nonce: header.nonce,
                    root: header.root,
                    debitsHash: header.debitsHash,
                    creditsHash: header.creditsHash,
                    total: header.total,
                    jobs: header.jobs
                })
            )
        );
        uint256 count = signatures.length / SIGNATURE_BYTES;
        if (signatures.length % SIGNATURE_BYTES != 0) revert WeftTypes.BadSignature();
        if (2 * count <= validators) revert NotEnoughSigners(count, validators);
        uint256 hold = _holdOf(header.total);
        signers = new address[](count);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            address signer = WeftTypes.recover(digest, signatures[:SIGNATURE_BYTES]);
            signatures = signatures[SIGNATURE_BYTES:];
            if (signer <= previous) revert SignersNotAscending(previous, signer);
            Account account = AccountTable.get(signer);
            if (!account.isValidator()) revert NotValidator(signer);
            if (!account.fitsHold(hold)) revert HoldAboveLimit(signer, header.total);
            AccountTable.set(signer, account.addHold(hold));
            signers[i] = previous = signer;
        }
    }

    /// Frees the signers and shares the rest equally; what does not divide goes to the first.
    function _releaseHolds(Header calldata header, uint256 share, bool isDisputed) private {
        uint256 hold = _holdOf(header.total);
        address[] calldata signers = header.signers;
        uint256 each = share / signers.length;
        uint256 part = share - each * (signers.length - 1);
        for (uint256 i = 0; i < signers.length; ++i) {
            address signer = signers[i];
            // Whole gwei of what was taken have left the hold already.
            uint256 gone = isDisputed ? _taken[header.nonce][signer] / Accounts.GWEI : 0;
            AccountTable.set(signer, AccountTable.get(signer).subHold(hold - gone).addCredit(part));
            part = each;
        }
    }
}
