// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementNetwork} from "../support/SettlementNetwork.sol";

/// What a job costs in a full batch: 1,000 jobs, 20 providers, 50 consumers, two signers.
/// forge-config: default.isolate = true
contract SettlementGasTest is SettlementNetwork {
    uint256 private constant JOBS = 1000;
    uint256 private constant PROVIDERS = 20;
    uint256 private constant CONSUMERS = 50;
    /// Posting and finalizing together, with the base cost of both transactions and their calldata.
    uint256 private constant HIGHEST_GAS_PER_JOB = 650;

    function setUp() public override {
        super.setUp();
        for (uint256 i = 0; i < PROVIDERS; ++i) {
            addProvider(0xB100 + i);
        }
        for (uint256 i = 0; i < CONSUMERS; ++i) {
            depositOf(0xC100 + i, DEPOSIT);
        }
    }

    function test_aJobOfAFullBatchCostsLittle() public {
        _settle(0);
        // From the second batch on, every slot but the batch's own has been written before.
        (uint256 posting, uint256 finalizing) = _settle(1);
        vm.snapshotValue("settlement: postBatch, 1000 jobs", posting);
        vm.snapshotValue("settlement: finalize, 1000 jobs", finalizing);
        vm.snapshotValue("settlement: gas per job", (posting + finalizing) / JOBS);
        assertLe(posting + finalizing, HIGHEST_GAS_PER_JOB * JOBS, "gas of 1000 jobs");
    }

    function _settle(uint256 round) private returns (uint256 posting, uint256 finalizing) {
        vm.warp(START + round * 2 days);
        Job[] memory jobs = new Job[](JOBS);
        for (uint256 i = 0; i < JOBS; ++i) {
            // Seven providers' worth of stride, so that every consumer meets every provider.
            jobs[i] = Job(
                keccak256(abi.encode(round, i)),
                0xC100 + i % CONSUMERS,
                vm.addr(0xB100 + i * 7 % PROVIDERS),
                0.1234567891234e18 + i * 1e13
            );
        }
        Built memory built = build(jobs);
        post(built, two(V1, V2));
        posting = vm.lastCallGas().gasTotalUsed;
        vm.warp(START + round * 2 days + CHALLENGE_WINDOW);
        settlement.finalize(built.header, built.credits);
        finalizing = vm.lastCallGas().gasTotalUsed;
    }
}
