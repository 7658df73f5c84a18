// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {NodeRegistry} from "../../src/NodeRegistry.sol";
import {Settlement} from "../../src/Settlement.sol";
import {WeftToken} from "../../src/WeftToken.sol";
import {HookedToken} from "../support/HookedToken.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// Called on every move of the token, tries the calls that it was given.
contract Intruder {
    address private immutable TARGET;
    bytes[] private _calls;
    uint256 public tries;
    uint256 public otherThanRefused;

    constructor(address target) {
        TARGET = target;
    }

    fallback() external {
        for (uint256 i = 0; i < _calls.length; ++i) {
            (bool ok, bytes memory answer) = TARGET.call(_calls[i]);
            tries += 1;
            if (ok || bytes4(answer) != ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector) {
                otherThanRefused += 1;
            }
        }
    }

    function add(bytes calldata data) external {
        _calls.push(data);
    }
}

/// A token that calls out in the middle of everything gets nothing done.
contract SettlementReentrancyTest is SettlementNetwork {
    HookedToken private hooked;

    function setUp() public override {
        vm.warp(START);
        hooked = new HookedToken(community);
        token = WeftToken(address(hooked));
        registry = new NodeRegistry(
            token, INodeRegistry.Parameters(PROVIDER_BOND, VALIDATOR_BOND, COOLDOWN_SECONDS, COOLDOWN_BLOCKS)
        );
        settlement = new Settlement(token, registry, defaultParams());
        wire(address(settlement));
        addValidator(V1);
        addValidator(V2);
        addProvider(P1);
        addProvider(P2);
        depositOf(C1, DEPOSIT);
        depositOf(C2, DEPOSIT);
        allow(HUNTER, 1000e18);
    }

    function test_noCallRunsInsideAnother() public {
        Built memory first = postedFour();
        Built memory built = postedFour();
        contest(built, ISettlement.Kind.Debit, consumer1);
        Intruder intruder = _intruder(first, built);
        pass(CHALLENGE_WINDOW);
        hooked.setHook(address(intruder));

        settlement.closeChallenge(built.header, ISettlement.Kind.Debit, consumer1);
        settlement.duplicate(proofOf(first, 3), proofOf(built, 3), built.debits, built.credits);
        vm.startPrank(HUNTER);
        settlement.deposit(1);
        settlement.withdrawCredits(HUNTER);
        vm.stopPrank();
        assertLe(1, intruder.tries(), "it tried");
        assertEq(intruder.otherThanRefused(), 0, "and was refused every time");
    }

    function _intruder(Built memory first, Built memory built) private returns (Intruder intruder) {
        intruder = new Intruder(address(settlement));
        ISettlement.SignedLeaf[] memory leaves = shownOf(built, ISettlement.Kind.Debit, consumer1);
        intruder.add(abi.encodeCall(ISettlement.deposit, (1)));
        intruder.add(abi.encodeCall(ISettlement.requestWithdraw, (0)));
        intruder.add(abi.encodeCall(ISettlement.withdraw, (HUNTER)));
        intruder.add(abi.encodeCall(ISettlement.withdrawCredits, (HUNTER)));
        intruder.add(abi.encodeCall(ISettlement.pledge, (0)));
        intruder.add(abi.encodeCall(ISettlement.requestUnpledge, (1)));
        intruder.add(abi.encodeCall(ISettlement.unpledge, ()));
        intruder.add(abi.encodeCall(ISettlement.finalize, (first.header, first.credits)));
        intruder.add(abi.encodeCall(ISettlement.postBatch, (2, 0, 1, built.debits, built.credits, "")));
        intruder.add(abi.encodeCall(ISettlement.challenge, (built.header, ISettlement.Kind.Debit, built.debits, 0)));
        intruder.add(abi.encodeCall(ISettlement.answer, (built.header, ISettlement.Kind.Debit, consumer1, leaves)));
        intruder.add(abi.encodeCall(ISettlement.closeChallenge, (built.header, ISettlement.Kind.Debit, consumer1)));
        intruder.add(abi.encodeCall(ISettlement.collectBond, (0, ISettlement.Kind.Debit, consumer1)));
        intruder.add(
            abi.encodeCall(ISettlement.duplicate, (proofOf(first, 3), proofOf(built, 3), built.debits, built.credits))
        );
        intruder.add(abi.encodeCall(ISettlement.chargeFault, (proofOf(built, 3), built.debits, built.credits)));
    }
}
