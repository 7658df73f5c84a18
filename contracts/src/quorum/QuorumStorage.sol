// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ICommitVerifier} from "../interfaces/ICommitVerifier.sol";
import {IInferenceQuorum} from "../interfaces/IInferenceQuorum.sol";
import {INodeRegistry} from "../interfaces/INodeRegistry.sol";
import {IWeftToken} from "../interfaces/IWeftToken.sol";

/// @title What the quorum's parts share: how it was deployed, its tasks and what it owes.
abstract contract QuorumStorage is IInferenceQuorum {
    /// Blocks from a request to the one whose hash draws.
    uint256 public constant DRAW_DELAY = 2;
    /// A block's hash is known for this many blocks (EVM).
    uint256 public constant DRAW_BLOCKS = 256;

    IWeftToken public immutable TOKEN;
    INodeRegistry public immutable REGISTRY;
    bytes32 internal immutable _C_CHAIN_ID;
    bytes32 internal immutable _A_CHAIN_ID;
    ICommitVerifier internal immutable _VERIFIER;
    uint256 internal immutable _FEE;
    uint256 internal immutable _MIN_SLASH;
    uint64 internal immutable _COMMIT_BLOCKS;
    uint64 internal immutable _REVEAL_BLOCKS;
    bool internal immutable _SLASH_DISSENTERS;

    mapping(bytes32 taskId => Task) internal _tasks;
    mapping(bytes32 taskId => Seat[]) internal _seats;
    mapping(address account => uint256) internal _credits;
    uint256 internal _totalOwed;

    constructor(IWeftToken token, INodeRegistry registry, Parameters memory given) {
        if (address(token) == address(0) || address(registry) == address(0)) revert ZeroAddress();
        if (given.commitBlocks == 0 || given.revealBlocks == 0) {
            revert BadWindows(given.commitBlocks, given.revealBlocks);
        }
        TOKEN = token;
        REGISTRY = registry;
        _C_CHAIN_ID = given.cChainId;
        _A_CHAIN_ID = given.aChainId;
        _VERIFIER = given.verifier;
        _FEE = given.feePerOperator;
        _MIN_SLASH = given.minSlash;
        _COMMIT_BLOCKS = given.commitBlocks;
        _REVEAL_BLOCKS = given.revealBlocks;
        _SLASH_DISSENTERS = given.slashDissenters;
    }

    function parameters() external view returns (Parameters memory) {
        return Parameters({
            cChainId: _C_CHAIN_ID,
            aChainId: _A_CHAIN_ID,
            verifier: _VERIFIER,
            feePerOperator: _FEE,
            minSlash: _MIN_SLASH,
            commitBlocks: _COMMIT_BLOCKS,
            revealBlocks: _REVEAL_BLOCKS,
            slashDissenters: _SLASH_DISSENTERS
        });
    }

    function taskOf(bytes32 taskId) external view returns (Task memory) {
        return _known(taskId);
    }

    function seatsOf(bytes32 taskId) external view returns (Seat[] memory) {
        return _seats[taskId];
    }

    function creditOf(address account) external view returns (uint256) {
        return _credits[account];
    }

    function totalOwed() external view returns (uint256) {
        return _totalOwed;
    }

    function _known(bytes32 taskId) internal view returns (Task storage task) {
        task = _tasks[taskId];
        if (task.status == Status.Unknown) revert UnknownTask(taskId);
    }

    function _pending(bytes32 taskId) internal view returns (Task storage task) {
        task = _known(taskId);
        if (task.status != Status.Pending) revert WrongStatus(taskId, task.status);
    }
}
