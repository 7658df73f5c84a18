// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InferenceQuorum} from "../src/InferenceQuorum.sol";
import {ICommitVerifier} from "../src/interfaces/ICommitVerifier.sol";
import {IInferenceQuorum} from "../src/interfaces/IInferenceQuorum.sol";
import {IModelRegistry} from "../src/interfaces/IModelRegistry.sol";
import {ISettlement} from "../src/interfaces/ISettlement.sol";
import {PROVIDER} from "../src/interfaces/INodeRegistry.sol";
import {ModelRegistry} from "../src/ModelRegistry.sol";
import {ScoreBoard} from "../src/ScoreBoard.sol";
import {Settlement} from "../src/Settlement.sol";
import {OperatorDraw} from "../src/libraries/OperatorDraw.sol";
import {SettlementNetwork} from "./support/SettlementNetwork.sol";
import {AccountAccess} from "./support/Vm.sol";

/// Every call that writes, made by whoever may make it, then spoiled in one place: rejected means that nothing is left of it.
contract RejectedCallsTest is SettlementNetwork {
    struct Call {
        address from;
        address to;
        bytes data;
    }

    address private constant NEWCOMER = address(0x4E77);
    address private constant LOOSE = address(0x100);

    InferenceQuorum private quorum;
    Call[] private calls;

    function setUp() public override {
        vm.warp(START);
        vm.roll(1000);
        deployNetwork();
        settlement = new Settlement(token, registry, defaultParams());
        quorum = new InferenceQuorum(
            token,
            registry,
            IInferenceQuorum.Parameters({
                cChainId: bytes32(uint256(1)),
                aChainId: bytes32(uint256(2)),
                verifier: ICommitVerifier(address(0)),
                feePerOperator: 1e16,
                minSlash: MIN_SLASH,
                commitBlocks: 30,
                revealBlocks: 30,
                slashDissenters: false
            })
        );
        ScoreBoard board = new ScoreBoard(registry, address(settlement), 3600, 500e18);
        address[] memory modules = new address[](3);
        (modules[0], modules[1], modules[2]) = (address(settlement), address(quorum), address(board));
        registry.wire(modules);
        addValidator(V1);
        addValidator(V2);
        addValidator(V3);
        addProvider(P1);
        addProvider(P2);
        depositOf(C1, DEPOSIT);
        depositOf(C2, DEPOSIT);
        allow(HUNTER, 1_000_000e18);
        for (uint160 i = 0; i < 5; ++i) {
            registerProvider(address(uint160(LOOSE) + i), PROVIDER_BOND);
        }
        _fillRegistryCalls();
        _fillSettlementCalls();
        _fillQuorumCalls();
        calls.push(Call(vm.addr(V1), address(board), abi.encodeCall(board.commit, ("scores"))));
        ModelRegistry models = new ModelRegistry(token, 0);
        IModelRegistry.Model memory model;
        (model.weightRoot, model.modality) = ("weights", 1);
        (model.tolerance.sketch, model.tolerance.committed, model.tolerance.omitted) = (1, 1, 1);
        calls.push(Call(HUNTER, address(models), abi.encodeCall(models.publish, ("manifest", model))));
    }

    /// Otherwise the next test would look at calls that were never possible, or at writes that it does not see.
    function test_everyCallGoesThroughAsItIsAndWrites() public {
        for (uint256 i = 0; i < calls.length; ++i) {
            (bool ok, uint256 writes) = _make(calls[i]);
            assertTrue(ok && writes > 0, vm.toString(i));
        }
    }

    function testFuzz_aRejectedCallWritesNothing(uint256 which, uint256 place, uint256 value, uint160 sender) public {
        for (uint256 i = 0; i < calls.length; ++i) {
            Call memory one = calls[i];
            // A word of the arguments, their end, or the sender.
            uint256 words = (one.data.length - 4) / 32;
            uint256 spoil = which % 4;
            if (spoil == 0) one.from = address(sender);
            else if (spoil == 1) _cut(one.data, place);
            else if (words != 0) _setWord(one.data, place % words, spoil == 2 ? value : value % 8);
            (bool ok, uint256 writes) = _make(one);
            assertTrue(ok || writes == 0, "a write of a rejected call stays");
        }
    }

    /// Makes a call and counts what it wrote that is still there.
    function _make(Call memory one) private returns (bool ok, uint256 writes) {
        vm.startStateDiffRecording();
        vm.prank(one.from);
        (ok,) = one.to.call(one.data);
        AccountAccess[] memory accesses = vm.stopAndReturnStateDiff();
        for (uint256 i = 0; i < accesses.length; ++i) {
            for (uint256 j = 0; j < accesses[i].storageAccesses.length; ++j) {
                bool isKept = !accesses[i].storageAccesses[j].reverted;
                if (isKept && accesses[i].storageAccesses[j].isWrite) ++writes;
            }
        }
    }

    function _fillRegistryCalls() private {
        fund(NEWCOMER, PROVIDER_BOND);
        fund(LOOSE, 1e18);
        vm.prank(NEWCOMER);
        token.approve(address(registry), PROVIDER_BOND);
        vm.prank(LOOSE);
        token.approve(address(registry), 1e18);
        bytes[] memory none = new bytes[](0);
        bytes memory register =
            abi.encodeCall(registry.register, (hex"0801", none, PROVIDER, one(MANIFEST), PROVIDER_BOND));
        calls.push(Call(NEWCOMER, address(registry), register));
        calls.push(Call(LOOSE, address(registry), abi.encodeCall(registry.addStake, (1e18))));
        bytes memory update = abi.encodeCall(registry.update, (none, PROVIDER, one(MANIFEST)));
        calls.push(Call(LOOSE, address(registry), update));
        address leaving = address(uint160(LOOSE) + 1);
        calls.push(Call(leaving, address(registry), abi.encodeCall(registry.deregister, ())));
    }

    function _fillSettlementCalls() private {
        Built memory built = postedFour();
        Job[] memory more = fourJobs();
        for (uint256 i = 0; i < more.length; ++i) {
            more[i].id = keccak256(abi.encode("more", more[i].id));
        }
        Built memory next = build(more);
        next.header.nonce = 1;
        ISettlement.Header memory h = next.header;
        bytes memory post = abi.encodeCall(
            settlement.postBatch, (h.nonce, h.root, h.jobs, next.debits, next.credits, approve(next, two(V1, V2)))
        );
        contest(built, ISettlement.Kind.Debit, consumer1);
        calls.push(Call(HUNTER, address(settlement), post));
        bytes memory answer = abi.encodeCall(
            settlement.answer,
            (built.header, ISettlement.Kind.Debit, consumer1, shownOf(built, ISettlement.Kind.Debit, consumer1))
        );
        calls.push(Call(NEWCOMER, address(settlement), answer));
        bytes memory challenge =
            abi.encodeCall(settlement.challenge, (built.header, ISettlement.Kind.Credit, built.credits, 0));
        calls.push(Call(HUNTER, address(settlement), challenge));
        calls.push(Call(HUNTER, address(settlement), abi.encodeCall(settlement.depositFor, (NEWCOMER, 5))));
        calls.push(Call(consumer1, address(settlement), abi.encodeCall(settlement.requestWithdraw, (5))));
        calls.push(Call(provider1, address(settlement), abi.encodeCall(settlement.pledge, (1e9))));
        calls.push(Call(provider1, address(settlement), abi.encodeCall(settlement.requestUnpledge, (1e9))));
    }

    function _fillQuorumCalls() private {
        allowQuorum();
        vm.prank(HUNTER);
        bytes32 drawn = quorum.request(MANIFEST, "prompt", 3, 2, 1e18);
        vm.prank(HUNTER);
        bytes32 asked = quorum.request(MANIFEST, "prompt", 3, 2, 1e18);
        bytes memory eligible = OperatorDraw.pack(registry.listServing(MANIFEST, 0, 100));
        vm.roll(1003);
        quorum.draw(drawn, eligible);
        vm.roll(1004);
        calls.push(Call(NEWCOMER, address(quorum), abi.encodeCall(quorum.draw, (asked, eligible))));
        address operator = quorum.seatsOf(drawn)[0].operator;
        calls.push(Call(operator, address(quorum), abi.encodeCall(quorum.commit, (drawn, 0, "answer"))));
        bytes memory request = abi.encodeCall(quorum.request, (MANIFEST, "prompt", 3, 2, 1e18));
        calls.push(Call(HUNTER, address(quorum), request));
    }

    function allowQuorum() private {
        vm.prank(HUNTER);
        token.approve(address(quorum), type(uint256).max);
    }

    function _setWord(bytes memory data, uint256 word, uint256 value) private pure {
        assembly ("memory-safe") {
            mstore(add(add(data, 0x24), mul(word, 0x20)), value)
        }
    }

    function _cut(bytes memory data, uint256 place) private pure {
        uint256 length = 4 + place % (data.length - 3);
        assembly ("memory-safe") {
            mstore(data, length)
        }
    }
}
