// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {INodeRegistry} from "./interfaces/INodeRegistry.sol";
import {IWeftToken} from "./interfaces/IWeftToken.sol";
import {Deposits} from "./settlement/Deposits.sol";
import {Faults} from "./settlement/Faults.sol";
import {SettlementStorage} from "./settlement/SettlementStorage.sol";

/// @title Pay per token, settled in bulk, open to challenge.
/// @notice It has no owner and no parameter that changes.
contract Settlement is Deposits, Faults {
    constructor(IWeftToken token, INodeRegistry registry, Params memory given)
        SettlementStorage(token, registry, given)
    {}
}
