// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {InferenceQuorum} from "../../src/InferenceQuorum.sol";
import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {IWeftToken} from "../../src/interfaces/IWeftToken.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

contract QuorumRequestTest is QuorumNetwork {
    function setUp() public {
        deployQuorum(standard(), 10);
    }

    function test_takesEscrowAndBurnsFees() public {
        uint256 before = token.balanceOf(requester);
        uint256 supply = token.totalSupply();
        bytes32 taskId = ask();
        assertEq(before - token.balanceOf(requester), N * (uint256(REWARD) + FEE), "paid");
        assertEq(supply - token.totalSupply(), N * FEE, "burned");
        assertEq(token.balanceOf(address(quorum)), uint256(N) * REWARD, "escrow");
        assertEq(quorum.totalOwed(), uint256(N) * REWARD, "owed");
        IInferenceQuorum.Task memory task = quorum.taskOf(taskId);
        assertEq(task.eligibleHash, keccak256(eligibleNow()), "list");
        assertEq(task.requestedAt, height, "block");
        assertEq(task.requester, requester, "requester");
        assertEq(task.payer, requester, "payer");
        assertEq(uint8(task.status), uint8(IInferenceQuorum.Status.Pending), "status");
    }

    function test_eachTaskOfARequesterHasItsOwnId() public {
        bytes32 first = ask();
        bytes32 second = ask();
        assertEq(first, QuorumWireAt.taskId(address(quorum), requester, 0, MANIFEST, PROMPT, N, THRESHOLD), "first");
        assertEq(second, QuorumWireAt.taskId(address(quorum), requester, 1, MANIFEST, PROMPT, N, THRESHOLD), "second");
        assertEq(quorum.nonceOf(requester), 2, "nonce");
    }

    function test_idsDifferBetweenChainsAndDeployments() public {
        bytes32 here = ask();
        IInferenceQuorum.Parameters memory parameters = standard();
        vm.chainId(7);
        deployQuorum(parameters, 10);
        vm.prank(requester);
        bytes32 elsewhere = quorum.request(MANIFEST, PROMPT, N, THRESHOLD, REWARD);
        assertTrue(here != elsewhere, "same id");
        assertEq(elsewhere, QuorumWireAt.taskId(address(quorum), requester, 0, MANIFEST, PROMPT, N, THRESHOLD), "id");
    }

    function test_rejectsZeroManifest() public {
        rejects(0, PROMPT, N, THRESHOLD, abi.encodeWithSelector(IInferenceQuorum.ZeroManifest.selector));
    }

    function test_rejectsZeroPrompt() public {
        rejects(MANIFEST, 0, N, THRESHOLD, abi.encodeWithSelector(IInferenceQuorum.ZeroPrompt.selector));
    }

    function test_rejectsOperatorCountsOutside3To256() public {
        bytes4 selector = IInferenceQuorum.BadOperatorCount.selector;
        rejects(MANIFEST, PROMPT, 0, 1, abi.encodeWithSelector(selector, 0));
        rejects(MANIFEST, PROMPT, 2, 2, abi.encodeWithSelector(selector, 2));
        rejects(MANIFEST, PROMPT, 257, 200, abi.encodeWithSelector(selector, 257));
    }

    function testFuzz_rejectsThresholdsThatAreNoMajorityOrTooHigh(uint16 n, uint16 threshold) public {
        n = uint16(bound(n, 3, 256));
        uint256 lowest = n / 2 + 1;
        vm.assume(threshold < lowest || threshold > n);
        bytes4 selector = IInferenceQuorum.BadThreshold.selector;
        rejects(MANIFEST, PROMPT, n, threshold, abi.encodeWithSelector(selector, threshold, lowest, n));
    }

    function test_rejectsTooFewEligible() public {
        bytes4 selector = IInferenceQuorum.TooFewEligible.selector;
        // 7 + 3 fit into ten providers, 8 + 4 do not.
        rejects(MANIFEST, PROMPT, 8, 5, abi.encodeWithSelector(selector, 10, 12));
        vm.prank(requester);
        quorum.request(MANIFEST, PROMPT, 7, 4, REWARD);
        rejects(keccak256("nobody serves it"), PROMPT, 3, 2, abi.encodeWithSelector(selector, 0, 5));
    }

    function test_marginIsAtLeastTwo() public {
        deployQuorum(standard(), 4);
        rejects(MANIFEST, PROMPT, 3, 2, abi.encodeWithSelector(IInferenceQuorum.TooFewEligible.selector, 4, 5));
        addProvider(PROVIDER_BOND);
        vm.prank(requester);
        quorum.request(MANIFEST, PROMPT, 3, 2, REWARD);
    }

    /// Each of them costs its owner a bond, and what they stop is one manifest's tasks; no list grows without bound.
    function test_rejectsMoreThan256EligibleWhoeverRegisteredThem() public {
        for (uint256 i = 10; i < 256; ++i) {
            addProvider(PROVIDER_BOND);
        }
        ask();
        addProvider(PROVIDER_BOND);
        rejects(
            MANIFEST, PROMPT, N, THRESHOLD, abi.encodeWithSelector(IInferenceQuorum.TooManyEligible.selector, 257, 256)
        );
    }

    function test_nodesThatLeaveOrServeOtherModelsAreNotEligible() public {
        vm.prank(providers[3]);
        registry.deregister();
        vm.prank(providers[6]);
        registry.update(new bytes[](0), 1, one(keccak256("another model")));
        registerValidator(address(0x77), VALIDATOR_BOND);
        bytes memory eligible = eligibleNow();
        assertEq(eligible.length, 8 * 20, "eligible");
        assertEq(quorum.taskOf(ask()).eligibleHash, keccak256(eligible), "list");
    }

    function test_rejectsWithoutAllowance() public {
        vm.prank(requester);
        token.approve(address(quorum), N * (uint256(REWARD) + FEE) - 1);
        vm.expectRevert();
        ask();
        assertEq(quorum.totalOwed(), 0, "owed");
        assertEq(quorum.nonceOf(requester), 0, "nonce");
    }

    function test_deploymentChecksItsParameters() public {
        IInferenceQuorum.Parameters memory parameters = standard();
        vm.expectRevert(IInferenceQuorum.ZeroAddress.selector);
        new InferenceQuorum(IWeftToken(address(0)), registry, parameters);
        vm.expectRevert(IInferenceQuorum.ZeroAddress.selector);
        new InferenceQuorum(token, INodeRegistry(address(0)), parameters);
        parameters.revealBlocks = 0;
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.BadWindows.selector, COMMIT_BLOCKS, 0));
        new InferenceQuorum(token, registry, parameters);
    }

    function test_saysHowItWasDeployed() public view {
        assertEq(keccak256(abi.encode(quorum.parameters())), keccak256(abi.encode(standard())), "parameters");
    }

    function test_unknownTasksAreSaidToBeUnknown() public {
        bytes memory expected = abi.encodeWithSelector(IInferenceQuorum.UnknownTask.selector, bytes32(uint256(1)));
        vm.expectRevert(expected);
        quorum.taskOf(bytes32(uint256(1)));
        vm.expectRevert(expected);
        quorum.draw(bytes32(uint256(1)), "");
        vm.expectRevert(expected);
        quorum.settle(bytes32(uint256(1)));
        vm.expectRevert(expected);
        quorum.exportReceipt(bytes32(uint256(1)));
    }

    function rejects(bytes32 manifest, bytes32 prompt, uint16 n, uint16 threshold, bytes memory expected) private {
        uint256 before = token.balanceOf(requester);
        uint256 nonce = quorum.nonceOf(requester);
        vm.expectRevert(expected);
        vm.prank(requester);
        quorum.request(manifest, prompt, n, threshold, REWARD);
        assertEq(token.balanceOf(requester), before, "money moved");
        assertEq(quorum.nonceOf(requester), nonce, "nonce");
    }
}

/// Task ids of another contract, as the format says.
library QuorumWireAt {
    function taskId(
        address quorum,
        address requester,
        uint256 nonce,
        bytes32 manifest,
        bytes32 prompt,
        uint16 n,
        uint16 threshold
    ) internal view returns (bytes32) {
        bytes memory place = abi.encodePacked(QuorumWire.TASK_DOMAIN, block.chainid, quorum, requester, nonce);
        return keccak256(bytes.concat(place, abi.encodePacked(manifest, prompt, n, threshold)));
    }
}
