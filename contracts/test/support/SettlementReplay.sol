// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {Test} from "./Test.sol";
import {Log} from "./Vm.sol";

/// @title Keeps the accounts of a settlement by reading its events, and nothing else but how it was deployed.
contract SettlementReplay is Test {
    uint256 private constant GWEI = 1e9;
    ISettlement.Kind private constant DEBIT = ISettlement.Kind.Debit;
    ISettlement.Kind private constant CREDIT = ISettlement.Kind.Credit;

    struct Party {
        uint256 deposit;
        uint256 requested;
        uint256 withdrawableAt;
        uint256 credit;
        /// Both in gwei.
        uint256 claims;
        uint256 holds;
        uint256 active;
        uint256 leaving;
        uint256 unpledgeableAt;
        bool isValidator;
    }

    struct Batch {
        uint256 total;
        address[] signers;
        bytes credits;
        uint256 refunded;
    }

    struct Contest {
        uint64 nonce;
        ISettlement.Kind kind;
        address account;
    }

    ISettlement private immutable SETTLEMENT;
    uint256 private immutable MIN_SLASH;

    mapping(address => Party) private _parties;
    address[] private _known;
    mapping(address => bool) private _isKnown;
    uint64 private _nextNonce;
    uint256 private _validators;
    mapping(uint64 nonce => Batch) private _batches;
    mapping(uint64 nonce => mapping(ISettlement.Kind => mapping(address => uint256))) private _cuts;
    mapping(uint64 nonce => mapping(address signer => uint256)) private _taken;
    mapping(uint64 nonce => mapping(ISettlement.Kind => mapping(address => ISettlement.Challenge))) private _challenges;
    Contest[] private _contests;

    constructor(ISettlement settlement) {
        SETTLEMENT = settlement;
        MIN_SLASH = settlement.params().minSlash;
    }

    function read(Log[] memory logs) external {
        for (uint256 i = 0; i < logs.length; ++i) {
            Log memory log = logs[i];
            if (log.emitter != address(SETTLEMENT)) continue;
            _readMoney(log);
            _readPledge(log);
            _readBatch(log);
            _readContest(log);
        }
    }

    /// How many contests were seen: a test that saw none shows little.
    function contests() external view returns (uint256) {
        return _contests.length;
    }

    /// Requires that the contract says the same of everybody, of its batches and of every contest.
    function requireSame() external view {
        (uint64 nextNonce, uint256 validators) = SETTLEMENT.batchState();
        assertEq(_nextNonce, nextNonce, "next nonce");
        assertEq(_validators, validators, "validators");
        for (uint256 i = 0; i < _known.length; ++i) {
            _requireSameParty(_known[i]);
        }
        for (uint256 i = 0; i < _contests.length; ++i) {
            Contest storage it = _contests[i];
            assertEq(
                abi.encode(_challenges[it.nonce][it.kind][it.account]),
                abi.encode(SETTLEMENT.challengeOf(it.nonce, it.kind, it.account)),
                "contest"
            );
        }
    }

    function _requireSameParty(address account) private view {
        Party storage party = _parties[account];
        (uint256 deposited, uint256 requested, uint256 withdrawableAt) = SETTLEMENT.consumerOf(account);
        assertEq(party.deposit, deposited, "deposit");
        assertEq(party.requested, requested, "requested");
        assertEq(party.withdrawableAt, withdrawableAt, "withdrawable at");
        (uint256 credit, uint256 claims, uint256 holds, uint256 limit, bool isValidator) = SETTLEMENT.accountOf(account);
        assertEq(party.credit, credit, "credit");
        assertEq(party.claims * GWEI, claims, "claims");
        assertEq(party.holds * GWEI, holds, "holds");
        assertEq(party.active / GWEI * GWEI, limit, "limit");
        assertTrue(party.isValidator == isValidator, "validator");
        ISettlement.Pledge memory pledge = SETTLEMENT.pledgeOf(account);
        assertEq(party.active, pledge.active, "active");
        assertEq(party.leaving, pledge.leaving, "leaving");
        assertEq(party.unpledgeableAt, pledge.openAt, "unpledgeable at");
    }

    function _readMoney(Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == ISettlement.Deposited.selector) {
            _party(_account(log, 1)).deposit += abi.decode(log.data, (uint256));
        } else if (name == ISettlement.WithdrawalRequested.selector) {
            Party storage party = _party(_account(log, 1));
            (party.requested, party.withdrawableAt) = abi.decode(log.data, (uint256, uint64));
        } else if (name == ISettlement.Withdrawn.selector) {
            Party storage party = _party(_account(log, 1));
            party.deposit -= abi.decode(log.data, (uint256));
            (party.requested, party.withdrawableAt) = (0, 0);
        } else if (name == ISettlement.CreditsWithdrawn.selector) {
            _party(_account(log, 1)).credit -= abi.decode(log.data, (uint256));
        }
    }

    function _readPledge(Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == ISettlement.Pledged.selector) {
            (, _party(_account(log, 1)).active) = abi.decode(log.data, (uint256, uint256));
        } else if (name == ISettlement.UnpledgeRequested.selector) {
            Party storage party = _party(_account(log, 1));
            uint256 amount;
            (amount, party.unpledgeableAt) = abi.decode(log.data, (uint256, uint64));
            party.active -= amount;
            party.leaving += amount;
        } else if (name == ISettlement.Unpledged.selector) {
            _party(_account(log, 1)).leaving -= abi.decode(log.data, (uint256));
        } else if (name == ISettlement.ValidatorChanged.selector) {
            (_party(_account(log, 1)).isValidator, _validators) = abi.decode(log.data, (bool, uint256));
        } else if (name == ISettlement.ProviderSlashed.selector) {
            Party storage party = _party(_account(log, 1));
            // The pledge beyond its holds first, the rest is the registry's.
            _take(party, _min(abi.decode(log.data, (uint256)), _excess(_pledged(party), party.holds * GWEI)));
        }
    }

    function _readBatch(Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == ISettlement.BatchPosted.selector) {
            _post(_nonce(log), log.data);
        } else if (name == ISettlement.BatchFinalized.selector) {
            _finalize(_nonce(log), abi.decode(log.data, (uint256)));
        } else if (name == ISettlement.JobCancelled.selector) {
            (,,, uint256 refund, uint256 providerCut,) =
                abi.decode(log.data, (uint256, bytes32, uint256, uint256, uint256, uint256));
            _refund(_nonce(log), _account(log, 2), refund);
            _cuts[_nonce(log)][CREDIT][_account(log, 3)] += providerCut;
        } else if (name == ISettlement.SignerSlashed.selector) {
            (uint256 covered, uint256 penalty) = abi.decode(log.data, (uint256, uint256));
            _slashSigner(_nonce(log), _account(log, 2), covered, penalty);
        }
    }

    function _readContest(Log memory log) private {
        bytes32 name = log.topics[0];
        if (name == ISettlement.Challenged.selector) {
            (ISettlement.Kind kind, uint256 figure, uint256 bond, uint64 deadline) =
                abi.decode(log.data, (ISettlement.Kind, uint256, uint256, uint64));
            ISettlement.Challenge storage contest = _challenges[_nonce(log)][kind][_account(log, 2)];
            contest.challenger = _account(log, 3);
            (contest.figure, contest.bond, contest.deadline) = (uint96(figure), uint96(bond), deadline);
            contest.isOpen = true;
            _contests.push(Contest(_nonce(log), kind, _account(log, 2)));
        } else if (name == ISettlement.Answered.selector) {
            (ISettlement.Kind kind, uint256[] memory leaves, uint256 proven) =
                abi.decode(log.data, (ISettlement.Kind, uint256[], uint256));
            ISettlement.Challenge storage contest = _challenges[_nonce(log)][kind][_account(log, 2)];
            contest.proven = uint128(proven);
            contest.leaves += uint32(leaves.length);
        } else if (name == ISettlement.ChallengeClosed.selector) {
            (ISettlement.Kind kind, uint256 cancelled) = abi.decode(log.data, (ISettlement.Kind, uint256));
            _close(_nonce(log), kind, _account(log, 2), cancelled);
        } else if (name == ISettlement.BondPaid.selector) {
            (, uint256 amount) = abi.decode(log.data, (ISettlement.Kind, uint256));
            _party(_account(log, 3)).credit += amount;
        }
    }

    function _post(uint64 nonce, bytes memory data) private {
        Batch storage batch = _batches[nonce];
        bytes memory debits;
        (, batch.total,, batch.signers, debits, batch.credits) =
            abi.decode(data, (bytes32, uint256, uint32, address[], bytes, bytes));
        _nextNonce = nonce + 1;
        for (uint256 i = 0; i < debits.length / 32; ++i) {
            (address account, uint256 amount) = _entry(debits, i);
            _party(account).deposit -= amount;
        }
        for (uint256 i = 0; i < batch.credits.length / 32; ++i) {
            (address account, uint256 amount) = _entry(batch.credits, i);
            _party(account).claims += _toGwei(amount);
        }
        for (uint256 i = 0; i < batch.signers.length; ++i) {
            _party(batch.signers[i]).holds += _holdOf(batch);
        }
    }

    function _finalize(uint64 nonce, uint256 share) private {
        Batch storage batch = _batches[nonce];
        for (uint256 i = 0; i < batch.credits.length / 32; ++i) {
            (address account, uint256 amount) = _entry(batch.credits, i);
            _party(account).claims -= _toGwei(amount);
            _party(account).credit += amount - _cuts[nonce][CREDIT][account];
        }
        uint256 count = batch.signers.length;
        for (uint256 i = 0; i < count; ++i) {
            Party storage signer = _party(batch.signers[i]);
            signer.holds -= _holdOf(batch) - _taken[nonce][batch.signers[i]] / GWEI;
            signer.credit += i == 0 ? share - share / count * (count - 1) : share / count;
        }
    }

    function _close(uint64 nonce, ISettlement.Kind kind, address account, uint256 cancelled) private {
        ISettlement.Challenge storage contest = _challenges[nonce][kind][account];
        contest.isOpen = false;
        contest.isAnswered = cancelled == 0;
        uint256 cut = _min(cancelled, contest.figure - _cuts[nonce][kind][account]);
        if (kind == DEBIT) _refund(nonce, account, cut);
        else _cuts[nonce][CREDIT][account] += cut;
    }

    function _refund(uint64 nonce, address consumer, uint256 amount) private {
        _cuts[nonce][DEBIT][consumer] += amount;
        _batches[nonce].refunded += amount;
        _party(consumer).deposit += amount;
    }

    function _slashSigner(uint64 nonce, address account, uint256 covered, uint256 penalty) private {
        Batch storage batch = _batches[nonce];
        Party storage signer = _party(account);
        uint256 before = _taken[nonce][account];
        // A penalty takes of the hold what no refund can need.
        uint256 slack = _excess(_excess(_holdOf(batch) * GWEI, before), batch.total - batch.refunded);
        uint256 later = before + covered + _min(penalty, slack);
        _taken[nonce][account] = later;
        signer.holds -= later / GWEI - before / GWEI;
        _take(signer, covered + penalty);
    }

    function _take(Party storage party, uint256 amount) private {
        uint256 fromActive = _min(amount, party.active);
        party.active -= fromActive;
        party.leaving -= amount - fromActive;
    }

    function _party(address account) private returns (Party storage) {
        if (!_isKnown[account]) {
            _isKnown[account] = true;
            _known.push(account);
        }
        return _parties[account];
    }

    function _holdOf(Batch storage batch) private view returns (uint256) {
        return _toGwei(batch.total + MIN_SLASH);
    }

    function _pledged(Party storage party) private view returns (uint256) {
        return party.active + party.leaving;
    }

    function _nonce(Log memory log) private pure returns (uint64) {
        return uint64(uint256(log.topics[1]));
    }

    function _account(Log memory log, uint256 topic) private pure returns (address) {
        return address(uint160(uint256(log.topics[topic])));
    }

    function _entry(bytes memory list, uint256 index) private pure returns (address account, uint256 amount) {
        uint256 word;
        assembly ("memory-safe") {
            word := mload(add(add(list, 32), shl(5, index)))
        }
        return (address(uint160(word >> 96)), uint96(word));
    }

    function _toGwei(uint256 amount) private pure returns (uint256) {
        return (amount + GWEI - 1) / GWEI;
    }

    function _min(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }

    function _excess(uint256 a, uint256 b) private pure returns (uint256) {
        return a > b ? a - b : 0;
    }
}
