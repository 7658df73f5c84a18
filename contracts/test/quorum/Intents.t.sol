// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InferenceQuorum} from "../../src/InferenceQuorum.sol";
import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {SignedHeaderVerifier} from "../../src/quorum/SignedHeaderVerifier.sol";
import {HeaderSigners} from "../support/HeaderSigners.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

contract QuorumIntentsTest is QuorumNetwork, HeaderSigners {
    address private constant CALLER = address(0xCA11);
    address private constant IMPORTER = address(0x1409);

    SignedHeaderVerifier private verifier;

    function setUp() public {
        verifier = new SignedHeaderVerifier(C_CHAIN, makeSigners(), ENOUGH);
        IInferenceQuorum.Parameters memory parameters = standard();
        parameters.verifier = verifier;
        deployQuorum(parameters, 10);
        fund(IMPORTER, 1000e18);
        vm.prank(IMPORTER);
        token.approve(address(quorum), type(uint256).max);
    }

    function test_theImporterPaysWhatTheIntentOffers() public {
        QuorumWire.Intent memory intent = intentOf();
        bytes32 id = QuorumWire.intentId(intent);
        uint256 supply = token.totalSupply();
        bytes32 taskId = importAs(IMPORTER, intent);
        uint256 reward = (intent.fee - N * FEE) / N;
        IInferenceQuorum.Task memory task = quorum.taskOf(taskId);
        assertEq(task.reward, reward, "reward");
        assertEq(1000e18 - token.balanceOf(IMPORTER), N * (reward + FEE), "paid");
        assertEq(supply - token.totalSupply(), N * FEE, "burned");
        assertEq(task.requester, CALLER, "requester");
        assertEq(task.payer, IMPORTER, "payer");
        assertEq(task.intentId, id, "intent");
        assertEq(quorum.taskForIntent(id), taskId, "task of the intent");
        assertEq(quorum.nonceOf(CALLER), 0, "nonce");
    }

    function test_whatIsLeftGoesToTheImporter() public {
        bytes32 taskId = importAs(IMPORTER, intentOf());
        address[] memory operators = drawNow(taskId);
        answer(taskId, operators, same(OUTPUT, 3), 3);
        assertEq(quorum.creditOf(IMPORTER), 2 * quorum.taskOf(taskId).reward, "left");
        assertEq(quorum.creditOf(CALLER), 0, "caller");
        (bytes memory receipt,,) = quorum.exportReceipt(taskId);
        bytes32 intentId = QuorumWire.intentId(intentOf());
        bytes32 inReceipt;
        assembly ("memory-safe") {
            inReceipt := mload(add(receipt, 0x22))
        }
        assertEq(inReceipt, intentId, "intent in the receipt");
    }

    function test_importsOnce() public {
        QuorumWire.Intent memory intent = intentOf();
        bytes32 taskId = importAs(IMPORTER, intent);
        bytes memory expected =
            abi.encodeWithSelector(IInferenceQuorum.AlreadyImported.selector, QuorumWire.intentId(intent), taskId);
        rejects(intent, expected);
        // Not after its end either.
        drawNow(taskId);
        advance(61);
        quorum.settle(taskId);
        rejects(intent, expected);
    }

    function test_withoutAVerifierNothingIsImported() public {
        deployQuorum(standard(), 10);
        rejects(intentOf(), abi.encodeWithSelector(IInferenceQuorum.NoVerifier.selector));
    }

    /// The proof stays that of the true intent while one field at a time is forged.
    function test_rejectsAnIntentWithAForgedField() public {
        bytes memory proof = proofOf(verifier, QuorumWire.intentId(intentOf()));
        for (uint256 field = 0; field < 8; ++field) {
            QuorumWire.Intent memory intent = intentOf();
            if (field == 0) intent.cTxHash = keccak256("another transaction");
            if (field == 1) intent.callIndex += 1;
            if (field == 2) intent.caller = IMPORTER;
            if (field == 3) intent.manifest = keccak256("another model");
            if (field == 4) intent.promptHash = keccak256("another prompt");
            if (field == 5) intent.n += 1;
            if (field == 6) intent.threshold += 1;
            if (field == 7) intent.fee -= 1;
            bytes memory expected =
                abi.encodeWithSelector(IInferenceQuorum.IntentNotCommitted.selector, QuorumWire.intentId(intent));
            vm.expectRevert(expected);
            vm.prank(IMPORTER);
            quorum.importIntent(intent, proof);
        }
        assertEq(token.balanceOf(IMPORTER), 1000e18, "money moved");
    }

    function test_rejectsIntentsBetweenOtherChains() public {
        QuorumWire.Intent memory intent = intentOf();
        intent.cChainId = keccak256("another");
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.WrongChain.selector, intent.cChainId, A_CHAIN));
        intent = intentOf();
        intent.aChainId = keccak256("another");
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.WrongChain.selector, C_CHAIN, intent.aChainId));
    }

    function test_aProofForOneVerifierIsNoneForAnother() public {
        QuorumWire.Intent memory intent = intentOf();
        bytes32 id = QuorumWire.intentId(intent);
        bytes memory proof = proofOf(verifier, id);
        IInferenceQuorum.Parameters memory parameters = standard();
        parameters.verifier = new SignedHeaderVerifier(C_CHAIN, makeSigners(), ENOUGH);
        quorum = new InferenceQuorum(token, registry, parameters);
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.IntentNotCommitted.selector, id));
        vm.prank(IMPORTER);
        quorum.importIntent(intent, proof);
    }

    function test_rejectsAFeeThatDoesNotFit() public {
        QuorumWire.Intent memory intent = intentOf();
        intent.fee = N * FEE - 1;
        bytes4 selector = IInferenceQuorum.BadIntentFee.selector;
        rejects(intent, abi.encodeWithSelector(selector, intent.fee, N * FEE));
        intent.fee = type(uint256).max;
        rejects(intent, abi.encodeWithSelector(selector, intent.fee, N * FEE));
        intent.fee = N * FEE;
        bytes32 taskId = importAs(IMPORTER, intent);
        assertEq(quorum.taskOf(taskId).reward, 0, "nothing above the fees");
    }

    function test_rejectsWhatARequestMayNotAskEither() public {
        QuorumWire.Intent memory intent = intentOf();
        intent.n = 0;
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.BadOperatorCount.selector, 0));
        intent = intentOf();
        intent.threshold = 2;
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.BadThreshold.selector, 2, 3, 5));
        intent = intentOf();
        intent.manifest = keccak256("nobody serves it");
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.TooFewEligible.selector, 0, 7));
    }

    /// An import that failed for want of nodes can be tried again.
    function test_aRejectedImportIsNotRemembered() public {
        QuorumWire.Intent memory intent = intentOf();
        intent.manifest = keccak256("served later");
        rejects(intent, abi.encodeWithSelector(IInferenceQuorum.TooFewEligible.selector, 0, 7));
        for (uint256 i = 0; i < 7; ++i) {
            vm.prank(providers[i]);
            registry.update(new bytes[](0), 1, one(intent.manifest));
        }
        importAs(IMPORTER, intent);
    }

    function intentOf() private pure returns (QuorumWire.Intent memory) {
        return QuorumWire.Intent({
            cChainId: C_CHAIN,
            aChainId: A_CHAIN,
            cTxHash: keccak256("a transaction there"),
            callIndex: 1,
            caller: CALLER,
            manifest: MANIFEST,
            promptHash: PROMPT,
            n: N,
            threshold: THRESHOLD,
            fee: 10e18 + 3
        });
    }

    function importAs(address importer, QuorumWire.Intent memory intent) private returns (bytes32) {
        bytes memory proof = proofOf(verifier, QuorumWire.intentId(intent));
        vm.prank(importer);
        return quorum.importIntent(intent, proof);
    }

    function rejects(QuorumWire.Intent memory intent, bytes memory expected) private {
        bytes memory proof = proofOf(verifier, QuorumWire.intentId(intent));
        uint256 before = token.balanceOf(IMPORTER);
        vm.expectRevert(expected);
        vm.prank(IMPORTER);
        quorum.importIntent(intent, proof);
        assertEq(token.balanceOf(IMPORTER), before, "money moved");
    }
}
