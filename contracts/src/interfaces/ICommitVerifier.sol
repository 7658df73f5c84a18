// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Decides whether an intent of another chain was really made there.
/// @notice The quorum asks it before it imports one. Where none is set, nothing is imported.
interface ICommitVerifier {
    /// @param intentId The intent, recomputed by the caller from its fields.
    /// @param cTxHash The transaction there that made it.
    /// @param callIndex Which call of that transaction.
    /// @param proof Whatever this verifier understands.
    /// @return Whether the intent is final there. Must not revert for a bad proof.
    function isCommitted(bytes32 intentId, bytes32 cTxHash, uint32 callIndex, bytes calldata proof)
        external
        view
        returns (bool);
}
