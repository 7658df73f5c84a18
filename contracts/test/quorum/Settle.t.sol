// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

contract QuorumSettleTest is QuorumNetwork {
    uint256 private constant ESCROW = uint256(N) * REWARD;

    function setUp() public {
        deployQuorum(standard(), 10);
    }

    function test_allAgree() public {
        (bytes32 task, address[] memory operators) = drawn();
        answer(task, operators, same(OUTPUT, N), N);
        for (uint256 i = 0; i < N; ++i) {
            assertEq(quorum.creditOf(operators[i]), REWARD, "reward");
            assertEq(registry.stakeOf(operators[i]), PROVIDER_BOND, "stake");
        }
        assertEq(quorum.creditOf(requester), 0, "nothing left");
        (IInferenceQuorum.Status status, bytes32 output) = quorum.getCanonicalResult(task);
        assertEq(uint8(status), uint8(IInferenceQuorum.Status.Completed), "status");
        assertEq(output, OUTPUT, "output");
    }

    function test_aMinorityIsPaidNothingAndLosesNothing() public {
        (bytes32 task, address[] memory operators) = drawn();
        bytes32[] memory outputs = same(OUTPUT, N);
        outputs[1] = OTHER;
        outputs[4] = OTHER;
        answer(task, operators, outputs, N);
        assertEq(quorum.creditOf(operators[0]), REWARD, "winner");
        assertEq(quorum.creditOf(operators[1]), 0, "minority");
        assertEq(registry.stakeOf(operators[1]), PROVIDER_BOND, "stake of the minority");
        assertEq(quorum.creditOf(requester), 2 * uint256(REWARD), "left");
    }

    function test_winnersShareWhatSilenceCosts() public {
        (bytes32 task, address[] memory operators) = drawn();
        // The last of four committed stays silent, the fifth never committed.
        answer(task, operators, same(OUTPUT, 4), 3);
        uint256 share = MIN_SLASH / 3;
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(quorum.creditOf(operators[i]), REWARD + share, "winner");
        }
        assertEq(registry.stakeOf(operators[3]), PROVIDER_BOND - MIN_SLASH, "silent");
        assertEq(registry.stakeOf(operators[4]), PROVIDER_BOND, "never committed");
        assertEq(quorum.creditOf(requester), 2 * uint256(REWARD) + MIN_SLASH - 3 * share, "left");
        assertEq(quorum.totalOwed(), ESCROW + MIN_SLASH, "owed");
        assertEq(token.balanceOf(address(quorum)), ESCROW + MIN_SLASH, "held");
    }

    function test_withoutAMajorityTheRequesterGetsAll() public {
        (bytes32 task, address[] memory operators) = drawn();
        bytes32[] memory outputs = same(OUTPUT, N);
        outputs[0] = OTHER;
        outputs[1] = OTHER;
        answer(task, operators, outputs, 4);
        assertEq(statusOf(task), uint8(IInferenceQuorum.Status.Failed), "status");
        assertEq(quorum.creditOf(requester), ESCROW + MIN_SLASH, "refund and pool");
        (IInferenceQuorum.Status status, bytes32 output) = quorum.getCanonicalResult(task);
        assertEq(uint8(status), uint8(IInferenceQuorum.Status.Failed), "status");
        assertEq(output, 0, "no output");
    }

    function test_aHigherThresholdThanTheMajorityIsKept() public {
        vm.prank(requester);
        bytes32 task = quorum.request(MANIFEST, PROMPT, N, 4, REWARD);
        address[] memory operators = drawNow(task);
        bytes32[] memory outputs = same(OUTPUT, N);
        outputs[0] = OTHER;
        outputs[1] = OTHER;
        answer(task, operators, outputs, N);
        assertEq(statusOf(task), uint8(IInferenceQuorum.Status.Failed), "three of four needed");
    }

    function test_aLargeRewardRaisesTheSlashUpToTheStake() public {
        vm.prank(requester);
        bytes32 task = quorum.request(MANIFEST, PROMPT, N, THRESHOLD, 50e18);
        answer(task, drawNow(task), same(OUTPUT, 4), 3);
        address silent = operatorsOf(task)[3];
        assertEq(registry.stakeOf(silent), PROVIDER_BOND - 500e18, "ten rewards");
        assertTrue(!registry.isServing(silent, MANIFEST), "still listed below its bond");

        vm.prank(requester);
        task = quorum.request(MANIFEST, PROMPT, N, THRESHOLD, 5000e18);
        answer(task, drawNow(task), same(OUTPUT, 4), 3);
        assertEq(registry.stakeOf(operatorsOf(task)[3]), 0, "all of it");
    }

    function test_whatStandsBehindOtherModulesStays() public {
        for (uint256 i = 0; i < providers.length; ++i) {
            vm.prank(otherModule);
            registry.lock(providers[i], PROVIDER_BOND - 40e18);
        }
        (bytes32 task, address[] memory operators) = drawn();
        answer(task, operators, same(OUTPUT, 4), 3);
        assertEq(registry.stakeOf(operators[3]), PROVIDER_BOND - 40e18, "what was free");
        assertEq(quorum.creditOf(operators[0]), REWARD + uint256(40e18) / 3, "winner");

        // Nothing is free any more: silence costs nothing, and the task still ends.
        for (uint256 i = 0; i < providers.length; ++i) {
            uint256 free = registry.freeStakeOf(providers[i]);
            vm.prank(otherModule);
            registry.lock(providers[i], free);
        }
        uint256 stakes = registry.totalStake();
        (task, operators) = drawn();
        answer(task, operators, same(OUTPUT, N), 0);
        assertEq(statusOf(task), uint8(IInferenceQuorum.Status.Failed), "status");
        assertEq(registry.totalStake(), stakes, "locked elsewhere");
    }

    function test_dissentersAreSlashedOnlyWhereTheDeploymentSaysSo() public {
        IInferenceQuorum.Parameters memory parameters = standard();
        parameters.slashDissenters = true;
        deployQuorum(parameters, 10);
        (bytes32 task, address[] memory operators) = drawn();
        bytes32[] memory outputs = same(OUTPUT, N);
        outputs[1] = OTHER;
        answer(task, operators, outputs, N);
        assertEq(registry.stakeOf(operators[1]), PROVIDER_BOND - MIN_SLASH, "dissenter");
        assertEq(quorum.creditOf(operators[0]), REWARD + MIN_SLASH / 4, "winner");

        (task, operators) = drawn();
        outputs[2] = OTHER;
        outputs[3] = keccak256("a third answer");
        uint256 stake = registry.stakeOf(operators[1]);
        answer(task, operators, outputs, N);
        assertEq(statusOf(task), uint8(IInferenceQuorum.Status.Failed), "status");
        assertEq(registry.stakeOf(operators[1]), stake, "nobody dissents from nothing");
    }

    function test_settlesOnce() public {
        (bytes32 task, address[] memory operators) = drawn();
        answer(task, operators, same(OUTPUT, N), N);
        bytes memory expected =
            abi.encodeWithSelector(IInferenceQuorum.WrongStatus.selector, task, IInferenceQuorum.Status.Completed);
        vm.expectRevert(expected);
        quorum.settle(task);
        vm.expectRevert(expected);
        quorum.cancel(task);
        assertEq(quorum.totalOwed(), ESCROW, "owed");
    }

    function test_creditIsPaidOnce() public {
        (bytes32 task, address[] memory operators) = drawn();
        answer(task, operators, same(OUTPUT, N), N);
        vm.prank(operators[0]);
        assertEq(quorum.withdrawRewards(), REWARD, "amount");
        assertEq(token.balanceOf(operators[0]), REWARD, "paid");
        assertEq(quorum.totalOwed(), ESCROW - REWARD, "owed");
        vm.expectRevert(abi.encodeWithSelector(IInferenceQuorum.NoCredit.selector, operators[0]));
        vm.prank(operators[0]);
        quorum.withdrawRewards();
    }

    function test_theReceiptSaysHowItEnded() public {
        (bytes32 task, address[] memory operators) = drawn();
        bytes memory pending =
            abi.encodeWithSelector(IInferenceQuorum.WrongStatus.selector, task, IInferenceQuorum.Status.Pending);
        vm.expectRevert(pending);
        quorum.exportReceipt(task);
        bytes32[] memory outputs = same(OUTPUT, N);
        outputs[0] = OTHER;
        answer(task, operators, outputs, N);
        (bytes memory receipt, bytes32 receiptHash, uint256 index) = quorum.exportReceipt(task);
        address[] memory winners = new address[](4);
        for (uint256 i = 0; i < 4; ++i) {
            winners[i] = operators[i + 1];
        }
        bytes memory expected = QuorumWire.encode(
            QuorumWire.Receipt({
                intentId: 0,
                taskId: task,
                cChainId: C_CHAIN,
                aChainId: A_CHAIN,
                requester: requester,
                manifest: MANIFEST,
                promptHash: PROMPT,
                canonicalOutputHash: OUTPUT,
                status: 2,
                n: N,
                threshold: THRESHOLD,
                winnersRoot: rootOf(winners),
                operatorsRoot: rootOf(operators),
                feePaid: N * FEE,
                settledAtHeight: uint64(height)
            })
        );
        assertEq(receipt, expected, "receipt");
        assertEq(receiptHash, QuorumWire.receiptHash(expected), "hash");
        assertEq(index, 0, "index");
    }

    function test_winnersAreInTheOrderOfTheirReveals() public {
        (bytes32 task, address[] memory operators) = drawn();
        advance(1);
        for (uint256 i = 0; i < N; ++i) {
            commitAs(task, operators[i], i, OUTPUT);
        }
        advance(COMMIT_BLOCKS);
        address[] memory winners = new address[](3);
        for (uint256 i = 0; i < 3; ++i) {
            winners[i] = operators[4 - i];
            revealAs(task, winners[i], 4 - i, OUTPUT);
        }
        advance(REVEAL_BLOCKS);
        quorum.settle(task);
        assertEq(quorum.taskOf(task).winnersRoot, rootOf(winners), "winnersRoot");
        assertEq(quorum.taskOf(task).operatorsRoot, rootOf(operators), "operatorsRoot");
    }

    function test_everyEndedTaskIsInTheTree() public {
        bytes32[] memory hashes = new bytes32[](3);
        for (uint256 i = 0; i < 3; ++i) {
            (bytes32 task, address[] memory operators) = drawn();
            answer(task, operators, same(i == 1 ? bytes32(0) : OUTPUT, N), N);
            uint256 index;
            (, hashes[i], index) = quorum.exportReceipt(task);
            assertEq(index, i, "index");
        }
        (bytes32 root, uint256 count) = quorum.receiptTree();
        assertEq(count, 3, "count");
        bytes32 left = KeccakTree.parentOf(KeccakTree.leafOf(hashes[0]), KeccakTree.leafOf(hashes[1]));
        bytes32 last = KeccakTree.leafOf(hashes[2]);
        assertEq(root, KeccakTree.parentOf(left, KeccakTree.parentOf(last, last)), "root");
        bytes32[] memory path = new bytes32[](2);
        path[0] = last;
        path[1] = left;
        assertTrue(quorum.isExported(hashes[2], 2, path), "its own path");
        assertTrue(!quorum.isExported(hashes[2], 3, path), "a place that is none");
        assertTrue(!quorum.isExported(hashes[1], 2, path), "another receipt");
    }

    function testFuzz_nothingIsLostOrMade(uint8[5] calldata kinds, uint128 reward) public {
        reward = uint128(bound(reward, 0, 10_000e18));
        vm.prank(requester);
        bytes32 task = quorum.request(MANIFEST, PROMPT, N, THRESHOLD, reward);
        address[] memory operators = drawNow(task);
        uint256 before = token.balanceOf(address(quorum)) + registry.totalStake();
        advance(1);
        for (uint256 i = 0; i < N; ++i) {
            if (kinds[i] % 4 != 0) commitAs(task, operators[i], i, kinds[i] % 4 == 1 ? OTHER : OUTPUT);
        }
        advance(COMMIT_BLOCKS);
        for (uint256 i = 0; i < N; ++i) {
            if (kinds[i] % 4 == 1) revealAs(task, operators[i], i, OTHER);
            if (kinds[i] % 4 == 2) revealAs(task, operators[i], i, OUTPUT);
        }
        advance(REVEAL_BLOCKS);
        quorum.settle(task);
        uint256 credits = quorum.creditOf(requester);
        for (uint256 i = 0; i < N; ++i) {
            credits += quorum.creditOf(operators[i]);
            if (kinds[i] % 4 != 3) assertEq(registry.stakeOf(operators[i]), PROVIDER_BOND, "stake without a fault");
        }
        assertEq(credits, quorum.totalOwed(), "owed");
        assertEq(credits, token.balanceOf(address(quorum)), "held");
        assertEq(credits + registry.totalStake(), before, "slashed stake has moved here");
    }

    function rootOf(address[] memory list) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            leaves[i] = KeccakTree.leafOf(list[i]);
        }
        return KeccakTree.root(leaves);
    }
}
