// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {PackedList} from "../libraries/PackedList.sol";
import {Voucher, WeftTypes} from "../libraries/WeftTypes.sol";
import {Cancellations} from "./Cancellations.sol";

/// @title Contesting one figure of a batch.
/// @dev Anyone may answer, so leaves count in any order and one that was shown before is skipped: an answer that somebody
/// copies, splits or runs ahead of still adds up. Whoever answers with its own leaves alone keeps what they prove.
abstract contract AccountChallenges is Cancellations {
    using PackedList for bytes;

    /// What of an answered contest's bond is for whom: leaves shown, by answerer.
    mapping(uint256 nonce => mapping(Kind => mapping(address account => mapping(address => uint256)))) private _shown;
    mapping(uint256 nonce => mapping(Kind => mapping(address account => mapping(uint256 word => uint256)))) private
        _shownLeaves;

    /// @inheritdoc ISettlement
    function challenge(Header calldata header, Kind kind, bytes calldata list, uint256 index) external nonReentrant {
        _requireOpen(header);
        _requireList(list, kind == Kind.Debit ? header.debitsHash : header.creditsHash);
        uint256 closesAt = uint256(header.postedAt) + CHALLENGE_WINDOW;
        if (block.timestamp >= closesAt) revert ChallengeWindowClosed(closesAt);
        if (index >= list.count()) revert NoSuchEntry(index);
        uint256 entry = list.entryAt(index);
        address account = PackedList.accountOf(entry);
        uint256 figure = PackedList.amountOf(entry);
        Challenge storage contest = _challenges[header.nonce][kind][account];
        if (contest.deadline != 0) revert AlreadyChallenged(header.nonce, kind, account);
        if (_figureOf(kind, _figures[header.nonce][kind][account].leafCancelled) >= figure) {
            revert NothingToProve(header.nonce, kind, account);
        }
        uint256 bond = bondFor(header.jobs);
        uint64 deadline = uint64(block.timestamp) + ANSWER_WINDOW;
        contest.challenger = msg.sender;
        contest.bond = _toUint96(bond);
        contest.figure = uint96(figure);
        contest.deadline = deadline;
        contest.isOpen = true;
        _disputeOf(header).openChallenges += 1;
        emit Challenged(header.nonce, kind, account, msg.sender, figure, bond, deadline);
        _receive(bond);
    }

    /// @inheritdoc ISettlement
    function answer(Header calldata header, Kind kind, address account, SignedLeaf[] calldata leaves)
        external
        nonReentrant
    {
        _requirePosted(header);
        Challenge storage contest = _openChallenge(header.nonce, kind, account);
        if (block.timestamp >= contest.deadline) revert AnswerTooLate(contest.deadline);
        uint256 proven = contest.proven;
        uint256[] memory counted = new uint256[](leaves.length);
        uint256 count = 0;
        for (uint256 i = 0; i < leaves.length; ++i) {
            Leaf calldata leaf = leaves[i].leaf;
            if (!_markShown(header.nonce, kind, account, leaf.index)) continue;
            _requireVouched(header, kind, account, leaves[i]);
            proven += leaf.amount;
            counted[count++] = leaf.index;
        }
        assembly ("memory-safe") {
            // As long as what was counted.
            mstore(counted, count)
        }
        contest.proven = uint128(proven);
        contest.leaves += uint32(count);
        _shown[header.nonce][kind][account][msg.sender] += count;
        emit Answered(header.nonce, kind, account, msg.sender, counted, proven);
        if (_unproven(header.nonce, kind, account, contest) == 0) {
            contest.isAnswered = true;
            _close(header, kind, account, contest, 0);
        }
    }

    /// @inheritdoc ISettlement
    function closeChallenge(Header calldata header, Kind kind, address account) external nonReentrant {
        _requirePosted(header);
        Challenge storage contest = _openChallenge(header.nonce, kind, account);
        if (block.timestamp < contest.deadline) revert AnswerWindowOpen(contest.deadline);
        uint256 cancelled = _unproven(header.nonce, kind, account, contest);
        _close(header, kind, account, contest, cancelled);
        _payBond(header.nonce, kind, account, contest.challenger, contest.bond);

        Figure storage figure = _figures[header.nonce][kind][account];
        cancelled = _min(cancelled, uint256(contest.figure) - figure.cut);
        figure.cut += uint96(cancelled);
        uint256 penalty = _penaltyFor(cancelled);
        if (kind == Kind.Debit) {
            _refund(header, account, cancelled, cancelled);
            // What a signer paid for the refund is the first part of its penalty.
            penalty = _excess(penalty, cancelled / header.signers.length);
        } else {
            TOKEN.burn(cancelled);
        }
        for (uint256 i = 0; i < header.signers.length; ++i) {
            _punish(header, header.signers[i], penalty);
        }
    }

    /// @inheritdoc ISettlement
    function collectBond(uint64 nonce, Kind kind, address account) external nonReentrant {
        Challenge storage contest = _challenges[nonce][kind][account];
        uint256 count = contest.isAnswered ? _shown[nonce][kind][account][msg.sender] : 0;
        if (count == 0) revert NothingToCollect(msg.sender);
        _shown[nonce][kind][account][msg.sender] = 0;
        _payBond(nonce, kind, account, msg.sender, uint256(contest.bond) * count / contest.leaves);
    }

    /// @inheritdoc ISettlement
    function challengeOf(uint64 nonce, Kind kind, address account) external view returns (Challenge memory) {
        return _challenges[nonce][kind][account];
    }

    /// @inheritdoc ISettlement
    function bondFor(uint32 jobs) public view returns (uint256) {
        return CHALLENGE_BOND + uint256(BOND_PER_JOB) * jobs;
    }

    function _openChallenge(uint64 nonce, Kind kind, address account) private view returns (Challenge storage contest) {
        contest = _challenges[nonce][kind][account];
        if (!contest.isOpen) revert NoOpenChallenge(nonce, kind, account);
    }

    /// How much of the figure neither shown nor cancelled leaves explain.
    function _unproven(uint64 nonce, Kind kind, address account, Challenge storage contest)
        private
        view
        returns (uint256)
    {
        uint256 explained = contest.proven + _figures[nonce][kind][account].leafCancelled;
        return _excess(contest.figure, _figureOf(kind, explained));
    }

    /// Ends a contest and leaves time to look at what its answer showed.
    function _close(Header calldata header, Kind kind, address account, Challenge storage contest, uint256 cancelled)
        private
    {
        contest.isOpen = false;
        Dispute storage dispute = _disputes[header.nonce];
        dispute.openChallenges -= 1;
        uint64 until = uint64(block.timestamp) + FURTHER_WINDOW;
        if (until > dispute.finalAt) dispute.finalAt = until;
        emit ChallengeClosed(header.nonce, kind, account, cancelled);
    }

    function _payBond(uint64 nonce, Kind kind, address account, address to, uint256 amount) private {
        _credit(to, amount);
        emit BondPaid(nonce, kind, account, to, amount);
    }

    /// Marks a leaf as shown for this figure; false where it was, or was cancelled.
    function _markShown(uint64 nonce, Kind kind, address account, uint256 index) private returns (bool) {
        if (_isCancelled(nonce, index)) return false;
        uint256 bit = 1 << (index & 0xff);
        uint256 word = _shownLeaves[nonce][kind][account][index >> 8];
        if (word & bit != 0) return false;
        _shownLeaves[nonce][kind][account][index >> 8] = word | bit;
        return true;
    }

    /// Requires that a leaf is the account's, in the batch, and that its consumer signed for the amount.
    function _requireVouched(Header calldata header, Kind kind, address account, SignedLeaf calldata shown)
        private
        view
    {
        Leaf calldata leaf = shown.leaf;
        if ((kind == Kind.Debit ? leaf.consumer : leaf.provider) != account) revert NotOfAccount(leaf.index, account);
        _toUint96(leaf.amount);
        _requireLeaf(header, leaf, shown.path);
        bytes32 digest = _digest(
            WeftTypes.hash(
                Voucher({jobId: leaf.jobId, consumer: leaf.consumer, provider: leaf.provider, amount: leaf.amount})
            )
        );
        if (WeftTypes.recover(digest, shown.signature) != leaf.consumer) revert BadVoucher(leaf.index);
    }
}
