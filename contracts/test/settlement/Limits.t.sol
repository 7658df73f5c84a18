// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry} from "../../src/interfaces/INodeRegistry.sol";
import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {IWeftToken} from "../../src/interfaces/IWeftToken.sol";
import {Settlement} from "../../src/Settlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// The ends of what fits: packed fields, and parameters that make sense.
contract SettlementLimitsTest is SettlementNetwork {
    /// A claim of 2^53 gwei would leave its field as 0 and raise the limit beside it by one.
    function test_aClaimThatLeavesItsFieldIsRefused() public {
        Built memory built = build(fourJobs());
        uint256 place = placeOf(built.credits, provider1);
        setWord(built.credits, place, entryOf(provider1, (1 << 53) * 1e9));
        (,,, uint256 limitBefore,) = settlement.accountOf(provider1);
        vm.expectRevert(ISettlement.ListMismatch.selector);
        settlement.postBatch(0, built.header.root, built.header.jobs, built.debits, built.credits, "");
        (, uint256 claims,, uint256 limit,) = settlement.accountOf(provider1);
        assertEq(claims, 0, "claims");
        assertEq(limit, limitBefore, "limit");
    }

    function testFuzz_noClaimAboveTheLimitPasses(uint96 amount) public {
        (,,, uint256 limit,) = settlement.accountOf(provider1);
        amount = uint96(bound(amount, limit + 1, type(uint96).max));
        Built memory built = build(fourJobs());
        setWord(built.credits, placeOf(built.credits, provider1), entryOf(provider1, amount));
        (bool ok, bytes memory reason) = address(settlement)
            .call(
                abi.encodeCall(
                    settlement.postBatch, (0, built.header.root, built.header.jobs, built.debits, built.credits, "")
                )
            );
        // Not only because credits are above the total, which comes later.
        bool isForItsSize = bytes4(reason) == ISettlement.ClaimAboveLimit.selector
            || bytes4(reason) == ISettlement.ListMismatch.selector;
        assertTrue(!ok && isForItsSize, "refused for its size");
    }

    function testFuzz_noDebitAboveTheDepositPasses(uint96 amount) public {
        amount = uint96(bound(amount, DEPOSIT + 1, type(uint96).max));
        Built memory built = build(fourJobs());
        setWord(built.debits, placeOf(built.debits, consumer1), entryOf(consumer1, amount));
        vm.expectPartialRevert(ISettlement.DebitAboveDeposit.selector);
        settlement.postBatch(0, built.header.root, built.header.jobs, built.debits, built.credits, "");
        assertEq(depositedBy(consumer1), DEPOSIT, "deposit");
    }

    function test_deploymentChecksItsParameters() public {
        ISettlement.Params memory given = defaultParams();
        given.validatorBps = 10_001;
        vm.expectRevert(ISettlement.BadParams.selector);
        new Settlement(token, registry, given);
        given = defaultParams();
        given.challengeWindow = 0;
        vm.expectRevert(ISettlement.BadParams.selector);
        new Settlement(token, registry, given);
        given = defaultParams();
        given.minSlash = 0;
        vm.expectRevert(ISettlement.BadParams.selector);
        new Settlement(token, registry, given);
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        new Settlement(token, INodeRegistry(address(0)), defaultParams());
        vm.expectRevert(ISettlement.ZeroAddress.selector);
        new Settlement(IWeftToken(address(0)), registry, defaultParams());
    }
}
