// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {Par1Receipt, Par1Receipts} from "../../src/libraries/par1/Par1Receipt.sol";
import {Sampler} from "../../src/libraries/par1/Sampler.sol";
import {FraudProofsHarness} from "../support/FraudProofsHarness.sol";
import {Par1Builder} from "../support/Par1Builder.sol";
import {Par1Case, Par1Cases} from "../support/Par1Cases.sol";

/// What the engine's sampler drew, replayed on chain: every leaf of every answer, and every other rank of each.
contract FraudProofsReplayTest is Par1Cases {
    FraudProofsHarness private immutable proofs = new FraudProofsHarness();

    function test_whatTheEngineDrewIsHonest() public view {
        for (uint256 number; number < CASES; ++number) {
            Par1Case memory one = caseAt(number);
            for (uint256 index; index < one.leaves.length; ++index) {
                (bytes32 root, bytes32[] memory siblings) = Par1Builder.proof(one.leaves, index);
                assertEq(root, one.root, one.name);
                FraudProofs.Verdict verdict = proofs.replay(one.receipt, one.leaves[index], index, siblings, false);
                assertTrue(verdict == FraudProofs.Verdict.Honest, one.name);
            }
        }
    }

    function test_anotherRankIsFraudUnlessThePrefixIsInDoubt() public view {
        uint256 doubtful;
        for (uint256 number; number < CASES; ++number) {
            Par1Case memory one = caseAt(number);
            Par1Receipt memory receipt = proofs.decode(one.receipt);
            for (uint256 index; index < one.leaves.length; ++index) {
                bytes memory leaf = one.leaves[index];
                if (_isDoubtful(receipt, leaf)) {
                    ++doubtful;
                    continue;
                }
                for (uint256 rank; rank < candidatesOf(leaf); ++rank) {
                    if (rank == uint8(leaf[8])) continue;
                    FraudProofs.Verdict verdict = proofs.judge(receipt, withRank(leaf, rank), index, false);
                    assertTrue(verdict == FraudProofs.Verdict.Sample, one.name);
                }
            }
        }
        // The answers drawn from equals were made to end on the bound itself.
        assertEq(doubtful, 18, "leaves whose prefix is in doubt");
    }

    function test_pinnedProofsAndReceipts() public view {
        string memory pinned = vm.readFile("src/protocol/par1/par1.vectors.json");
        for (uint256 number; number < 4; ++number) {
            string memory path = string.concat(".cases[", vm.toString(number), "]");
            bytes memory receipt = vm.parseJsonBytes(pinned, string.concat(path, ".receipt"));
            uint256 index = vm.parseJsonUint(pinned, string.concat(path, ".proof.index"));
            bytes32[] memory siblings = vm.parseJsonBytes32Array(pinned, string.concat(path, ".proof.siblings"));
            Par1Case memory one = caseAt(number);
            assertEq(receipt, one.receipt, "the same answer");
            FraudProofs.Verdict verdict = proofs.replay(receipt, one.leaves[index], index, siblings, false);
            assertTrue(verdict == FraudProofs.Verdict.Honest, one.name);
            assertEq(sha256(receipt), vm.parseJsonBytes32(pinned, string.concat(path, ".receiptHash")), "receipt hash");
            Par1Receipt memory decoded = proofs.decode(receipt);
            assertEq(Par1Builder.receipt(decoded), receipt, "what was read is all there is");
            bytes32 nonce = vm.parseJsonBytes32(pinned, string.concat(path, ".inputs.nonce"));
            assertEq(Par1Receipts.seedOf(decoded.jobId, nonce), decoded.seed, "seed");
        }
    }

    function _isDoubtful(Par1Receipt memory receipt, bytes memory leaf) private view returns (bool) {
        if (receipt.temperatureQ == 0) return false;
        Sampler.Params memory params = Sampler.Params(receipt.seed, receipt.temperatureQ, receipt.topPBps, receipt.topK);
        (uint256 shortest, uint256 longest) = proofs.prefixes(params, leaf, candidatesOf(leaf));
        return shortest != longest;
    }
}
