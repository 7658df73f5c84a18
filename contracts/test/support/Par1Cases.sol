// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Test} from "./Test.sol";

/// One answer, every leaf of it.
struct Par1Case {
    string name;
    bytes receipt;
    bytes32 root;
    bytes[] leaves;
}

/// @title Reads the answers that the TypeScript side committed to; `npm run vectors` recomputes the file.
abstract contract Par1Cases is Test {
    uint256 internal constant CASES = 17;

    string private text;

    function setUp() public virtual {
        text = vm.readFile("contracts/test/vectors/par1.json");
    }

    function caseAt(uint256 number) internal view returns (Par1Case memory one) {
        string memory path = string.concat(".cases[", vm.toString(number), "]");
        one.name = vm.parseJsonString(text, string.concat(path, ".name"));
        one.receipt = vm.parseJsonBytes(text, string.concat(path, ".receipt"));
        one.root = vm.parseJsonBytes32(text, string.concat(path, ".root"));
        one.leaves = new bytes[](vm.parseJsonUint(text, string.concat(path, ".inputs.steps")));
        for (uint256 index; index < one.leaves.length; ++index) {
            one.leaves[index] = vm.parseJsonBytes(text, string.concat(path, ".steps[", vm.toString(index), "].leaf"));
        }
    }

    /// The leaf with one byte replaced.
    function withByte(bytes memory leaf, uint256 place, uint256 value) internal pure returns (bytes memory changed) {
        changed = abi.encodePacked(leaf);
        changed[place] = bytes1(uint8(value));
    }

    /// The leaf with the four bytes of one place copied to another.
    function withWord(bytes memory leaf, uint256 from, uint256 to) internal pure returns (bytes memory changed) {
        changed = abi.encodePacked(leaf);
        for (uint256 i; i < 4; ++i) {
            changed[to + i] = leaf[from + i];
        }
    }

    /// The leaf, claiming that the candidate at another rank was drawn.
    function withRank(bytes memory leaf, uint256 rank) internal pure returns (bytes memory) {
        return withByte(withWord(leaf, 12 + 4 * rank, 4), 8, rank);
    }

    function candidatesOf(bytes memory leaf) internal pure returns (uint256 count) {
        while (count < 32 && !_isUnused(leaf, 12 + 4 * count)) ++count;
    }

    function _isUnused(bytes memory leaf, uint256 place) private pure returns (bool) {
        return leaf[place] == 0xff && leaf[place + 1] == 0xff && leaf[place + 2] == 0xff && leaf[place + 3] == 0xff;
    }
}
