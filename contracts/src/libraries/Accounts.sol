// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @dev One account in one storage slot, because a batch touches it twice per party: from the low end credit (96 bits, wei),
/// whether it is a pledged validator (1 bit), then holds, claims and limit (53 bits each, gwei).
/// 53 bits of gwei are nine million tokens; a claim is rounded up, so rounding never lets a node have more than its limit.
type Account is uint256;

using Accounts for Account global;

/// @title What Settlement keeps of a node or payee.
library Accounts {
    uint256 internal constant GWEI = 1e9;

    uint256 private constant CREDIT_MASK = type(uint96).max;
    uint256 private constant FIELD_MASK = (1 << 53) - 1;
    uint256 private constant IS_VALIDATOR = 1 << 96;
    uint256 private constant HOLDS = 97;
    uint256 private constant CLAIMS = 150;
    uint256 private constant LIMIT = 203;

    /// What it may withdraw, in wei.
    function credit(Account self) internal pure returns (uint256) {
        return Account.unwrap(self) & CREDIT_MASK;
    }

    /// What unfinal batches credit it as a provider, in gwei.
    function claims(Account self) internal pure returns (uint256) {
        return (Account.unwrap(self) >> CLAIMS) & FIELD_MASK;
    }

    /// What it stands for as a signer of unfinal batches, in gwei.
    function holds(Account self) internal pure returns (uint256) {
        return (Account.unwrap(self) >> HOLDS) & FIELD_MASK;
    }

    /// What claims and holds each may reach, in gwei.
    function limit(Account self) internal pure returns (uint256) {
        return Account.unwrap(self) >> LIMIT;
    }

    function isValidator(Account self) internal pure returns (bool) {
        return Account.unwrap(self) & IS_VALIDATOR != 0;
    }

    /// Whether `hold` more gwei fit under the limit.
    function fitsHold(Account self, uint256 hold) internal pure returns (bool) {
        unchecked {
            return holds(self) + hold <= limit(self);
        }
    }

    // The ones below change one field of the word by adding to it or subtracting from it. Callers have checked that the field
    // does not leave its bits: sums by `fitsHold` and `AccountTable.addClaims`, differences because only what was added is taken away.

    function addClaim(Account self, uint256 claim) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) + (claim << CLAIMS));
        }
    }

    function subClaim(Account self, uint256 claim) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) - (claim << CLAIMS));
        }
    }

    function addHold(Account self, uint256 hold) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) + (hold << HOLDS));
        }
    }

    function subHold(Account self, uint256 hold) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) - (hold << HOLDS));
        }
    }

    /// The credit is below 2^96 because no more tokens exist.
    function addCredit(Account self, uint256 amount) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) + amount);
        }
    }

    function subCredit(Account self, uint256 amount) internal pure returns (Account) {
        unchecked {
            return Account.wrap(Account.unwrap(self) - amount);
        }
    }

    function withoutCredit(Account self) internal pure returns (Account) {
        return Account.wrap(Account.unwrap(self) & ~CREDIT_MASK);
    }

    /// `gwei_` must be below 2^53.
    function withLimit(Account self, uint256 gwei_) internal pure returns (Account) {
        return Account.wrap(Account.unwrap(self) & ~(FIELD_MASK << LIMIT) | (gwei_ << LIMIT));
    }

    function withValidator(Account self, bool yes) internal pure returns (Account) {
        return Account.wrap(yes ? Account.unwrap(self) | IS_VALIDATOR : Account.unwrap(self) & ~IS_VALIDATOR);
    }

    /// Wei as gwei, rounded up; `amount` is nowhere near 2^256.
    function toGwei(uint256 amount) internal pure returns (uint256) {
        unchecked {
            return (amount + GWEI - 1) / GWEI;
        }
    }

    /// Whether an amount of gwei fits an account's field.
    function fitsField(uint256 gwei_) internal pure returns (bool) {
        return gwei_ <= FIELD_MASK;
    }
}
