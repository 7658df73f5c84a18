// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {Par1Receipt} from "../../src/libraries/par1/Par1Receipt.sol";
import {Offer, WeftTypes} from "../../src/libraries/WeftTypes.sol";
import {Par1Builder} from "./Par1Builder.sol";
import {SettlementNetwork} from "./SettlementNetwork.sol";

/// @title Posts batches and attacks them, while those who have something to lose do what they can in time.
/// @dev With hostile signers a batch may have jobs that nobody vouched for, jobs that were settled before and lists that do not
/// match, and consumers contest and show what they find. With honest signers batches are right, and providers and signers
/// answer whatever is contested. Time moves in steps shorter than every window, with a look around at each.
contract SettlementHandler is SettlementNetwork {
    uint256 public constant JOBS = 12;
    uint256 private constant STEP = 5 hours;
    uint256 private constant MAX_BATCHES = 6;
    /// A consumer who works with the attackers: it vouches for anything and contests nothing.
    uint256 private constant C3 = 0xC003;

    bool private immutable HOSTILE;

    bytes[] private _batches;
    mapping(bytes32 voucher => bool) private _isVouched;
    /// The highest voucher that each consumer gave for a job.
    mapping(uint256 job => uint256) private _vouched;
    mapping(uint256 job => bool) private _isSettled;
    uint256 public earned1;
    uint256 public finalized;
    uint256 public contested;
    uint256 public cancelled;
    bool public slashedWrongly;

    constructor(bool hostile) {
        HOSTILE = hostile;
        setUp();
        depositOf(C3, DEPOSIT);
    }

    // ── what happens ──

    function postSome(uint256 seed, uint256 count) external {
        // A look around meets every pair of batches.
        if (_batches.length == MAX_BATCHES) return;
        Job[] memory jobs = new Job[](bound(count, 1, 4));
        for (uint256 i = 0; i < jobs.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 number = random % JOBS;
            // Honest signers settle a job once; what is left is posted as jobs of their own.
            while (!HOSTILE && _isSettled[number]) ++number;
            bool isReal = !HOSTILE || random >> 8 & 3 != 0;
            jobs[i] = _job(number, bound(random >> 16, 1e9, 40e18), isReal);
            if (!HOSTILE) _isSettled[number] = true;
        }
        Built memory built = build(jobs);
        if (HOSTILE && seed & 3 == 0) _falsify(built, seed >> 2);
        post(built, two(V1, V2));
        _batches.push(abi.encode(built));
        (, uint256 place) = _find(built.credits, provider1);
        if (place != type(uint256).max) earned1 += uint96(uint256(wordAt(built.credits, place)));
    }

    function contestAny(uint256 which, uint256 kind, uint256 place) external {
        Built memory built = _batch(which);
        bytes memory list = kind & 1 == 0 ? built.debits : built.credits;
        vm.prank(HUNTER);
        settlement.challenge(built.header, ISettlement.Kind(kind & 1), list, place % (list.length / 32));
        contested += 1;
    }

    /// Somebody shows one leaf that has a voucher, for itself.
    function answerAny(uint256 which, uint256 kind, uint256 index) external {
        Built memory built = _batch(which);
        ISettlement.Leaf memory leaf = built.leaves[index % built.leaves.length];
        if (!_isVouched[leaf.voucherHash]) return;
        ISettlement.SignedLeaf[] memory leaves = new ISettlement.SignedLeaf[](1);
        leaves[0] = shown(built, leaf.index);
        vm.prank(HUNTER);
        settlement.answer(
            built.header, ISettlement.Kind(kind & 1), kind & 1 == 0 ? leaf.consumer : leaf.provider, leaves
        );
    }

    function duplicateAny(uint256 a, uint256 i, uint256 b, uint256 j) external {
        Built memory first = _batch(a);
        Built memory later = _batch(b);
        settlement.duplicate(
            proofOf(first, i % first.leaves.length),
            proofOf(later, j % later.leaves.length),
            later.debits,
            later.credits
        );
        cancelled += 1;
    }

    /// The second provider signs a receipt with a seed of its own, and is shown to have.
    function convict(uint256 number) external {
        Offer memory offer = offerOf(number % JOBS);
        if (offer.provider != provider2) return;
        Par1Receipt memory it;
        it.chainId = uint64(block.chainid);
        it.jobId = digestOf(WeftTypes.hash(offer));
        it.prover = provider2;
        it.manifest = offer.manifest;
        (it.topPBps, it.topK, it.leafCount) = (offer.topPBps, offer.topK, 1);
        bytes memory receipt = Par1Builder.receipt(it);
        uint256 stake = registry.stakeOf(provider2);
        vm.prank(HUNTER);
        settlement.brokenOffer(
            offer, ISettlement.SignedReceipt(receipt, signed(P2, digestOf(WeftTypes.hashReceipt(sha256(receipt)))))
        );
        if (registry.stakeOf(provider2) + MIN_SLASH < stake) slashedWrongly = true;
    }

    function chargeAny(uint256 which, uint256 index) external {
        Built memory built = _batch(which);
        settlement.chargeFault(proofOf(built, index % built.leaves.length), built.debits, built.credits);
        cancelled += 1;
    }

    function requestLeave(uint256 who, uint256 amount) external {
        address node = who & 1 == 0 ? provider2 : vm.addr(V1);
        uint256 active = settlement.pledgeOf(node).active;
        // Signers who keep less than the bond sign no more, and nothing would happen any more.
        vm.prank(node);
        settlement.requestUnpledge(bound(amount, 1, who & 1 == 0 ? active : 1));
        vm.prank(node);
        settlement.pledge(0);
    }

    function unpledge(uint256 who) external {
        vm.prank(who & 1 == 0 ? provider2 : vm.addr(V1));
        settlement.unpledge();
    }

    function withdrawSome(uint256 amount) external {
        uint256 part = bound(amount, 1, depositedBy(vm.addr(C3)));
        vm.prank(vm.addr(C3));
        settlement.requestWithdraw(part);
        for (uint256 waited = 0; waited < RESERVATION_LIFE + BATCH_AGE; waited += STEP) {
            _lookAround();
            pass(STEP);
        }
        vm.prank(vm.addr(C3));
        settlement.withdraw(HUNTER);
    }

    function wait_(uint256 steps) external {
        for (uint256 i = bound(steps, 1, 4); i != 0; --i) {
            _lookAround();
            pass(STEP);
        }
        _lookAround();
    }

    /// Goes on until nothing is open and all bonds are collected.
    function finish() external {
        for (uint256 i = 0; i < 12; ++i) {
            _lookAround();
            pass(STEP);
        }
        for (uint256 b = 0; b < _batches.length; ++b) {
            (, bool isFinal) = settlement.statusOf(_batch(b).header);
            assertTrue(isFinal, "every batch becomes final");
        }
    }

    // ── what is looked at ──

    /// The most that an honest consumer may have paid: its highest voucher of each job.
    function owedBy(address consumer) external view returns (uint256 owed) {
        for (uint256 number = 0; number < JOBS + 4 * _batches.length; ++number) {
            if (offerOf(number).consumer == consumer) owed += _vouched[number];
        }
    }

    function world() external view returns (ISettlement settlement_, uint256 deposits, uint256 credits) {
        settlement_ = settlement;
        deposits = depositedBy(consumer1) + depositedBy(consumer2) + depositedBy(vm.addr(C3));
        credits = creditOf(provider1) + creditOf(provider2) + creditOf(HUNTER) + creditOf(address(this));
        credits += creditOf(vm.addr(V1)) + creditOf(vm.addr(V2)) + creditOf(vm.addr(V3));
    }

    function balance() external view returns (uint256) {
        return token.balanceOf(address(settlement));
    }

    function pledgedAndLocked(uint256 key) external view returns (uint256 pledged, uint256 locked, uint256 stake) {
        ISettlement.Pledge memory pledge = settlement.pledgeOf(vm.addr(key));
        pledged = uint256(pledge.active) + pledge.leaving;
        (locked,) = registry.lockedBy(vm.addr(key), address(settlement));
        stake = registry.stakeOf(vm.addr(key));
    }

    function offerOf(uint256 number) public view returns (Offer memory offer) {
        uint256 who = number % 3;
        offer.consumer = who == 0 ? consumer1 : who == 1 ? consumer2 : vm.addr(C3);
        offer.provider = number / 3 % 2 == 0 ? provider1 : provider2;
        offer.manifest = MANIFEST;
        (offer.topPBps, offer.topK) = (10_000, 32);
        offer.nonce = bytes32(number);
    }

    // ── how it is done ──

    function _job(uint256 number, uint256 amount, bool isReal) private returns (Job memory job_) {
        Offer memory offer = offerOf(number);
        uint256 key = number % 3 == 0 ? C1 : number % 3 == 1 ? C2 : C3;
        job_ = Job(digestOf(WeftTypes.hash(offer)), key, offer.provider, amount);
        if (!isReal && key != C3) return job_;
        _isVouched[voucherDigest(job_.id, offer.consumer, offer.provider, amount)] = true;
        if (amount > _vouched[number]) _vouched[number] = amount;
    }

    /// Moves some of one figure to another, or raises a debit and a credit.
    function _falsify(Built memory built, uint256 seed) private view {
        uint256 more = bound(seed, 1, 20e18);
        setWord(built.debits, 0, bytes32(uint256(wordAt(built.debits, 0)) + more));
        setWord(built.credits, 0, bytes32(uint256(wordAt(built.credits, 0)) + more));
        seal(built);
    }

    function _lookAround() private {
        Built[] memory all = new Built[](_batches.length);
        for (uint256 b = 0; b < all.length; ++b) {
            all[b] = _batch(b);
        }
        for (uint256 b = 0; b < all.length; ++b) {
            Built memory built = all[b];
            (, bool isFinal) = settlement.statusOf(built.header);
            if (isFinal) continue;
            if (HOSTILE) _defendConsumers(all, b);
            else _answerAll(built);
            _closeAll(built);
            try settlement.finalize(built.header, built.credits) {
                finalized += 1;
            } catch {}
        }
    }

    /// Each honest consumer contests a debit that its vouchers do not explain and shows jobs that come twice.
    function _defendConsumers(Built[] memory all, uint256 b) private {
        Built memory built = all[b];
        for (uint256 i = 0; i < built.leaves.length; ++i) {
            if (built.leaves[i].consumer == vm.addr(C3)) continue;
            for (uint256 a = 0; a <= b; ++a) {
                Built memory first = all[a];
                for (uint256 j = 0; j < (a == b ? i : first.leaves.length); ++j) {
                    if (first.leaves[j].jobId != built.leaves[i].jobId) continue;
                    try settlement.duplicate(proofOf(first, j), proofOf(built, i), built.debits, built.credits) {
                        cancelled += 1;
                    } catch {}
                }
            }
        }
        _contestUnlessVouched(built, consumer1);
        _contestUnlessVouched(built, consumer2);
    }

    function _contestUnlessVouched(Built memory built, address consumer) private {
        (bytes32 entry, uint256 place) = _find(built.debits, consumer);
        if (place == type(uint256).max) return;
        uint256 explained = 0;
        for (uint256 i = 0; i < built.leaves.length; ++i) {
            ISettlement.Leaf memory leaf = built.leaves[i];
            if (leaf.consumer == consumer && _isVouched[leaf.voucherHash]) explained += leaf.amount;
        }
        if (explained >= uint96(uint256(entry))) return;
        vm.prank(HUNTER);
        try settlement.challenge(built.header, ISettlement.Kind.Debit, built.debits, place) {
            contested += 1;
        } catch {}
    }

    function _answerAll(Built memory built) private {
        for (uint256 i = 0; i < built.leaves.length; ++i) {
            _answer(built, ISettlement.Kind.Debit, built.leaves[i].consumer);
            _answer(built, ISettlement.Kind.Credit, built.leaves[i].provider);
        }
    }

    function _answer(Built memory built, ISettlement.Kind kind, address account) private {
        if (!settlement.challengeOf(built.header.nonce, kind, account).isOpen) return;
        try settlement.answer(built.header, kind, account, shownOf(built, kind, account)) {} catch {}
    }

    function _closeAll(Built memory built) private {
        for (uint256 kind = 0; kind < 2; ++kind) {
            bytes memory list = kind == 0 ? built.debits : built.credits;
            for (uint256 i = 0; i < list.length / 32; ++i) {
                address account = address(bytes20(wordAt(list, i)));
                if (settlement.challengeOf(built.header.nonce, ISettlement.Kind(kind), account).deadline == 0) {
                    continue;
                }
                try settlement.closeChallenge(built.header, ISettlement.Kind(kind), account) {} catch {}
                try settlement.collectBond(built.header.nonce, ISettlement.Kind(kind), account) {} catch {}
                vm.prank(HUNTER);
                try settlement.collectBond(built.header.nonce, ISettlement.Kind(kind), account) {} catch {}
            }
        }
    }

    function _find(bytes memory list, address account) private pure returns (bytes32 entry, uint256 place) {
        for (place = 0; place < list.length / 32; ++place) {
            entry = wordAt(list, place);
            if (address(bytes20(entry)) == account) return (entry, place);
        }
        return (0, type(uint256).max);
    }

    function _batch(uint256 which) private view returns (Built memory) {
        return abi.decode(_batches[which % _batches.length], (Built));
    }
}
