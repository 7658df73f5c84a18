// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InferenceQuorum} from "../../src/InferenceQuorum.sol";
import {ICommitVerifier} from "../../src/interfaces/ICommitVerifier.sol";
import {IInferenceQuorum} from "../../src/interfaces/IInferenceQuorum.sol";
import {OperatorDraw} from "../../src/libraries/OperatorDraw.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {Network} from "./Network.sol";

/// @title A quorum with ten providers, and the steps of a task.
abstract contract QuorumNetwork is Network {
    uint256 internal constant FEE = 0.01e18;
    uint256 internal constant MIN_SLASH = 100e18;
    uint64 internal constant COMMIT_BLOCKS = 30;
    uint64 internal constant REVEAL_BLOCKS = 30;
    uint128 internal constant REWARD = 2e18;
    uint16 internal constant N = 5;
    uint16 internal constant THRESHOLD = 3;
    bytes32 internal constant PROMPT = keccak256("a prompt");
    bytes32 internal constant OUTPUT = keccak256("the answer");
    bytes32 internal constant OTHER = keccak256("another answer");
    bytes32 internal constant NONCE = keccak256("kept until the reveal");
    bytes32 internal constant C_CHAIN = bytes32(uint256(96_369));
    bytes32 internal constant A_CHAIN = bytes32(uint256(31_337));

    address internal immutable requester = address(0xBEEF);
    /// Another contract that may lock stakes.
    address internal immutable otherModule = address(0x5E771E);
    InferenceQuorum internal quorum;
    address[] internal providers;
    /// The block's number: the compiler takes `block.number` for constant within a test.
    uint256 internal height;

    function deployQuorum(IInferenceQuorum.Parameters memory parameters, uint256 count) internal {
        delete providers;
        deployNetwork();
        quorum = new InferenceQuorum(token, registry, parameters);
        address[] memory modules = new address[](2);
        (modules[0], modules[1]) = (address(quorum), otherModule);
        registry.wire(modules);
        for (uint256 i = 0; i < count; ++i) {
            addProvider(PROVIDER_BOND);
        }
        fund(requester, 1_000_000e18);
        vm.prank(requester);
        token.approve(address(quorum), type(uint256).max);
        advance(1000);
    }

    function addProvider(uint256 stake) internal returns (address node) {
        node = address(uint160(0x10000 + providers.length));
        registerProvider(node, stake);
        providers.push(node);
    }

    function standard() internal pure returns (IInferenceQuorum.Parameters memory) {
        return IInferenceQuorum.Parameters({
            cChainId: C_CHAIN,
            aChainId: A_CHAIN,
            verifier: ICommitVerifier(address(0)),
            feePerOperator: FEE,
            minSlash: MIN_SLASH,
            commitBlocks: COMMIT_BLOCKS,
            revealBlocks: REVEAL_BLOCKS,
            slashDissenters: false
        });
    }

    function advance(uint256 blocks) internal {
        height += blocks;
        vm.roll(height);
    }

    function ask() internal returns (bytes32 taskId) {
        vm.prank(requester);
        return quorum.request(MANIFEST, PROMPT, N, THRESHOLD, REWARD);
    }

    function eligibleNow() internal view returns (bytes memory) {
        return OperatorDraw.pack(registry.listServing(MANIFEST, 0, 1000));
    }

    /// Asks and draws: the operators in the order of their seats, in the block of the draw.
    function drawn() internal returns (bytes32 taskId, address[] memory operators) {
        taskId = ask();
        operators = drawNow(taskId);
    }

    function drawNow(bytes32 taskId) internal returns (address[] memory operators) {
        bytes memory eligible = eligibleNow();
        advance(3);
        quorum.draw(taskId, eligible);
        operators = operatorsOf(taskId);
    }

    function operatorsOf(bytes32 taskId) internal view returns (address[] memory operators) {
        IInferenceQuorum.Seat[] memory seats = quorum.seatsOf(taskId);
        operators = new address[](seats.length);
        for (uint256 i = 0; i < seats.length; ++i) {
            operators[i] = seats[i].operator;
        }
    }

    function commitmentOf(bytes32 taskId, address operator, bytes32 output) internal pure returns (bytes32) {
        QuorumWire.Answer memory given = QuorumWire.Answer(taskId, MANIFEST, PROMPT, output, 0, NONCE);
        return QuorumWire.commitment(given, operator);
    }

    function commitAs(bytes32 taskId, address operator, uint256 seat, bytes32 output) internal {
        vm.prank(operator);
        quorum.commit(taskId, seat, commitmentOf(taskId, operator, output));
    }

    function revealAs(bytes32 taskId, address operator, uint256 seat, bytes32 output) internal {
        vm.prank(operator);
        quorum.reveal(taskId, seat, output, 0, NONCE);
    }

    /// Commits, reveals in the order of the seats, and settles. An output of 0 is no commitment at all.
    function answer(bytes32 taskId, address[] memory operators, bytes32[] memory outputs, uint256 reveals) internal {
        advance(1);
        for (uint256 i = 0; i < outputs.length; ++i) {
            if (outputs[i] != 0) commitAs(taskId, operators[i], i, outputs[i]);
        }
        advance(COMMIT_BLOCKS);
        for (uint256 i = 0; i < reveals; ++i) {
            if (outputs[i] != 0) revealAs(taskId, operators[i], i, outputs[i]);
        }
        advance(REVEAL_BLOCKS);
        quorum.settle(taskId);
    }

    function same(bytes32 output, uint256 count) internal pure returns (bytes32[] memory outputs) {
        outputs = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) {
            outputs[i] = output;
        }
    }

    function statusOf(bytes32 taskId) internal view returns (uint8) {
        return uint8(quorum.taskOf(taskId).status);
    }
}
