// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Gumbel} from "../../../src/libraries/par1/Gumbel.sol";
import {Test} from "../../support/Test.sol";

contract GumbelTest is Test {
    function test_everyEntryIsTheTables() public view {
        string memory vectors = vm.readFile("src/protocol/par1/par1.vectors.json");
        bytes memory table = new bytes(2 * 65_536);
        for (uint256 u; u < 65_536; ++u) {
            int256 entry = Gumbel.noise(u);
            table[2 * u] = bytes1(uint8(uint256(entry) >> 8));
            table[2 * u + 1] = bytes1(uint8(uint256(entry)));
        }
        assertEq(
            sha256(table), vm.parseJsonBytes32(vectors, ".gumbelTable.sha256OfInt16BE"), "hash of all 65,536 entries"
        );
        assertEq(Gumbel.noise(0), vm.parseJsonInt(vectors, ".gumbelTable.first"), "G[0]");
        assertEq(Gumbel.noise(65_535), vm.parseJsonInt(vectors, ".gumbelTable.last"), "G[65535]");
    }

    function testFuzz_noiseNeverFallsAndFitsIn16Bits(uint256 seed) public pure {
        uint256 u = bound(seed, 1, 65_535);
        int256 entry = Gumbel.noise(u);
        assertTrue(entry >= Gumbel.noise(u - 1), "rises with u");
        assertTrue(entry >= -2526 && entry <= 12_066, "within the table's ends");
    }
}
