// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {Par1Receipt} from "../../src/libraries/par1/Par1Receipt.sol";
import {Sampler} from "../../src/libraries/par1/Sampler.sol";
import {FraudProofsHarness} from "../support/FraudProofsHarness.sol";
import {LeafSpec, Par1Builder} from "../support/Par1Builder.sol";
import {Test} from "../support/Test.sol";

/// Properties of the replay for any leaf.
contract FraudProofsFuzzTest is Test {
    FraudProofsHarness private immutable proofs = new FraudProofsHarness();

    function testFuzz_oneRankIsHonestOrOnePerPrefix(uint256 seed, uint16 temperatureQ, uint256 topP, uint256 topK)
        public
        view
    {
        Par1Receipt memory receipt;
        receipt.seed = keccak256(abi.encode(seed));
        receipt.temperatureQ = temperatureQ;
        receipt.topPBps = uint16(bound(topP, 1, 10_000));
        receipt.topK = uint16(bound(topK, 1, 32));
        uint256 count = bound(seed, 1, 32);
        LeafSpec memory spec = _spec(seed, count);

        uint256 honest;
        for (uint256 rank; rank < count; ++rank) {
            (spec.rank, spec.token) = (uint8(rank), spec.ids[rank]);
            if (proofs.judge(receipt, Par1Builder.leaf(spec), 0, false) == FraudProofs.Verdict.Honest) ++honest;
        }
        assertTrue(honest >= 1, "somebody is honest");
        if (temperatureQ == 0) return assertEq(honest, 1, "the likeliest");
        Sampler.Params memory params = Sampler.Params(receipt.seed, receipt.temperatureQ, receipt.topPBps, receipt.topK);
        (uint256 shortest, uint256 longest) = proofs.prefixes(params, Par1Builder.leaf(spec), count);
        assertTrue(shortest >= 1 && shortest <= longest && longest <= receipt.topK, "prefixes within the candidates");
        assertLe(honest, 1 + longest - shortest, "ranks that count as honest");
    }

    /// Equal candidates end exactly on the bound: a float sum may fall on either side, and both must be accepted.
    function testFuzz_bothPrefixesOnTheBoundAreHonest(uint256 seed, uint256 halves) public view {
        uint256 keep = bound(halves, 1, 16);
        LeafSpec memory spec = _spec(seed, 2 * keep);
        spec.zq = new int16[](2 * keep);
        Sampler.Params memory params = Sampler.Params(bytes32(seed), 1024, 5000, 32);
        (uint256 shortest, uint256 longest) = proofs.prefixes(params, Par1Builder.leaf(spec), 2 * keep);
        assertEq(shortest, keep, "shortest");
        assertEq(longest, keep + 1, "longest");
    }

    function testFuzz_aProofForAnotherPlaceLeadsElsewhere(uint256 seed, uint256 sizes, uint256 places) public {
        bytes[] memory leaves = new bytes[](bound(sizes, 2, 20));
        for (uint256 i; i < leaves.length; ++i) {
            LeafSpec memory spec = _spec(seed, 1);
            spec.t = uint32(i);
            leaves[i] = Par1Builder.leaf(spec);
        }
        uint256 index = bound(places, 0, leaves.length - 1);
        (bytes32 root, bytes32[] memory siblings) = Par1Builder.proof(leaves, index);
        bytes memory receipt = _receipt(root, leaves.length, 0);
        assertTrue(
            proofs.replay(receipt, leaves[index], index, siblings, false) == FraudProofs.Verdict.Honest, "in its place"
        );
        uint256 other = (index + 1) % leaves.length;
        vm.expectRevert();
        proofs.replay(receipt, leaves[other], index, siblings, false);
        vm.expectRevert();
        proofs.replay(receipt, leaves[index], other, siblings, false);
    }

    function _receipt(bytes32 root, uint256 count, uint16 temperatureQ) private pure returns (bytes memory) {
        Par1Receipt memory it;
        it.seed = bytes32(uint256(1));
        (it.temperatureQ, it.topPBps, it.topK) = (temperatureQ, 9999, 32);
        (it.root, it.leafCount) = (root, uint32(count));
        return Par1Builder.receipt(it);
    }

    /// A leaf's distinct ids and falling values; rank 0 was drawn.
    function _spec(uint256 seed, uint256 count) private pure returns (LeafSpec memory spec) {
        spec.ids = new uint32[](count);
        spec.zq = new int16[](count);
        int256 value;
        for (uint256 slot; slot < count; ++slot) {
            uint256 random = uint256(keccak256(abi.encode(seed, slot)));
            // The slot in the low bits keeps ids apart.
            spec.ids[slot] = uint32((random % 100_000) * 32 + slot);
            if (slot > 0) value -= int256((random >> 32) % 300);
            spec.zq[slot] = int16(value);
        }
        spec.token = spec.ids[0];
    }
}
