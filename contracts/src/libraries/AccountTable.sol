// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {Account} from "./Accounts.sol";

/// @title Where Settlement keeps its accounts.
/// @dev The slot of an account is its address below the tag "Weft/account". Hashing a key for a mapping, as usual, would be a
/// tenth of what a party costs beyond its slot's load and store. A slot that Solidity derives by hashing lies here with a
/// chance of 2^-96.
library AccountTable {
    uint256 private constant TABLE = 0x576566742f6163636f756e740000000000000000000000000000000000000000;

    // As in `Accounts` and `PackedList`; assembly takes literals only.
    uint256 private constant AMOUNT_MASK = 0xffffffffffffffffffffffff;
    uint256 private constant FIELD_MASK = 0x1fffffffffffff;
    uint256 private constant CLAIMS = 150;
    uint256 private constant LIMIT = 203;
    uint256 private constant GWEI = 1_000_000_000;

    function get(address owner) internal view returns (Account account) {
        assembly ("memory-safe") {
            account := sload(or(TABLE, shr(96, shl(96, owner))))
        }
    }

    function set(address owner, Account account) internal {
        assembly ("memory-safe") {
            sstore(or(TABLE, shr(96, shl(96, owner))), account)
        }
    }

    // The two below run once for each provider of a batch, over the entries of a packed list from `place` to `end` in calldata:
    // beside the load and the store that each account needs, every operation counts. Their sums add up addresses too, above
    // the amounts: limits are backed by stakes, which together are below 2^96, so the lower 96 bits are the sum of the amounts.

    /// Adds every amount to its account's claims. Where `isWrong`, an address is not above the one before it or a claim does
    /// not fit, and the caller must revert.
    function addClaims(uint256 place, uint256 end) internal returns (uint256 sum, bool isWrong) {
        assembly ("memory-safe") {
            let previous := 0
            for {} lt(place, end) { place := add(place, 0x20) } {
                let entry := calldataload(place)
                let account := shr(96, entry)
                let slot := or(TABLE, account)
                let word := sload(slot)
                let claim := div(add(and(entry, AMOUNT_MASK), 999999999), GWEI)
                isWrong := or(
                    isWrong,
                    or(
                        iszero(gt(account, previous)),
                        gt(add(and(shr(CLAIMS, word), FIELD_MASK), claim), shr(LIMIT, word))
                    )
                )
                sstore(slot, add(word, shl(CLAIMS, claim)))
                previous := account
                sum := add(sum, entry)
            }
            sum := and(sum, AMOUNT_MASK)
        }
    }

    /// Turns the claims of a list that `addClaims` accepted into credits.
    function claimsToCredits(uint256 place, uint256 end) internal returns (uint256 sum) {
        assembly ("memory-safe") {
            for {} lt(place, end) { place := add(place, 0x20) } {
                let entry := calldataload(place)
                let slot := or(TABLE, shr(96, entry))
                let amount := and(entry, AMOUNT_MASK)
                let claim := shl(CLAIMS, div(add(amount, 999999999), GWEI))
                sstore(slot, add(sub(sload(slot), claim), amount))
                sum := add(sum, entry)
            }
            sum := and(sum, AMOUNT_MASK)
        }
    }
}
