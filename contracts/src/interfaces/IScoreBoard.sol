// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title Validators' scores of providers, committed before any is shown.
/// @notice A run is a period of `RUN_SECONDS` seconds. During it each active validator commits to its scores; in the period
/// after it reveals them. A validator that signed two different commitments for one run is slashed.
interface IScoreBoard {
    /// One provider's score, 0 to 10,000.
    struct Score {
        address provider;
        uint16 score;
    }

    struct Commitment {
        bytes32 commitment;
        bool revealed;
    }

    error NotValidator(address caller);
    error ZeroCommitment();
    error AlreadyCommitted(uint256 run, address validator);
    error NothingCommitted(uint256 run, address validator);
    error AlreadyRevealed(uint256 run, address validator);
    /// Only the run before the current one is revealed.
    error NotRevealable(uint256 run, uint256 current);
    error WrongReveal(bytes32 expected, bytes32 actual);
    /// A score above 10,000, or providers that do not ascend.
    error BadScore(address provider, uint16 score);
    error TooManyScores(uint256 count);
    /// The two commitments are one and the same: no equivocation.
    error SameCommitment();
    error NotSignedBy(address validator);
    error AlreadySlashed(uint256 run, address validator);
    /// All of its stake stands for something else just now. The evidence keeps until some of it is free, at the latest in the
    /// cooldown before a stake leaves.
    error NothingFree(address validator);

    event ScoresCommitted(uint256 indexed run, address indexed validator, bytes32 commitment);
    event ScoresRevealed(uint256 indexed run, address indexed validator, Score[] scores);
    event EquivocationSlashed(
        uint256 indexed run, address indexed validator, address indexed reporter, uint256 slashed
    );

    /// Commits the calling validator to its scores of the current run.
    /// @param commitment keccak256(abi.encode(run, validator, scores, salt)).
    function commit(bytes32 commitment) external;

    /// Shows what was committed in the run before the current one.
    /// @param scores Strictly ascending by provider, at most MAX_SCORES.
    function reveal(uint256 run, Score[] calldata scores, bytes32 salt) external;

    /// Slashes a validator for two different commitments of one run that it signed: half to the caller, half burned. Where only
    /// a part could be taken, calling again takes the rest.
    /// Signatures are EIP-712 `ScoreCommitment(bytes32 run,bytes32 commitment)`, 64 bytes (EIP-2098). An empty second one
    /// stands for the commitment that it made here.
    function slashEquivocation(
        address validator,
        uint256 run,
        bytes32 first,
        bytes calldata firstSignature,
        bytes32 second,
        bytes calldata secondSignature
    ) external returns (uint256 slashed);

    function currentRun() external view returns (uint256);
    function commitmentOf(uint256 run, address validator) external view returns (Commitment memory);
}
