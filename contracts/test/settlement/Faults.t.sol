// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {PROVIDER, VALIDATOR} from "../../src/interfaces/INodeRegistry.sol";
import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {Settlement} from "../../src/Settlement.sol";
import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {Par1Receipt, Par1Receipts} from "../../src/libraries/par1/Par1Receipt.sol";
import {Offer, Opening, WeftTypes} from "../../src/libraries/WeftTypes.sol";
import {LeafSpec, Par1Builder} from "../support/Par1Builder.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// What a prover's own signatures prove against it, and what that costs.
contract FaultsTest is SettlementNetwork {
    uint256 private constant AMOUNT = 20e18;

    Offer private offer;
    bytes32 private jobId;
    bytes[] private leaves;

    function setUp() public override {
        super.setUp();
        offer.consumer = consumer1;
        offer.provider = provider1;
        offer.manifest = MANIFEST;
        offer.promptHash = keccak256("prompt");
        offer.nonce = keccak256("nonce");
        (offer.topPBps, offer.topK) = (10_000, 32);
        (offer.maxTokens, offer.maxAmount) = (2, AMOUNT);
        offer.expiry = START + 1 hours;
        jobId = digestOf(WeftTypes.hash(offer));
        leaves.push(_leaf(0, 0));
        // Greedy sampling takes the first candidate, this one the second.
        leaves.push(_leaf(1, 1));
    }

    function test_aTokenNotDrawnByTheRulesCostsTheProviderAndItsJobIsUndone() public {
        Built memory built = _postedJob();
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        ISettlement.SignedOpening memory opening = _opening(1);
        uint256 supply = token.totalSupply();
        vm.startPrank(HUNTER);
        uint256 before = token.balanceOf(HUNTER);
        settlement.samplerFraud(offer, receipt, opening);
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - MIN_SLASH, "the least");
        assertEq(token.balanceOf(HUNTER) - before, MIN_SLASH / 2, "bounty");
        assertEq(supply - token.totalSupply(), MIN_SLASH / 2, "burned");
        vm.expectRevert(abi.encodeWithSelector(ISettlement.FaultKnown.selector, provider1, jobId));
        settlement.samplerFraud(offer, receipt, opening);

        // The job's amount is known from the batch: ten times of it in all.
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        vm.stopPrank();
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "ten times");
        assertEq(depositedBy(consumer1), DEPOSIT, "given back");
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "once");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        assertEq(creditOf(provider1), 0, "not paid");
        assertEq(creditOf(vm.addr(V1)) + creditOf(vm.addr(V2)), 1e17, "no share of it");
        assertEq(settlement.pledgeOf(vm.addr(V1)).active, VALIDATOR_BOND, "signers did nothing wrong");
    }

    function test_anHonestTokenConvictsNobody() public {
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        ISettlement.SignedOpening memory opening = _opening(0);
        vm.expectRevert(ISettlement.NoFraud.selector);
        settlement.samplerFraud(offer, receipt, opening);
        vm.expectRevert(ISettlement.NoFraud.selector);
        settlement.brokenOffer(offer, receipt);
        vm.expectRevert(ISettlement.SameReceipt.selector);
        settlement.forgedReceipt(receipt, receipt);
    }

    function test_everythingIsTheProversOwnSignature() public {
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        ISettlement.SignedOpening memory opening = _opening(1);
        bytes memory good = receipt.signature;
        receipt.signature = signed(P2, digestOf(WeftTypes.hashReceipt(sha256(receipt.receipt))));
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NotProver.selector, provider2, provider1));
        settlement.samplerFraud(offer, receipt, opening);
        receipt.signature = good;
        good = opening.signature;
        opening.signature = _opening(0).signature;
        vm.expectRevert();
        settlement.samplerFraud(offer, receipt, opening);
        opening.signature = good;
        opening.path[0] = 0;
        vm.expectRevert(FraudProofs.NotInReceipt.selector);
        settlement.samplerFraud(offer, receipt, opening);
        opening = _opening(1);
        // Another offer might make flags legal, so it must be the job's.
        Offer memory other = offer;
        other.grammarHash = bytes32(uint256(1));
        vm.expectRevert(ISettlement.OtherJob.selector);
        settlement.samplerFraud(other, receipt, opening);
        receipt.receipt = hex"00";
        vm.expectRevert(Par1Receipts.BadReceipt.selector);
        settlement.samplerFraud(offer, receipt, opening);
    }

    function test_receiptsOfOtherChainsAndDeploymentsConvictNobody() public {
        Par1Receipt memory it = _receipt();
        it.chainId = uint64(block.chainid + 1);
        ISettlement.SignedReceipt memory foreign = _sign(it);
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        ISettlement.SignedOpening memory opening = _opening(1);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.WrongChain.selector, block.chainid + 1));
        settlement.samplerFraud(offer, foreign, opening);
        settlement = new Settlement(token, registry, defaultParams());
        vm.expectRevert();
        settlement.samplerFraud(offer, receipt, opening);
    }

    function test_aReceiptThatIsNotOfTheOfferConvicts() public {
        Built memory built = _postedJob();
        // A seed of the prover's choice lets it pick its tokens.
        Par1Receipt memory it = _receipt();
        it.seed = keccak256("lucky");
        settlement.brokenOffer(offer, _sign(it));
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "slashed");
        assertEq(depositedBy(consumer1), DEPOSIT, "given back");
    }

    function test_twoReceiptsForOneJobCostTheProvider() public {
        Built memory built = _postedJob();
        Par1Receipt memory it = _receipt();
        it.outputHash = keccak256("another");
        ISettlement.SignedReceipt memory other = _sign(it);
        settlement.forgedReceipt(_signedReceipt(), other);
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "slashed");
        assertEq(depositedBy(consumer1), DEPOSIT - AMOUNT, "its answer stands");
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        vm.expectRevert(abi.encodeWithSelector(ISettlement.FaultKnown.selector, provider1, jobId));
        settlement.forgedReceipt(receipt, other);
        it.jobId = keccak256("other job");
        other = _sign(it);
        vm.expectRevert(ISettlement.OtherJob.selector);
        settlement.forgedReceipt(receipt, other);
    }

    function test_confessingALittleDoesNotShieldFromTheRest() public {
        Built memory built = _postedJob();
        // The provider has a friend show two receipts before anyone shows the sampler fraud.
        Par1Receipt memory it = _receipt();
        it.outputHash = keccak256("another");
        settlement.forgedReceipt(_signedReceipt(), _sign(it));
        settlement.samplerFraud(offer, _signedReceipt(), _opening(1));
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - MIN_SLASH, "the least, once");
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "the whole penalty");
        assertEq(depositedBy(consumer1), DEPOSIT, "and the job is undone");
    }

    /// Who is shown at fault while all of its pledge stands for batches pays once it does not.
    function test_confessingWithNothingFreeDoesNotShield() public {
        uint256 key = 0xD001;
        address both = vm.addr(key);
        register(both, PROVIDER | VALIDATOR, one(MANIFEST), VALIDATOR_BOND);
        vm.prank(both);
        settlement.pledge(VALIDATOR_BOND);
        depositOf(C1, VALIDATOR_BOND);
        Job[] memory jobs = new Job[](2);
        jobs[0] = Job(jobId, C1, both, 1e18);
        jobs[1] = job("large", C1, both, VALIDATOR_BOND - MIN_SLASH - 1e18);
        Built memory built = build(jobs);
        uint256[] memory keys = new uint256[](3);
        (keys[0], keys[1], keys[2]) = (V1, V2, key);
        post(built, keys);

        Par1Receipt memory it = _receipt();
        it.prover = both;
        ISettlement.SignedReceipt memory first = _signWith(key, it);
        it.outputHash = keccak256("another");
        settlement.forgedReceipt(first, _signWith(key, it));
        assertEq(registry.stakeOf(both), VALIDATOR_BOND, "everything was held");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        settlement.chargeFault(proofOf(built, 0), "", "");
        assertEq(registry.stakeOf(both), VALIDATOR_BOND - MIN_SLASH, "the penalty");
        settlement.chargeFault(proofOf(built, 0), "", "");
        assertEq(registry.stakeOf(both), VALIDATOR_BOND - MIN_SLASH, "once");
    }

    function test_whoSignsAnotherProvidersJobConvictsOnlyItself() public {
        Built memory built = _postedJob();
        Par1Receipt memory it = _receipt();
        it.prover = provider2;
        ISettlement.SignedReceipt memory stray = _sign(it);
        stray.signature = signed(P2, digestOf(WeftTypes.hashReceipt(sha256(stray.receipt))));
        settlement.brokenOffer(offer, stray);
        assertEq(registry.stakeOf(provider2), PROVIDER_BOND - MIN_SLASH, "itself");
        ISettlement.Proof memory proof = proofOf(built, 0);
        vm.expectRevert(abi.encodeWithSelector(ISettlement.NoFault.selector, provider1, jobId));
        settlement.chargeFault(proof, built.debits, built.credits);
        // And the real one can still be convicted.
        settlement.samplerFraud(offer, _signedReceipt(), _opening(1));
    }

    function test_aFaultShownAfterTheBatchIsFinalStillCosts() public {
        Built memory built = _postedJob();
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        settlement.samplerFraud(offer, _signedReceipt(), _opening(1));
        settlement.chargeFault(proofOf(built, 0), "", "");
        assertEq(registry.stakeOf(provider1), PROVIDER_BOND - 10 * AMOUNT, "slashed");
        assertEq(depositedBy(consumer1), DEPOSIT - AMOUNT, "but final");
    }

    function test_eachSlashForAFaultNamesItsJob() public {
        Built memory built = _postedJob();
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        ISettlement.SignedReceipt memory receipt = _signedReceipt();
        ISettlement.SignedOpening memory opening = _opening(1);
        ISettlement.Proof memory proof = proofOf(built, 0);
        vm.startPrank(HUNTER);
        vm.expectEmit(address(settlement));
        emit ISettlement.ProviderSlashed(provider1, jobId, MIN_SLASH, HUNTER);
        settlement.samplerFraud(offer, receipt, opening);
        vm.expectEmit(address(settlement));
        emit ISettlement.ProviderSlashed(provider1, jobId, 10 * AMOUNT - MIN_SLASH, HUNTER);
        settlement.chargeFault(proof, "", "");
        vm.stopPrank();
    }

    function test_aSlashTakesPledgeAndFreeStakeAndNoMore() public {
        Job[] memory jobs = new Job[](1);
        jobs[0] = Job(jobId, C1, provider1, 500e18);
        Built memory built = posted(jobs);
        settlement.samplerFraud(offer, _signedReceipt(), _opening(1));
        settlement.chargeFault(proofOf(built, 0), built.debits, built.credits);
        assertEq(registry.stakeOf(provider1), 0, "all it had");
        assertEq(settlement.pledgeOf(provider1).active, 0, "no pledge");
        pass(CHALLENGE_WINDOW);
        finalizeNow(built);
        (, uint256 claims,,,) = settlement.accountOf(provider1);
        assertEq(claims, 0, "released");
    }

    function _postedJob() private returns (Built memory) {
        Job[] memory jobs = new Job[](2);
        jobs[0] = Job(jobId, C1, provider1, AMOUNT);
        jobs[1] = job("other", C2, provider2, 1e18);
        return posted(jobs);
    }

    function _leaf(uint32 t, uint8 rank) private pure returns (bytes memory) {
        uint32[] memory ids = new uint32[](2);
        (ids[0], ids[1]) = (5, 3);
        int16[] memory zq = new int16[](2);
        zq[1] = -100;
        return Par1Builder.leaf(LeafSpec(t, ids[rank], rank, 0, ids, zq));
    }

    function _receipt() private view returns (Par1Receipt memory it) {
        it.chainId = uint64(block.chainid);
        it.jobId = jobId;
        it.prover = provider1;
        it.manifest = offer.manifest;
        it.promptHash = offer.promptHash;
        it.outputHash = keccak256("output");
        (it.topPBps, it.topK) = (offer.topPBps, offer.topK);
        it.seed = Par1Receipts.seedOf(jobId, offer.nonce);
        it.leafCount = 2;
        it.root = Par1Builder.root(leaves);
    }

    function _sign(Par1Receipt memory it) private view returns (ISettlement.SignedReceipt memory) {
        return _signWith(P1, it);
    }

    function _signWith(uint256 key, Par1Receipt memory it)
        private
        view
        returns (ISettlement.SignedReceipt memory receipt)
    {
        receipt.receipt = Par1Builder.receipt(it);
        receipt.signature = signed(key, digestOf(WeftTypes.hashReceipt(sha256(receipt.receipt))));
    }

    function _signedReceipt() private view returns (ISettlement.SignedReceipt memory) {
        return _sign(_receipt());
    }

    function _opening(uint32 index) private view returns (ISettlement.SignedOpening memory opening) {
        (, bytes32[] memory path) = Par1Builder.proof(leaves, index);
        opening.index = index;
        opening.leaf = leaves[index];
        opening.path = path;
        bytes32 receiptHash = sha256(_signedReceipt().receipt);
        bytes32 leafHash = sha256(abi.encodePacked(hex"00", leaves[index]));
        opening.signature = signed(P1, digestOf(WeftTypes.hash(Opening(receiptHash, index, leafHash))));
    }
}
