// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Packed lists of addresses and the draw of operators from one.
/// @notice A packed list is its addresses one after another, 20 bytes each.
library OperatorDraw {
    uint256 private constant ADDRESS_BYTES = 20;

    function pack(address[] memory list) internal pure returns (bytes memory packed) {
        uint256 bytesNeeded = list.length * ADDRESS_BYTES;
        // Each write spills 12 bytes past its address, the last one past the array: hence room, which the length then leaves out.
        packed = new bytes(bytesNeeded + 12);
        for (uint256 i = 0; i < list.length; ++i) {
            address entry = list[i];
            assembly ("memory-safe") {
                mstore(add(add(packed, 0x20), mul(i, ADDRESS_BYTES)), shl(96, entry))
            }
        }
        assembly ("memory-safe") {
            mstore(packed, bytesNeeded)
        }
    }

    /// The first `n` places of a Fisher–Yates shuffle of `packed`: for each i the place i + r mod (len − i) is swapped into it,
    /// r being keccak256(beacon ‖ u32 i). The list has at least `n` addresses.
    function draw(bytes32 beacon, bytes memory packed, uint256 n) internal pure returns (address[] memory drawn) {
        uint256 length = packed.length / ADDRESS_BYTES;
        address[] memory list = new address[](length);
        for (uint256 i = 0; i < length; ++i) {
            list[i] = _at(packed, i);
        }
        drawn = new address[](n);
        for (uint256 i = 0; i < n; ++i) {
            uint256 random = uint256(keccak256(abi.encodePacked(beacon, uint32(i))));
            uint256 j = i + random % (length - i);
            (list[i], list[j]) = (list[j], list[i]);
            drawn[i] = list[i];
        }
    }

    function _at(bytes memory packed, uint256 index) private pure returns (address entry) {
        assembly ("memory-safe") {
            entry := shr(96, mload(add(add(packed, 0x20), mul(index, ADDRESS_BYTES))))
        }
    }
}
