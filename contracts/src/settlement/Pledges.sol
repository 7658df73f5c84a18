// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {PROVIDER, VALIDATOR} from "../interfaces/INodeRegistry.sol";
import {ISettlement} from "../interfaces/ISettlement.sol";
import {AccountTable} from "../libraries/AccountTable.sol";
import {Account, Accounts} from "../libraries/Accounts.sol";
import {SettlementStorage} from "./SettlementStorage.sol";

/// @title What nodes pledge of their registry stake, and lose.
/// @dev A pledge is locked in the registry once and cached in the node's account, so that posting a batch asks nobody.
/// What a signer holds for unfinal batches is never taken for anything but those batches.
abstract contract Pledges is SettlementStorage {
    /// @inheritdoc ISettlement
    function pledge(uint256 amount) external nonReentrant {
        if (!REGISTRY.isActive(msg.sender, PROVIDER) && !REGISTRY.isActive(msg.sender, VALIDATOR)) {
            revert NotActive(msg.sender);
        }
        if (amount % Accounts.GWEI != 0) revert NotWholeGwei(amount);
        Pledge storage entry = _pledges[msg.sender];
        if (!Accounts.fitsField((entry.active + amount) / Accounts.GWEI)) revert AmountTooLarge(amount);
        entry.active += uint96(amount);
        emit Pledged(msg.sender, amount, entry.active);
        _refresh(msg.sender, REGISTRY.isActive(msg.sender, VALIDATOR));
        _lockPledge(msg.sender);
    }

    /// @inheritdoc ISettlement
    function requestUnpledge(uint256 amount) external nonReentrant {
        Pledge storage entry = _pledges[msg.sender];
        if (amount == 0) revert ZeroAmount();
        if (amount > entry.active) revert PledgeBelowRequest(msg.sender, entry.active, amount);
        // Jobs of the age limit may still be posted, contested, answered and looked at once more.
        uint64 openAt = uint64(block.timestamp) + MAX_BATCH_AGE + CHALLENGE_WINDOW + ANSWER_WINDOW + FURTHER_WINDOW;
        entry.active -= uint96(amount);
        entry.leaving += uint96(amount);
        entry.openAt = openAt;
        emit UnpledgeRequested(msg.sender, amount, openAt);
        // Asking to leave ends the co-signing of a node; one that stays above the bond may pledge 0 to go on.
        _refresh(msg.sender, false);
        _lockPledge(msg.sender);
    }

    /// @inheritdoc ISettlement
    function unpledge() external nonReentrant {
        Pledge storage entry = _pledges[msg.sender];
        if (entry.leaving == 0) revert NothingLeaving(msg.sender);
        if (block.timestamp < entry.openAt) revert UnpledgeNotOpen(entry.openAt);
        Account account = AccountTable.get(msg.sender);
        uint256 inUse = (account.claims() + account.holds()) * Accounts.GWEI;
        uint256 amount = _min(entry.leaving, _excess(uint256(entry.active) + entry.leaving, inUse));
        if (amount == 0) revert PledgeInUse(msg.sender);
        entry.leaving -= uint96(amount);
        emit Unpledged(msg.sender, amount);
        _lockPledge(msg.sender);
    }

    /// @inheritdoc ISettlement
    function pledgeOf(address node) external view returns (Pledge memory) {
        return _pledges[node];
    }

    /// @inheritdoc ISettlement
    function accountOf(address account) external view returns (uint256, uint256, uint256, uint256, bool) {
        Account entry = AccountTable.get(account);
        return (
            entry.credit(),
            entry.claims() * Accounts.GWEI,
            entry.holds() * Accounts.GWEI,
            entry.limit() * Accounts.GWEI,
            entry.isValidator()
        );
    }

    /// What a signer stands for with a batch: refunds of all its debits, and one penalty. The second part is the rule
    /// against tiny batches: however small, each takes room for a penalty, so a signer cannot have more of them open than it
    /// can be punished for, and whoever proves one wrong is paid.
    function _holdOf(uint256 total) internal view returns (uint256) {
        return Accounts.toGwei(total + MIN_SLASH);
    }

    /// The price of a fault over an amount.
    function _penaltyFor(uint256 amount) internal view returns (uint256) {
        uint256 penalty = amount * SLASH_MULTIPLE;
        return penalty < MIN_SLASH ? MIN_SLASH : penalty;
    }

    /// What a node's pledge has beyond its holds.
    function _unheld(address node) internal view returns (uint256) {
        Pledge storage entry = _pledges[node];
        return _excess(uint256(entry.active) + entry.leaving, AccountTable.get(node).holds() * Accounts.GWEI);
    }

    /// Takes `amount` of a pledge that is known to have it.
    function _take(address node, uint256 amount, address to, uint256 toBps) internal returns (uint256 slashed) {
        if (amount == 0) return 0;
        Pledge storage entry = _pledges[node];
        // Active first: a node that did wrong shall not go on with what is about to leave.
        uint256 fromActive = _min(amount, entry.active);
        entry.active -= uint96(fromActive);
        entry.leaving -= uint96(amount - fromActive);
        _refresh(node, AccountTable.get(node).isValidator());
        slashed = REGISTRY.slash(node, amount, to, toBps);
        _lockPledge(node);
    }

    /// Slashes a provider for a fault in a job: its pledge beyond its holds first, then what it has free in the registry.
    function _slashProvider(address node, bytes32 jobId, uint256 penalty, address hunter)
        internal
        returns (uint256 taken)
    {
        uint256 fromPledge = _min(penalty, _unheld(node));
        _take(node, fromPledge, hunter, BOUNTY_BPS);
        uint256 fromFree = _min(penalty - fromPledge, REGISTRY.freeStakeOf(node));
        if (fromFree != 0) REGISTRY.slash(node, fromFree, hunter, BOUNTY_BPS);
        taken = fromPledge + fromFree;
        emit ProviderSlashed(node, jobId, taken, hunter);
    }

    /// Has the registry lock exactly the pledge. Who still has an active one cannot leave the registry, so a pledged validator
    /// is a bonded one: its roles cannot change, and its stake is at least its pledge.
    function _lockPledge(address node) private {
        Pledge storage entry = _pledges[node];
        REGISTRY.setLock(node, uint256(entry.active) + entry.leaving, entry.active != 0);
    }

    /// Caches the pledge in the account; `mayValidate` counts only with a pledge of at least the validators' bond.
    function _refresh(address node, bool mayValidate) private {
        Account before = AccountTable.get(node);
        uint256 active = _pledges[node].active;
        bool isValidator = mayValidate && active != 0 && active >= REGISTRY.bondOf(VALIDATOR);
        AccountTable.set(node, before.withLimit(active / Accounts.GWEI).withValidator(isValidator));
        if (isValidator == before.isValidator()) return;
        _state = isValidator ? _state + ONE_VALIDATOR : _state - ONE_VALIDATOR;
        emit ValidatorChanged(node, isValidator, _state / ONE_VALIDATOR);
    }
}
