// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {SettlementHandler} from "../support/SettlementHandler.sol";
import {SettlementReplay} from "../support/SettlementReplay.sol";
import {Test} from "../support/Test.sol";
import {Log} from "../support/Vm.sol";

/// Who reads events only, and neither calls nor storage, knows the accounts as the contract does.
contract SettlementEventsTest is Test {
    /// forge-config: default.fuzz.runs = 32
    function testFuzz_whatIsKeptIsWhatEventsTellWithHostileSigners(uint256 seed) public {
        _play(true, seed);
    }

    /// forge-config: default.fuzz.runs = 32
    function testFuzz_whatIsKeptIsWhatEventsTellWithHonestSigners(uint256 seed) public {
        _play(false, seed);
    }

    function _play(bool isHostile, uint256 seed) private {
        vm.recordLogs();
        SettlementHandler handler = new SettlementHandler(isHostile);
        (ISettlement settlement,,) = handler.world();
        SettlementReplay replay = new SettlementReplay(settlement);
        for (uint256 i = 0; i < 3; ++i) {
            handler.postSome(uint256(keccak256(abi.encode(seed, i))), 4);
            handler.contestAny(i, seed >> i, seed);
        }
        replay.read(vm.getRecordedLogs());
        for (uint256 i = 0; i < 16; ++i) {
            (bool isDone,) = address(handler).call(_step(handler, uint256(keccak256(abi.encode(seed, "step", i)))));
            Log[] memory logs = vm.getRecordedLogs();
            // A chain keeps no events of a call that was refused; what was recorded has them.
            if (isDone) replay.read(logs);
        }
        replay.requireSame();
        handler.finish();
        replay.read(vm.getRecordedLogs());
        replay.requireSame();
        assertLe(1, replay.contests(), "contests");
    }

    /// One thing that somebody does.
    function _step(SettlementHandler handler, uint256 random) private pure returns (bytes memory) {
        uint256 a = random >> 16;
        uint256 b = random >> 32;
        uint256 c = random >> 48;
        uint256 what = random % 10;
        if (what == 0) return abi.encodeCall(handler.postSome, (a, b));
        if (what == 1) return abi.encodeCall(handler.contestAny, (a, b, c));
        if (what == 2) return abi.encodeCall(handler.answerAny, (a, b, c));
        if (what == 3) return abi.encodeCall(handler.duplicateAny, (a, b, c, random >> 64));
        if (what == 4) return abi.encodeCall(handler.convict, (a));
        if (what == 5) return abi.encodeCall(handler.chargeAny, (a, b));
        if (what == 6) return abi.encodeCall(handler.requestLeave, (a, b));
        if (what == 7) return abi.encodeCall(handler.unpledge, (a));
        if (what == 8) return abi.encodeCall(handler.withdrawSome, (a));
        return abi.encodeCall(handler.wait_, (a));
    }
}
