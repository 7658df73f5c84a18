// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Vm} from "./Vm.sol";

/// @title What every test inherits: the cheats, and assertions that say both values.
abstract contract Test {
    error NotEqualUint(string what, uint256 actual, uint256 expected);
    error NotEqualInt(string what, int256 actual, int256 expected);
    error NotEqualBytes32(string what, bytes32 actual, bytes32 expected);
    error NotEqualAddress(string what, address actual, address expected);
    error NotEqualBytes(string what, bytes actual, bytes expected);
    error NotTrue(string what);
    error Above(string what, uint256 actual, uint256 highest);

    // Forge puts its cheats at the address of keccak256("hevm cheat code").
    Vm internal constant vm = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    function assertTrue(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function assertEq(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualUint(what, actual, expected);
    }

    function assertEq(int256 actual, int256 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualInt(what, actual, expected);
    }

    function assertEq(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualBytes32(what, actual, expected);
    }

    function assertEq(address actual, address expected, string memory what) internal pure {
        if (actual != expected) revert NotEqualAddress(what, actual, expected);
    }

    function assertEq(bytes memory actual, bytes memory expected, string memory what) internal pure {
        if (keccak256(actual) != keccak256(expected)) revert NotEqualBytes(what, actual, expected);
    }

    function assertLe(uint256 actual, uint256 highest, string memory what) internal pure {
        if (actual > highest) revert Above(what, actual, highest);
    }

    /// A value from `low` to `high`, both included, for fuzzed arguments.
    function bound(uint256 value, uint256 low, uint256 high) internal pure returns (uint256) {
        return low + value % (high - low + 1);
    }

    /// The 64 bytes of EIP-2098: r, then s with the parity in its highest bit.
    function signCompact(uint256 privateKey, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }
}
