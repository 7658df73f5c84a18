// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {LeafTree} from "../../src/libraries/par1/LeafTree.sol";
import {Par1Receipt, Par1Receipts} from "../../src/libraries/par1/Par1Receipt.sol";
import {Offer} from "../../src/libraries/WeftTypes.sol";
import {FraudProofsHarness} from "../support/FraudProofsHarness.sol";
import {Par1Builder} from "../support/Par1Builder.sol";
import {Par1Cases} from "../support/Par1Cases.sol";

/// What is wrong with a leaf, a proof, a receipt or an offer, one at a time.
contract FraudProofsTest is Par1Cases {
    uint256 private constant AT = 1;
    uint256 private constant TINY = 3;

    FraudProofsHarness private immutable proofs = new FraudProofsHarness();
    bytes private receipt;
    bytes[] private leaves;

    function setUp() public override {
        super.setUp();
        receipt = caseAt(0).receipt;
        leaves = caseAt(0).leaves;
    }

    function test_whatAProverGotWrongIsAVerdict() public view {
        bytes memory good = leaves[AT];
        _expect(good, FraudProofs.Verdict.Honest);

        _expect(leaves[AT + 1], FraudProofs.Verdict.Index);
        _expect(withByte(good, 10, 1), FraudProofs.Verdict.Flags);
        _expect(withByte(good, 10, 2), FraudProofs.Verdict.Flags);
        _expect(withWord(good, 12 + 4 * 3, 12 + 4 * 30), FraudProofs.Verdict.Ids);
        _expect(withWord(good, 12, 12 + 4 * 31), FraudProofs.Verdict.Ids);
        _expect(withByte(good, 141, 1), FraudProofs.Verdict.Zq);
        // The second value above the first.
        _expect(withByte(withByte(good, 142, 0), 143, 5), FraudProofs.Verdict.Zq);
        _expect(withByte(good, 7, uint8(good[7]) ^ 1), FraudProofs.Verdict.Token);
    }

    function test_bytesOfNoLeafAreFraudOnceCommitted() public view {
        bytes memory good = leaves[AT];
        _expect("", FraudProofs.Verdict.Leaf);
        _expect(abi.encodePacked(good, hex"00"), FraudProofs.Verdict.Leaf);
        // The number of candidates, unknown flags, the reserved byte, a rank outside, a largest logit that is infinite.
        _expect(withByte(good, 9, 31), FraudProofs.Verdict.Leaf);
        _expect(withByte(good, 10, 4), FraudProofs.Verdict.Leaf);
        _expect(withByte(good, 11, 1), FraudProofs.Verdict.Leaf);
        _expect(withByte(good, 8, 32), FraudProofs.Verdict.Leaf);
        _expect(withByte(withByte(good, 268, 0x7f), 269, 0x80), FraudProofs.Verdict.Leaf);
    }

    function test_slotsAfterAGapAreNoLeaf() public view {
        bytes memory good = caseAt(TINY).leaves[0];
        Par1Receipt memory tiny = proofs.decode(caseAt(TINY).receipt);
        _same(proofs.judge(tiny, good, 0, false), FraudProofs.Verdict.Honest);
        _same(proofs.judge(tiny, withByte(good, 12 + 4 * 20, 0), 0, false), FraudProofs.Verdict.Leaf);
        _same(proofs.judge(tiny, withByte(good, 140 + 2 * 20, 0), 0, false), FraudProofs.Verdict.Leaf);
        _same(proofs.judge(tiny, withByte(good, 8, 11), 0, false), FraudProofs.Verdict.Leaf);
    }

    function test_withAGrammarFlagsAreLegal() public view {
        bytes memory good = leaves[AT];
        Par1Receipt memory decoded = proofs.decode(receipt);
        bytes memory forced = withByte(withByte(good, 10, 1), 7, uint8(good[7]) ^ 1);
        _same(proofs.judge(decoded, forced, AT, true), FraudProofs.Verdict.Honest);
        _same(proofs.judge(decoded, withByte(good, 10, 2), AT, true), FraudProofs.Verdict.Honest);
        // Masked logits are still sampled.
        bytes memory other = withByte(withRank(good, uint8(good[8]) == 0 ? 1 : 0), 10, 2);
        _same(proofs.judge(decoded, other, AT, true), FraudProofs.Verdict.Sample);
    }

    function test_whatAChallengerGotWrongReverts() public {
        (, bytes32[] memory siblings) = Par1Builder.proof(leaves, AT);
        vm.expectRevert(FraudProofs.NotInReceipt.selector);
        proofs.replay(receipt, leaves[AT + 1], AT, siblings, false);
        vm.expectRevert(FraudProofs.NotInReceipt.selector);
        proofs.replay(receipt, leaves[AT], 0, siblings, false);
        vm.expectRevert(LeafTree.BadProof.selector);
        proofs.replay(receipt, leaves[AT], leaves.length, siblings, false);
        vm.expectRevert(LeafTree.BadProof.selector);
        proofs.replay(receipt, leaves[AT], AT, new bytes32[](0), false);
        vm.expectRevert(LeafTree.BadProof.selector);
        proofs.replay(receipt, leaves[AT], AT, new bytes32[](siblings.length + 1), false);
    }

    function test_bytesOfNoReceiptAreRefused() public {
        vm.expectRevert(Par1Receipts.BadReceipt.selector);
        proofs.decode(abi.encodePacked(receipt, hex"00"));
        // The magic, both reserved fields, topPBps above 10,000, topK above 32.
        uint256[5] memory places = [uint256(0), 165, 174, 169, 172];
        for (uint256 i; i < places.length; ++i) {
            vm.expectRevert(Par1Receipts.BadReceipt.selector);
            proofs.decode(withByte(receipt, places[i], 0xff));
        }
    }

    function test_aReceiptContradictsAnyOtherOffer() public {
        Par1Receipt memory it = proofs.decode(receipt);
        Offer memory offer;
        offer.provider = it.prover;
        offer.manifest = it.manifest;
        offer.promptHash = it.promptHash;
        offer.nonce = bytes32(uint256(7));
        (offer.temperatureQ, offer.topPBps, offer.topK) = (it.temperatureQ, it.topPBps, it.topK);
        it.chainId = uint64(block.chainid);
        it.seed = Par1Receipts.seedOf(it.jobId, offer.nonce);
        assertTrue(!_contradicts(it, offer), "the offer it answers");

        offer.topK -= 1;
        assertTrue(_contradicts(it, offer), "topK");
        offer.topK += 1;
        offer.nonce = bytes32(uint256(8));
        assertTrue(_contradicts(it, offer), "nonce, and so the seed");
        offer.nonce = bytes32(uint256(7));
        offer.manifest = bytes32(uint256(1));
        assertTrue(_contradicts(it, offer), "manifest");
        offer.manifest = it.manifest;
        it.chainId += 1;
        assertTrue(_contradicts(it, offer), "chain");

        vm.expectRevert(FraudProofs.OtherJob.selector);
        proofs.contradicts(Par1Builder.receipt(it), offer, bytes32(uint256(1)));
    }

    function _contradicts(Par1Receipt memory it, Offer memory offer) private view returns (bool) {
        return proofs.contradicts(Par1Builder.receipt(it), offer, it.jobId);
    }

    function _expect(bytes memory leaf, FraudProofs.Verdict expected) private view {
        _same(proofs.judge(proofs.decode(receipt), leaf, AT, false), expected);
    }

    function _same(FraudProofs.Verdict actual, FraudProofs.Verdict expected) private pure {
        assertEq(uint256(actual), uint256(expected), "verdict");
    }
}
