// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Account, Accounts} from "../../src/libraries/Accounts.sol";
import {PackedList} from "../../src/libraries/PackedList.sol";
import {Test} from "../support/Test.sol";

/// @title The library as a contract, since it reads calldata.
contract PackedListHarness {
    using PackedList for bytes;

    function find(bytes calldata list, address account) external pure returns (uint256) {
        return list.find(account);
    }

    function sum(bytes calldata list) external pure returns (uint256) {
        return list.sum();
    }

    function hash(bytes calldata list) external pure returns (bytes32) {
        return list.hash();
    }
}

/// Lists and accounts as they are packed into words.
contract PackedListTest is Test {
    PackedListHarness private immutable lists = new PackedListHarness();

    function testFuzz_everyEntryIsFoundAndNoOther(uint256 seed, uint256 size) public view {
        uint256 count = bound(size, 1, 40);
        bytes memory list;
        address[] memory accounts = new address[](count);
        uint96[] memory amounts = new uint96[](count);
        uint160 last = 0;
        uint256 total = 0;
        for (uint256 i = 0; i < count; ++i) {
            // Steps of at least two, so that the address before each is free.
            last += 2 + uint160(uint256(keccak256(abi.encode(seed, i))) >> 104);
            accounts[i] = address(last);
            amounts[i] = uint96(uint256(keccak256(abi.encode(seed, i, "amount"))));
            total += amounts[i];
            list = abi.encodePacked(list, accounts[i], amounts[i]);
        }
        for (uint256 i = 0; i < count; ++i) {
            assertEq(lists.find(list, accounts[i]), amounts[i], "amount");
            assertEq(lists.find(list, address(uint160(accounts[i]) - 1)), 0, "not in the list");
        }
        assertEq(lists.find(list, address(last + 1)), 0, "past the end");
        assertEq(lists.sum(list), total, "sum");
        assertEq(lists.hash(list), keccak256(list), "hash");
    }

    function testFuzz_fieldsOfAnAccountDoNotTouch(uint96 credit, uint256 a, uint256 b, uint256 c, bool yes)
        public
        pure
    {
        uint256 claims = bound(a, 0, (1 << 53) - 1);
        uint256 holds = bound(b, 0, (1 << 53) - 1);
        uint256 limit = bound(c, 0, (1 << 53) - 1);
        Account account = Account.wrap(0).withLimit(limit).addHold(holds).addClaim(claims).addCredit(credit);
        account = account.withValidator(!yes).withValidator(yes);
        assertEq(account.credit(), credit, "credit");
        assertEq(account.claims(), claims, "claims");
        assertEq(account.holds(), holds, "holds");
        assertEq(account.limit(), limit, "limit");
        assertTrue(account.isValidator() == yes, "validator");
        account = account.subHold(holds).subClaim(claims).subCredit(credit).withLimit(0).withValidator(false);
        assertEq(Account.unwrap(account), 0, "empty again");
    }

    function testFuzz_aClaimIsRoundedUpByLessThanAGwei(uint96 amount) public pure {
        uint256 rounded = Accounts.toGwei(amount) * Accounts.GWEI;
        assertLe(amount, rounded, "not less");
        assertLe(rounded - amount, Accounts.GWEI - 1, "hardly more");
    }
}
