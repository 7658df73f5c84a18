// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A batch's lists: 32 bytes an entry, address (20) then amount (12), ascending by address.
/// @dev An entry read as one word orders by its address first, which is what the search needs.
library PackedList {
    uint256 internal constant ENTRY_BYTES = 32;

    /// Empty, or not whole entries of 32 bytes.
    error BadListLength(uint256 length);

    /// Where a list begins and ends in calldata.
    function bounds(bytes calldata list) internal pure returns (uint256 begin, uint256 end) {
        if (list.length == 0 || list.length % ENTRY_BYTES != 0) revert BadListLength(list.length);
        assembly ("memory-safe") {
            begin := list.offset
            end := add(begin, list.length)
        }
    }

    /// keccak256 of a list, without keeping the copy in memory.
    function hash(bytes calldata list) internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, list.offset, list.length)
            digest := keccak256(free, list.length)
        }
    }

    /// Entry `index`, which must exist: address in the upper 160 bits, amount in the lower 96.
    function entryAt(bytes calldata list, uint256 index) internal pure returns (uint256 entry) {
        assembly ("memory-safe") {
            entry := calldataload(add(list.offset, shl(5, index)))
        }
    }

    function count(bytes calldata list) internal pure returns (uint256) {
        return list.length / ENTRY_BYTES;
    }

    function accountOf(uint256 entry) internal pure returns (address) {
        return address(uint160(entry >> 96));
    }

    function amountOf(uint256 entry) internal pure returns (uint256) {
        return uint96(entry);
    }

    /// The amount of an account in a list that is known to be ascending; 0 where it is not in it.
    function find(bytes calldata list, address account) internal pure returns (uint256) {
        uint256 low = 0;
        uint256 high = count(list);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            uint256 entry = entryAt(list, middle);
            if (accountOf(entry) == account) return amountOf(entry);
            if (accountOf(entry) < account) low = middle + 1;
            else high = middle;
        }
        return 0;
    }

    function sum(bytes calldata list) internal pure returns (uint256 total) {
        uint256 entries = count(list);
        for (uint256 i = 0; i < entries; ++i) {
            total += amountOf(entryAt(list, i));
        }
    }
}
