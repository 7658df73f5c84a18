// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {ISettlement} from "../interfaces/ISettlement.sol";

/// @title The hash under which a batch is kept: its seven words, how many signers, and each of them.
/// @dev Words are hashed as they come: one with bits outside its type is another word, and so another hash.
library HeaderHash {
    uint256 private constant FIXED_BYTES = 0xe0;

    function inCalldata(ISettlement.Header calldata header) internal pure returns (uint256 digest) {
        address[] calldata signers = header.signers;
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, header, FIXED_BYTES)
            let list := add(free, FIXED_BYTES)
            mstore(list, signers.length)
            let listBytes := shl(5, signers.length)
            calldatacopy(add(list, 0x20), signers.offset, listBytes)
            digest := keccak256(free, add(listBytes, add(FIXED_BYTES, 0x20)))
        }
    }

    function inMemory(ISettlement.Header memory header) internal pure returns (uint256 digest) {
        address[] memory signers = header.signers;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mcopy(free, header, FIXED_BYTES)
            let listBytes := shl(5, add(mload(signers), 1))
            mcopy(add(free, FIXED_BYTES), signers, listBytes)
            digest := keccak256(free, add(listBytes, FIXED_BYTES))
        }
    }
}
