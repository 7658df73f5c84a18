// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Offer} from "../libraries/WeftTypes.sol";

/// @title Pay per token, settled in bulk, open to challenge.
/// @notice Consumers deposit. Validators co-sign batches of finished jobs; posting one takes the debits at once, and after a
/// window in which anyone may contest it, the credits are given. Providers and validators pledge part of their registry
/// stake: a pledge bounds what a node may have unsettled, and pays for what it got wrong.
/// @dev Lists of debits and credits are packed: 32 bytes an entry, address (20) then amount (12), ascending, no address
/// twice. A batch is kept as one hash of its header; callers pass the header again.
/// Everything that is kept can be rebuilt from events and, for what a slash took, those of the registry.
interface ISettlement {
    /// Which list of a batch an account stands in.
    enum Kind {
        Debit,
        Credit
    }

    /// Fixed at deployment. Times in seconds, amounts in wei.
    struct Params {
        /// How long a posted batch may be contested.
        uint64 challengeWindow;
        /// How long a contested figure may be answered.
        uint64 answerWindow;
        /// How long duplicates and faults may still be shown after a contest ended.
        uint64 furtherWindow;
        /// The longest that validators keep a reservation.
        uint64 maxReservationLife;
        /// The oldest job that validators put into a batch.
        uint64 maxBatchAge;
        /// The validators' share of a batch, in ten-thousandths.
        uint16 validatorBps;
        /// A fault costs at least `minSlash`, and this many times the amount it concerns.
        uint16 slashMultiple;
        uint96 minSlash;
        /// A contest's bond is `challengeBond + jobs · bondPerJob`: what the longest answer costs in gas.
        uint96 challengeBond;
        uint96 bondPerJob;
    }

    /// What is kept of a batch, as one hash.
    struct Header {
        uint64 nonce;
        /// Over the leaves of all jobs, see `Leaf`.
        bytes32 root;
        bytes32 debitsHash;
        bytes32 creditsHash;
        /// Sum of the debits; also of the credits and the validators' share.
        uint256 total;
        uint32 jobs;
        uint64 postedAt;
        /// Ascending.
        address[] signers;
    }

    /// One job of a batch. Its hash is keccak256 of the ABI encoding; an odd last node is paired with itself.
    struct Leaf {
        /// Its place in the tree, below `Header.jobs`.
        uint32 index;
        bytes32 jobId;
        address consumer;
        address provider;
        uint256 amount;
        bytes32 receiptHash;
        bytes32 voucherHash;
        uint8 verdict;
    }

    /// A leaf with its way to the root of a batch.
    struct Proof {
        Header header;
        Leaf leaf;
        bytes32[] path;
    }

    /// A leaf that answers a contest, with the consumer's signature on its voucher.
    struct SignedLeaf {
        Leaf leaf;
        bytes32[] path;
        bytes signature;
    }

    /// A PAR-1 receipt with its prover's EIP-712 signature.
    struct SignedReceipt {
        bytes receipt;
        bytes signature;
    }

    /// A PAR-1 leaf that a prover opened, with the prover's EIP-712 signature on the opening.
    struct SignedOpening {
        uint32 index;
        bytes leaf;
        bytes32[] path;
        bytes signature;
    }

    /// What a node pledged: `active` bounds what it may have unsettled, `leaving` waits for `openAt`.
    struct Pledge {
        uint96 active;
        uint96 leaving;
        uint64 openAt;
    }

    struct Challenge {
        address challenger;
        uint96 bond;
        /// The contested amount.
        uint96 figure;
        /// Sum of the leaves shown so far, before the validators' share.
        uint128 proven;
        /// How many leaves were shown.
        uint32 leaves;
        uint64 deadline;
        bool isOpen;
        /// Answered in full: the bond belongs to those who answered.
        bool isAnswered;
    }

    error BadParams();
    error ZeroAmount();
    error ZeroAddress();
    /// Larger than a list's 96 bits, or than an account can hold.
    error AmountTooLarge(uint256 amount);

    error DepositBelowRequest(address consumer, uint256 deposit, uint256 requested);
    error NothingRequested(address consumer);
    error WithdrawalNotOpen(uint256 openAt);
    error NoCredits(address account);

    /// Not listed in the registry as a provider or validator.
    error NotActive(address node);
    /// Pledges are whole gwei.
    error NotWholeGwei(uint256 amount);
    error PledgeBelowRequest(address node, uint256 active, uint256 requested);
    error NothingLeaving(address node);
    error UnpledgeNotOpen(uint256 openAt);
    /// Everything that could leave still stands for unsettled batches.
    error PledgeInUse(address node);

    error WrongNonce(uint256 nonce, uint256 expected);
    error NoJobs();
    /// Its address is not above the one before it.
    error NotAscending(address account);
    error NoSuchEntry(uint256 index);
    error CreditsNotTotal(uint256 credits, uint256 total);
    error DebitAboveDeposit(address consumer, uint256 deposit, uint256 debit);
    error ClaimAboveLimit(address provider, uint256 claim);
    error HoldAboveLimit(address validator, uint256 hold);
    error NotEnoughSigners(uint256 signers, uint256 validators);
    error SignersNotAscending(address previous, address signer);
    error NotValidator(address signer);

    /// Never posted, or not with this header.
    error UnknownBatch(uint256 nonce);
    error BatchFinal(uint256 nonce);
    error BatchNotFinal(uint256 until);
    error ChallengesOpen(uint256 count);
    error ListMismatch();
    error BadLeaf(uint256 index);

    error ChallengeWindowClosed(uint256 closedAt);
    error AlreadyChallenged(uint256 nonce, Kind kind, address account);
    error NothingToProve(uint256 nonce, Kind kind, address account);
    error NoOpenChallenge(uint256 nonce, Kind kind, address account);
    error ChallengeOpen(uint256 nonce, Kind kind, address account);
    error AnswerTooLate(uint256 deadline);
    error AnswerWindowOpen(uint256 deadline);
    error NotOfAccount(uint256 index, address account);
    error BadVoucher(uint256 index);
    error NothingToCollect(address answerer);

    error NotDuplicate(bytes32 first, bytes32 later);
    /// The leaf that is cancelled must be the later by (nonce, index).
    error NotLater();
    error LeafCancelled(uint256 nonce, uint256 index);
    /// The receipt names another chain.
    error WrongChain(uint256 chainId);
    /// Not signed by the prover whom the receipt names.
    error NotProver(address signer, address prover);
    /// The opened leaf breaks no rule.
    error NoFraud();
    error SameReceipt();
    error OtherJob();
    error FaultKnown(address provider, bytes32 jobId);
    error NoFault(address provider, bytes32 jobId);

    event Deposited(address indexed consumer, address indexed from, uint256 amount);
    event WithdrawalRequested(address indexed consumer, uint256 amount, uint64 openAt);
    event Withdrawn(address indexed consumer, address indexed to, uint256 amount);
    event CreditsWithdrawn(address indexed account, address indexed to, uint256 amount);

    event Pledged(address indexed node, uint256 amount, uint256 active);
    event UnpledgeRequested(address indexed node, uint256 amount, uint64 openAt);
    event Unpledged(address indexed node, uint256 amount);
    /// Whether the node counts among the co-signers, and how many there are now.
    event ValidatorChanged(address indexed node, bool isValidator, uint256 validators);

    /// The header follows from it: the hashes are those of the lists, `postedAt` is the block's time.
    event BatchPosted(
        uint64 indexed nonce, bytes32 root, uint256 total, uint32 jobs, address[] signers, bytes debits, bytes credits
    );
    event BatchFinalized(uint64 indexed nonce, uint256 share);

    event Challenged(
        uint64 indexed nonce,
        Kind kind,
        address indexed account,
        address indexed challenger,
        uint256 figure,
        uint256 bond,
        uint64 deadline
    );
    /// `leaves` are the places of those that counted, `proven` is the sum of all that were shown so far.
    event Answered(
        uint64 indexed nonce,
        Kind kind,
        address indexed account,
        address indexed answerer,
        uint256[] leaves,
        uint256 proven
    );
    /// `cancelled` of the figure was not proven: 0 when the contest was answered in full.
    event ChallengeClosed(uint64 indexed nonce, Kind kind, address indexed account, uint256 cancelled);
    /// The bond of this contest, or the part of it that `to` earned by answering.
    event BondPaid(uint64 indexed nonce, Kind kind, address indexed account, address indexed to, uint256 amount);
    /// One job of `amount` was taken out of an open batch: what the consumer got back and what was taken from the credits.
    event JobCancelled(
        uint64 indexed nonce,
        address indexed consumer,
        address indexed provider,
        uint256 index,
        bytes32 jobId,
        uint256 amount,
        uint256 refund,
        uint256 providerCut,
        uint256 shareCut
    );
    /// A signer of a batch lost `covered`, which refunds a consumer, and `penalty`, half of which went to `to`.
    event SignerSlashed(
        uint64 indexed nonce, address indexed signer, uint256 covered, uint256 penalty, address indexed to
    );
    event FaultProven(address indexed provider, bytes32 indexed jobId, bool isForgery);
    /// A provider lost `amount` for its faults in one job, beside what it lost for them before; half of it went to `to`.
    event ProviderSlashed(address indexed provider, bytes32 indexed jobId, uint256 amount, address indexed to);

    // ── consumers ──

    function deposit(uint256 amount) external;
    function depositFor(address consumer, uint256 amount) external;
    /// Announces a withdrawal, replacing an earlier one; 0 calls it off. Validators reserve nothing of it from now on.
    function requestWithdraw(uint256 amount) external;
    /// Pays what was requested, or what is left of it, once the longest reservation has passed and after it the longer of the
    /// challenge window and the age that a batch's jobs may have.
    function withdraw(address to) external;
    function withdrawCredits(address to) external;

    // ── nodes ──

    /// Locks `amount` more of the caller's registry stake; 0 only refreshes whether it counts as a validator.
    function pledge(uint256 amount) external;
    /// Lowers the caller's limit at once; the stake stays locked, and can be slashed, until the last window has passed.
    function requestUnpledge(uint256 amount) external;
    /// Unlocks what may leave by now.
    function unpledge() external;

    // ── batches ──

    /// Posts a co-signed batch: `signatures` are 64 bytes each (EIP-2098) over its BatchApproval, by ascending signer.
    function postBatch(
        uint64 nonce,
        bytes32 root,
        uint32 jobs,
        bytes calldata debits,
        bytes calldata credits,
        bytes calldata signatures
    ) external;
    /// Gives the credits once nothing can be contested any more.
    function finalize(Header calldata header, bytes calldata credits) external;

    // ── contests ──

    /// Contests entry `index` of a list, once for each account of each list. The bond is taken by transferFrom.
    function challenge(Header calldata header, Kind kind, bytes calldata list, uint256 index) external;
    /// Shows leaves of a contested account. Several calls add up in any order; leaves that are counted or cancelled are skipped.
    function answer(Header calldata header, Kind kind, address account, SignedLeaf[] calldata leaves) external;
    /// After the deadline: cancels what was not proven and slashes the signers.
    function closeChallenge(Header calldata header, Kind kind, address account) external;
    /// Credits the caller's part of the bond of a contest that was answered in full, by leaves shown.
    function collectBond(uint64 nonce, Kind kind, address account) external;

    /// Cancels the later of two leaves of one job; who signed both is slashed. The lists are those of the later batch.
    function duplicate(Proof calldata first, Proof calldata later, bytes calldata debits, bytes calldata credits)
        external;
    /// Shows that an opened leaf breaks the sampler's rules: slashes its prover. The offer is the job's.
    function samplerFraud(Offer calldata offer, SignedReceipt calldata receipt, SignedOpening calldata opening) external;
    /// Shows that a receipt is of another model, prompt, sampling or seed than its job's offer: slashes its prover.
    function brokenOffer(Offer calldata offer, SignedReceipt calldata receipt) external;
    /// Shows two receipts that one prover signed for one job: slashes it.
    function forgedReceipt(SignedReceipt calldata one, SignedReceipt calldata other) external;
    /// After a fault: raises the slash to what the job's amount asks for and, in an open batch, cancels a job
    /// that was not answered as offered. The lists may be empty where nothing is cancelled.
    function chargeFault(Proof calldata proof, bytes calldata debits, bytes calldata credits) external;

    // ── views ──

    function params() external view returns (Params memory);
    function consumerOf(address consumer) external view returns (uint256 deposited, uint256 requested, uint64 openAt);
    /// `claims`, `holds` and `limit` in wei, rounded up to gwei: as a provider, as a signer, and the bound of each.
    function accountOf(address account)
        external
        view
        returns (uint256 credit, uint256 claims, uint256 holds, uint256 limit, bool isValidator);
    function pledgeOf(address node) external view returns (Pledge memory);
    /// The nonce of the next batch, and how many validators are pledged.
    function batchState() external view returns (uint64 nextNonce, uint256 validators);
    /// Whether a batch was posted with exactly this header, and whether it is final.
    function statusOf(Header calldata header) external view returns (bool isPosted, bool isFinal);
    function challengeOf(uint64 nonce, Kind kind, address account) external view returns (Challenge memory);
    function bondFor(uint32 jobs) external view returns (uint256);
}
