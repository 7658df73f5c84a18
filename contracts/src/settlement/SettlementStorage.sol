// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {IWeftToken} from "../interfaces/IWeftToken.sol";
import {AccountTable} from "../libraries/AccountTable.sol";
import {Account} from "../libraries/Accounts.sol";
import {WeftTypes} from "../libraries/WeftTypes.sol";

/// @title What the parts of Settlement share: parameters, accounts, batches.
abstract contract SettlementStorage is ISettlement, ReentrancyGuardTransient {
    using SafeERC20 for IWeftToken;

    /// The order of the fields matters: with the deposit in the upper bits, a debit is a subtraction from the whole word.
    struct Consumer {
        uint64 openAt;
        uint96 requested;
        uint96 deposit;
    }

    uint256 internal constant BPS = 10_000;
    /// What of a penalty goes to whoever proved the fault; the rest is burned.
    uint256 internal constant BOUNTY_BPS = 5000;

    /// A consumer's slot is its address below the tag "Weft/deposit", as AccountTable has it for accounts.
    uint256 internal constant CONSUMER_TABLE = 0x576566742f6465706f7369740000000000000000000000000000000000000000;

    IWeftToken public immutable TOKEN;
    INodeRegistry public immutable REGISTRY;

    uint64 internal immutable CHALLENGE_WINDOW;
    uint64 internal immutable ANSWER_WINDOW;
    uint64 internal immutable FURTHER_WINDOW;
    uint64 internal immutable MAX_RESERVATION_LIFE;
    uint64 internal immutable MAX_BATCH_AGE;
    uint16 internal immutable VALIDATOR_BPS;
    uint16 internal immutable SLASH_MULTIPLE;
    uint96 internal immutable MIN_SLASH;
    uint96 internal immutable CHALLENGE_BOND;
    uint96 internal immutable BOND_PER_JOB;

    uint256 private immutable CHAIN_ID;
    bytes32 private immutable DOMAIN;

    mapping(address => Pledge) internal _pledges;

    /// The nonce of the next batch in the lower 64 bits, above it how many validators are pledged.
    uint256 internal _state;
    uint256 internal constant ONE_VALIDATOR = 1 << 64;

    constructor(IWeftToken token, INodeRegistry registry, Params memory given) {
        if (address(token) == address(0) || address(registry) == address(0)) revert ZeroAddress();
        if (
            given.challengeWindow == 0 || given.answerWindow == 0 || given.furtherWindow == 0 || given.minSlash == 0
                || given.challengeBond == 0 || given.slashMultiple == 0 || given.validatorBps > BPS
        ) revert BadParams();
        TOKEN = token;
        REGISTRY = registry;
        CHALLENGE_WINDOW = given.challengeWindow;
        ANSWER_WINDOW = given.answerWindow;
        FURTHER_WINDOW = given.furtherWindow;
        MAX_RESERVATION_LIFE = given.maxReservationLife;
        MAX_BATCH_AGE = given.maxBatchAge;
        VALIDATOR_BPS = given.validatorBps;
        SLASH_MULTIPLE = given.slashMultiple;
        MIN_SLASH = given.minSlash;
        CHALLENGE_BOND = given.challengeBond;
        BOND_PER_JOB = given.bondPerJob;
        CHAIN_ID = block.chainid;
        DOMAIN = WeftTypes.domainSeparator(block.chainid, address(this));
    }

    /// @inheritdoc ISettlement
    function params() external view returns (Params memory) {
        return Params({
            challengeWindow: CHALLENGE_WINDOW,
            answerWindow: ANSWER_WINDOW,
            furtherWindow: FURTHER_WINDOW,
            maxReservationLife: MAX_RESERVATION_LIFE,
            maxBatchAge: MAX_BATCH_AGE,
            validatorBps: VALIDATOR_BPS,
            slashMultiple: SLASH_MULTIPLE,
            minSlash: MIN_SLASH,
            challengeBond: CHALLENGE_BOND,
            bondPerJob: BOND_PER_JOB
        });
    }

    /// What is signed for this deployment on this chain. A chain that splits gets another id, so a signature counts on one side.
    function _digest(bytes32 structHash) internal view returns (bytes32) {
        bytes32 domain = block.chainid == CHAIN_ID ? DOMAIN : WeftTypes.domainSeparator(block.chainid, address(this));
        return WeftTypes.digest(domain, structHash);
    }

    function _credit(address account, uint256 amount) internal {
        AccountTable.set(account, AccountTable.get(account).addCredit(amount));
    }

    function _receive(uint256 amount) internal {
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    function _pay(address to, uint256 amount) internal {
        if (to == address(0)) revert ZeroAddress();
        TOKEN.safeTransfer(to, amount);
    }

    function _consumer(address consumer) internal pure returns (Consumer storage entry) {
        assembly ("memory-safe") {
            entry.slot := or(CONSUMER_TABLE, shr(96, shl(96, consumer)))
        }
    }

    function _toUint96(uint256 amount) internal pure returns (uint96) {
        if (amount > type(uint96).max) revert AmountTooLarge(amount);
        return uint96(amount);
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    /// `a − b`, or 0 where `b` is larger.
    function _excess(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a - b : 0;
    }
}
