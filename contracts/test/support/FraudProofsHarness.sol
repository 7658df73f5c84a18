// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FraudProofs} from "../../src/libraries/FraudProofs.sol";
import {Par1Receipt, Par1Receipts} from "../../src/libraries/par1/Par1Receipt.sol";
import {Sampler} from "../../src/libraries/par1/Sampler.sol";
import {Offer} from "../../src/libraries/WeftTypes.sol";

/// @title The library as a contract, since it reads calldata.
contract FraudProofsHarness {
    function replay(
        bytes calldata receipt,
        bytes calldata leaf,
        uint256 index,
        bytes32[] calldata siblings,
        bool hasGrammar
    ) external view returns (FraudProofs.Verdict) {
        return FraudProofs.replay(receipt, leaf, index, siblings, hasGrammar);
    }

    function judge(Par1Receipt calldata receipt, bytes calldata leaf, uint256 index, bool hasGrammar)
        external
        view
        returns (FraudProofs.Verdict)
    {
        return FraudProofs.judge(receipt, leaf, index, hasGrammar);
    }

    function prefixes(Sampler.Params calldata params, bytes calldata leaf, uint256 count)
        external
        pure
        returns (uint256 shortest, uint256 longest)
    {
        return Sampler.prefixes(params, leaf, count);
    }

    function contradicts(bytes calldata receipt, Offer calldata offer, bytes32 jobId) external view returns (bool) {
        return FraudProofs.contradicts(receipt, offer, jobId);
    }

    function decode(bytes calldata receipt) external pure returns (Par1Receipt memory) {
        return Par1Receipts.decode(receipt);
    }
}
