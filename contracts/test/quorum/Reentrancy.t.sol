// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {InferenceQuorum} from "../../src/InferenceQuorum.sol";
import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {WeftToken} from "../../src/WeftToken.sol";
import {HookedToken} from "../support/HookedToken.sol";
import {QuorumNetwork} from "../support/QuorumNetwork.sol";

/// Called on every move of the token, tries every call of the quorum that writes.
contract Intruder {
    InferenceQuorum private immutable QUORUM;
    bytes32 private immutable TASK;
    uint256 public tries;
    uint256 public otherThanRefused;

    constructor(InferenceQuorum quorum, bytes32 task) {
        QUORUM = quorum;
        TASK = task;
    }

    fallback() external {
        QuorumWire.Intent memory intent;
        attempt(abi.encodeCall(QUORUM.withdrawRewards, ()));
        attempt(abi.encodeCall(QUORUM.settle, (TASK)));
        attempt(abi.encodeCall(QUORUM.cancel, (TASK)));
        attempt(abi.encodeCall(QUORUM.draw, (TASK, "")));
        attempt(abi.encodeCall(QUORUM.commit, (TASK, 0, TASK)));
        attempt(abi.encodeCall(QUORUM.reveal, (TASK, 0, TASK, 0, 0)));
        attempt(abi.encodeCall(QUORUM.request, (TASK, TASK, 3, 2, 0)));
        attempt(abi.encodeCall(QUORUM.importIntent, (intent, "")));
    }

    function withdraw() external {
        QUORUM.withdrawRewards();
    }

    function attempt(bytes memory data) private {
        (bool ok, bytes memory answer) = address(QUORUM).call(data);
        tries += 1;
        if (ok || bytes4(answer) != ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector) {
            otherThanRefused += 1;
        }
    }
}

contract QuorumReentrancyTest is QuorumNetwork {
    HookedToken private hooked;

    function setUp() public {
        hooked = new HookedToken(community);
        token = WeftToken(address(hooked));
        registry = new NodeRegistry(
            token, INodeRegistry.Parameters(PROVIDER_BOND, VALIDATOR_BOND, COOLDOWN_SECONDS, COOLDOWN_BLOCKS)
        );
        quorum = new InferenceQuorum(token, registry, standard());
        wire(address(quorum));
        for (uint256 i = 0; i < 10; ++i) {
            addProvider(PROVIDER_BOND);
        }
        fund(requester, 1000e18);
        vm.prank(requester);
        token.approve(address(quorum), type(uint256).max);
        advance(1000);
    }

    function test_notWhileATaskIsPaidFor() public {
        Intruder intruder = enter(0);
        ask();
        refused(intruder, 2);
        assertEq(quorum.totalOwed(), uint256(N) * REWARD, "owed");
    }

    function test_notWhileATaskIsSettledAndSilenceSlashed() public {
        (bytes32 task, address[] memory operators) = drawn();
        advance(1);
        commitAs(task, operators[0], 0, OUTPUT);
        advance(60);
        Intruder intruder = enter(task);
        quorum.settle(task);
        refused(intruder, 1);
        assertEq(quorum.totalOwed(), uint256(N) * REWARD + MIN_SLASH, "owed");
        assertEq(token.balanceOf(address(quorum)), quorum.totalOwed(), "held");
    }

    function test_notWhileCreditIsPaid() public {
        // The intruder itself has credit: it pays for a task that nobody draws.
        bytes32 task = ask();
        Intruder intruder = new Intruder(quorum, task);
        fund(address(intruder), 1000e18);
        vm.startPrank(address(intruder));
        token.approve(address(quorum), type(uint256).max);
        bytes32 own = quorum.request(MANIFEST, PROMPT, N, THRESHOLD, REWARD);
        vm.stopPrank();
        advance(259);
        quorum.cancel(own);
        hooked.setHook(address(intruder));
        uint256 before = token.balanceOf(address(intruder));
        intruder.withdraw();
        refused(intruder, 1);
        assertEq(token.balanceOf(address(intruder)) - before, uint256(N) * REWARD, "paid once");
        assertEq(token.balanceOf(address(quorum)), quorum.totalOwed(), "held");
    }

    function enter(bytes32 task) private returns (Intruder intruder) {
        intruder = new Intruder(quorum, task);
        hooked.setHook(address(intruder));
    }

    function refused(Intruder intruder, uint256 moves) private view {
        assertEq(intruder.tries(), 8 * moves, "tries");
        assertEq(intruder.otherThanRefused(), 0, "entered");
    }
}
