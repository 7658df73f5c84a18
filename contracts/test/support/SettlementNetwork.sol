// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {Settlement} from "../../src/Settlement.sol";
import {Network} from "./Network.sol";
import {SettlementRig} from "./SettlementRig.sol";

/// @title A settlement with three pledged validators, two pledged providers and two consumers who deposited.
abstract contract SettlementNetwork is Network, SettlementRig {
    uint64 internal constant START = 1_800_000_000;
    uint64 internal constant CHALLENGE_WINDOW = 24 hours;
    uint64 internal constant ANSWER_WINDOW = 12 hours;
    uint64 internal constant FURTHER_WINDOW = 6 hours;
    uint64 internal constant RESERVATION_LIFE = 1 hours;
    uint64 internal constant BATCH_AGE = 2 days;
    uint256 internal constant SHARE_BPS = 1000;
    uint256 internal constant MIN_SLASH = 100e18;
    uint256 internal constant DEPOSIT = 1000e18;
    uint256 internal constant PROVIDER_PLEDGE = 800e18;

    // Keys, not addresses: these parties sign.
    uint256 internal constant V1 = 0xA001;
    uint256 internal constant V2 = 0xA002;
    uint256 internal constant V3 = 0xA003;
    uint256 internal constant P1 = 0xB001;
    uint256 internal constant P2 = 0xB002;
    uint256 internal constant C1 = 0xC001;
    uint256 internal constant C2 = 0xC002;
    address internal constant HUNTER = address(0xDEAF);

    address internal immutable provider1 = vm.addr(P1);
    address internal immutable provider2 = vm.addr(P2);
    address internal immutable consumer1 = vm.addr(C1);
    address internal immutable consumer2 = vm.addr(C2);

    function setUp() public virtual {
        vm.warp(START);
        deployNetwork();
        settlement = new Settlement(token, registry, defaultParams());
        wire(address(settlement));
        addValidator(V1);
        addValidator(V2);
        addValidator(V3);
        addProvider(P1);
        addProvider(P2);
        depositOf(C1, DEPOSIT);
        depositOf(C2, DEPOSIT);
        allow(HUNTER, 1_000_000e18);
    }

    function defaultParams() internal pure returns (ISettlement.Params memory) {
        return ISettlement.Params({
            challengeWindow: CHALLENGE_WINDOW,
            answerWindow: ANSWER_WINDOW,
            furtherWindow: FURTHER_WINDOW,
            maxReservationLife: RESERVATION_LIFE,
            maxBatchAge: BATCH_AGE,
            validatorBps: uint16(SHARE_BPS),
            slashMultiple: 10,
            minSlash: uint96(MIN_SLASH),
            challengeBond: 1e18,
            bondPerJob: 1e16
        });
    }

    function addValidator(uint256 key) internal {
        registerValidator(vm.addr(key), VALIDATOR_BOND);
        vm.prank(vm.addr(key));
        settlement.pledge(VALIDATOR_BOND);
    }

    function addProvider(uint256 key) internal {
        registerProvider(vm.addr(key), PROVIDER_BOND);
        vm.prank(vm.addr(key));
        settlement.pledge(PROVIDER_PLEDGE);
    }

    function depositOf(uint256 key, uint256 amount) internal {
        allow(vm.addr(key), amount);
        vm.prank(vm.addr(key));
        settlement.deposit(amount);
    }

    function allow(address account, uint256 amount) internal {
        fund(account, amount);
        vm.prank(account);
        token.approve(address(settlement), type(uint256).max);
    }

    function two(uint256 one_, uint256 other) internal pure returns (uint256[] memory keys) {
        keys = new uint256[](2);
        (keys[0], keys[1]) = (one_, other);
    }

    function job(string memory name, uint256 consumerKey, address provider, uint256 amount)
        internal
        pure
        returns (Job memory)
    {
        return Job(keccak256(bytes(name)), consumerKey, provider, amount);
    }

    /// Four jobs: each consumer has one with each provider.
    function fourJobs() internal view returns (Job[] memory jobs) {
        jobs = new Job[](4);
        jobs[0] = job("a", C1, provider1, 10e18 + 7);
        jobs[1] = job("b", C2, provider1, 20e18 + 9);
        jobs[2] = job("c", C1, provider2, 30e18 + 1);
        jobs[3] = job("d", C2, provider2, 40e18);
    }

    function posted(Job[] memory jobs) internal returns (Built memory built) {
        built = build(jobs);
        post(built, two(V1, V2));
    }

    function postedFour() internal returns (Built memory) {
        return posted(fourJobs());
    }

    function contest(Built memory built, ISettlement.Kind kind, address account) internal {
        bytes memory list = kind == ISettlement.Kind.Debit ? built.debits : built.credits;
        vm.prank(HUNTER);
        settlement.challenge(built.header, kind, list, placeOf(list, account));
    }

    function depositedBy(address consumer) internal view returns (uint256 deposited) {
        (deposited,,) = settlement.consumerOf(consumer);
    }

    function creditOf(address account) internal view returns (uint256 credit) {
        (credit,,,,) = settlement.accountOf(account);
    }

    function holdsOf(uint256 key) internal view returns (uint256 holds) {
        (,, holds,,) = settlement.accountOf(vm.addr(key));
    }

    function pass(uint256 seconds_) internal {
        vm.warp(vm.getBlockTimestamp() + seconds_);
    }

    /// Shows leaves of a contested account, as the hunter or anyone.
    function respond(Built memory built, ISettlement.Kind kind, address account) internal {
        settlement.answer(built.header, kind, account, shownOf(built, kind, account));
    }

    function finalizeNow(Built memory built) internal {
        settlement.finalize(built.header, built.credits);
    }

    function net(uint256 amount) internal pure returns (uint256) {
        return amount - amount * SHARE_BPS / 10_000;
    }
}
