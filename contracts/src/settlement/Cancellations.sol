// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {AccountTable} from "../libraries/AccountTable.sol";
import {Account, Accounts} from "../libraries/Accounts.sol";
import {PackedList} from "../libraries/PackedList.sol";
import {Batches} from "./Batches.sol";

/// @title Taking jobs out of open batches, and making signers pay.
/// @dev Nothing here may lose money: what a consumer gets back is taken from the credits of the same batch or from its signers'
/// pledges, and what is taken from credits beyond that is burned. Each signer holds the batch's whole total, and the sum of
/// all refunds cannot exceed it, so refunds to come are always covered: penalties take only what is left beside them.
abstract contract Cancellations is Batches {
    using PackedList for bytes;

    mapping(uint256 nonce => mapping(Kind => mapping(address => Challenge))) internal _challenges;
    mapping(uint256 nonce => mapping(uint256 word => uint256)) internal _cancelledLeaves;

    /// Cancels a leaf that is known to be in an open batch, once. The lists are the batch's.
    function _cancelJob(Header calldata header, Leaf calldata leaf, bytes calldata debits, bytes calldata credits)
        internal
    {
        _requireList(debits, header.debitsHash);
        _requireList(credits, header.creditsHash);
        // While leaves are being shown for a figure, cancelling one of them would count it twice or not at all.
        _requireNoChallenge(header.nonce, Kind.Debit, leaf.consumer);
        _requireNoChallenge(header.nonce, Kind.Credit, leaf.provider);
        _markCancelled(header.nonce, leaf.index);
        _toUint96(leaf.amount);

        Dispute storage dispute = _disputeOf(header);
        uint256 refund = _cutDebit(header.nonce, leaf, debits.find(leaf.consumer));
        (uint256 providerCut, uint256 shareCut) = _cutCredit(header, leaf, credits);
        dispute.shareCut += uint96(shareCut);
        emit JobCancelled(
            header.nonce,
            leaf.consumer,
            leaf.provider,
            leaf.index,
            leaf.jobId,
            leaf.amount,
            refund,
            providerCut,
            shareCut
        );
        uint256 fromCredits = providerCut + shareCut;
        if (fromCredits > refund) TOKEN.burn(fromCredits - refund);
        // Lists that match the tree always balance. Where they do not, the signers signed what they did not check.
        _refund(header, leaf.consumer, refund, _excess(refund, fromCredits));
    }

    /// Gives `refund` back to a consumer, `uncovered` of it out of the signers' pledges in equal parts.
    function _refund(Header calldata header, address consumer, uint256 refund, uint256 uncovered) internal {
        uint256 missing = uncovered;
        uint256 count = header.signers.length;
        for (uint256 i = 0; i < count && missing != 0; ++i) {
            uint256 parts = count - i;
            missing -= _cover(header, header.signers[i], (missing + parts - 1) / parts);
        }
        // Holds make `missing` 0. Should they ever not, nobody else's money fills the gap.
        refund -= missing;
        _disputes[header.nonce].refunded += uint96(refund);
        Consumer storage entry = _consumer(consumer);
        entry.deposit = _toUint96(entry.deposit + refund);
    }

    /// Slashes one signer of an open batch by up to `penalty`, without touching what refunds may still need.
    function _punish(Header calldata header, address signer, uint256 penalty) internal {
        uint256 left = _holdLeft(header, signer);
        uint256 slack = _excess(left, header.total - _disputes[header.nonce].refunded);
        uint256 fromHold = _min(penalty, slack);
        uint256 fromRest = _min(penalty - fromHold, _unheld(signer));
        _spendHold(header.nonce, signer, fromHold);
        uint256 slashed = _take(signer, fromHold + fromRest, msg.sender, BOUNTY_BPS);
        emit SignerSlashed(header.nonce, signer, 0, slashed, msg.sender);
    }

    function _requireNoChallenge(uint64 nonce, Kind kind, address account) internal view {
        if (_challenges[nonce][kind][account].isOpen) revert ChallengeOpen(nonce, kind, account);
    }

    function _isCancelled(uint256 nonce, uint256 index) internal view returns (bool) {
        return _cancelledLeaves[nonce][index >> 8] & (1 << (index & 0xff)) != 0;
    }

    function _markCancelled(uint256 nonce, uint256 index) private {
        if (_isCancelled(nonce, index)) revert LeafCancelled(nonce, index);
        _cancelledLeaves[nonce][index >> 8] |= 1 << (index & 0xff);
    }

    /// What the consumer gets back for a leaf: never more than its debit over all.
    function _cutDebit(uint256 nonce, Leaf calldata leaf, uint256 debit) private returns (uint256 refund) {
        Figure storage figure = _figures[nonce][Kind.Debit][leaf.consumer];
        refund = _min(leaf.amount, debit - figure.cut);
        figure.leafCancelled += uint128(leaf.amount);
        figure.cut += uint96(refund);
    }

    /// What the provider and the validators lose of a leaf. Rounded over the sum of cancelled leaves, like the list itself, so
    /// that cancelling all leaves takes exactly the figure.
    function _cutCredit(Header calldata header, Leaf calldata leaf, bytes calldata credits)
        private
        returns (uint256 providerCut, uint256 shareCut)
    {
        Figure storage figure = _figures[header.nonce][Kind.Credit][leaf.provider];
        uint256 before = figure.leafCancelled;
        uint256 part = _figureOf(Kind.Credit, before + leaf.amount) - _figureOf(Kind.Credit, before);
        providerCut = _min(part, credits.find(leaf.provider) - figure.cut);
        uint256 share = header.total - credits.sum();
        shareCut = _min(leaf.amount - part, share - _disputes[header.nonce].shareCut);
        figure.leafCancelled = uint128(before + leaf.amount);
        figure.cut += uint96(providerCut);
    }

    /// Takes `amount` of a signer's hold into this contract.
    function _cover(Header calldata header, address signer, uint256 amount) private returns (uint256 covered) {
        amount = _min(amount, _holdLeft(header, signer));
        _spendHold(header.nonce, signer, amount);
        covered = _take(signer, amount, address(this), BPS);
        emit SignerSlashed(header.nonce, signer, covered, 0, address(this));
    }

    /// What is left of a signer's hold of this batch, in wei.
    function _holdLeft(Header calldata header, address signer) private view returns (uint256) {
        return _excess(_holdOf(header.total) * Accounts.GWEI, _taken[header.nonce][signer]);
    }

    /// Lowers a signer's hold of a batch, and its account by the whole gwei of it.
    function _spendHold(uint256 nonce, address signer, uint256 amount) private {
        uint256 before = _taken[nonce][signer];
        uint256 gone = (before + amount) / Accounts.GWEI - before / Accounts.GWEI;
        _taken[nonce][signer] = before + amount;
        Account account = AccountTable.get(signer);
        AccountTable.set(signer, account.subHold(gone));
    }
}
