// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Par1Receipt} from "../../src/libraries/par1/Par1Receipt.sol";
import {FraudProofsHarness} from "../support/FraudProofsHarness.sol";
import {LeafSpec, Par1Builder} from "../support/Par1Builder.sol";
import {Test} from "../support/Test.sol";

/// What opening one leaf costs at most.
contract FraudProofsGasTest is Test {
    /// One opened leaf may cost this much, so that a challenge is always worth making.
    uint256 private constant MOST_GAS = 250_000;
    /// Levels of the largest tree there is.
    uint256 private constant DEEPEST = 24;

    FraudProofsHarness private immutable proofs = new FraudProofsHarness();

    function test_theCostliestLeafStaysWithinItsGas() public {
        LeafSpec memory spec;
        (spec.ids, spec.zq) = (new uint32[](32), new int16[](32));
        for (uint256 slot; slot < 32; ++slot) {
            // One remainder for all ids: every pair is compared.
            spec.ids[slot] = uint32(slot << 8);
            spec.zq[slot] = -int16(uint16(slot));
        }
        uint256 most;
        for (uint256 rank; rank < 32; ++rank) {
            (spec.rank, spec.token) = (uint8(rank), spec.ids[rank]);
            bytes memory leaf = Par1Builder.leaf(spec);
            bytes32[] memory siblings = new bytes32[](DEEPEST);
            bytes32 root = sha256(abi.encodePacked(hex"00", leaf));
            for (uint256 level; level < DEEPEST; ++level) {
                siblings[level] = keccak256(abi.encode(level));
                root = sha256(abi.encodePacked(hex"01", root, siblings[level]));
            }
            bytes memory receipt = _receipt(root);
            uint256 before = gasleft();
            proofs.replay(receipt, leaf, 0, siblings, false);
            uint256 spent = before - gasleft();
            if (spent > most) most = spent;
        }
        vm.snapshotValue("fraud proofs: the costliest leaf", most);
        assertLe(most, MOST_GAS, "gas of one leaf");
    }

    function _receipt(bytes32 root) private pure returns (bytes memory) {
        Par1Receipt memory it;
        it.seed = bytes32(uint256(1));
        (it.temperatureQ, it.topPBps, it.topK) = (1024, 9999, 32);
        (it.root, it.leafCount) = (root, uint32(2 ** DEEPEST));
        return Par1Builder.receipt(it);
    }
}
