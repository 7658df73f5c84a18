// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";
import {AccountTable} from "../libraries/AccountTable.sol";
import {Account} from "../libraries/Accounts.sol";
import {SettlementStorage} from "./SettlementStorage.sol";

/// @title What consumers put in and anyone takes out.
/// @dev A withdrawal does not wait for open contests: debits left the deposit when their batch was posted, and a contest can
/// only give back. Waiting would let anybody hold a consumer's money for the price of a bond.
abstract contract Deposits is SettlementStorage {
    /// @inheritdoc ISettlement
    function deposit(uint256 amount) external {
        depositFor(msg.sender, amount);
    }

    /// @inheritdoc ISettlement
    function depositFor(address consumer, uint256 amount) public nonReentrant {
        if (consumer == address(0)) revert ZeroAddress();
        if (amount == 0) revert ZeroAmount();
        Consumer storage entry = _consumer(consumer);
        entry.deposit = _toUint96(entry.deposit + amount);
        emit Deposited(consumer, msg.sender, amount);
        _receive(amount);
    }

    /// @inheritdoc ISettlement
    function requestWithdraw(uint256 amount) external nonReentrant {
        Consumer storage entry = _consumer(msg.sender);
        if (amount > entry.deposit) revert DepositBelowRequest(msg.sender, entry.deposit, amount);
        // A job that was reserved just before may still come with a batch that is as old as batches get.
        uint64 wait = MAX_RESERVATION_LIFE + (MAX_BATCH_AGE > CHALLENGE_WINDOW ? MAX_BATCH_AGE : CHALLENGE_WINDOW);
        uint64 openAt = amount == 0 ? 0 : uint64(block.timestamp) + wait;
        entry.requested = uint96(amount);
        entry.openAt = openAt;
        emit WithdrawalRequested(msg.sender, amount, openAt);
    }

    /// @inheritdoc ISettlement
    function withdraw(address to) external nonReentrant {
        Consumer storage entry = _consumer(msg.sender);
        if (entry.requested == 0) revert NothingRequested(msg.sender);
        if (block.timestamp < entry.openAt) revert WithdrawalNotOpen(entry.openAt);
        // Jobs reserved before the request may have used some of it.
        uint96 amount = entry.requested < entry.deposit ? entry.requested : entry.deposit;
        entry.deposit -= amount;
        entry.requested = 0;
        entry.openAt = 0;
        emit Withdrawn(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc ISettlement
    function withdrawCredits(address to) external nonReentrant {
        Account account = AccountTable.get(msg.sender);
        uint256 amount = account.credit();
        if (amount == 0) revert NoCredits(msg.sender);
        AccountTable.set(msg.sender, account.withoutCredit());
        emit CreditsWithdrawn(msg.sender, to, amount);
        _pay(to, amount);
    }

    /// @inheritdoc ISettlement
    function consumerOf(address consumer) external view returns (uint256, uint256, uint64) {
        Consumer storage entry = _consumer(consumer);
        return (entry.deposit, entry.requested, entry.openAt);
    }
}
