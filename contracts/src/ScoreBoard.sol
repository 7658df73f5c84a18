// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {INodeRegistry, VALIDATOR} from "./interfaces/INodeRegistry.sol";
import {IScoreBoard} from "./interfaces/IScoreBoard.sol";
import {WeftTypes} from "./libraries/WeftTypes.sol";

contract ScoreBoard is IScoreBoard {
    uint256 public constant MAX_SCORES = 256;
    uint16 private constant HIGHEST_SCORE = 10_000;
    /// Half of a slash goes to who brought the evidence.
    uint256 private constant BOUNTY_BPS = 5000;

    INodeRegistry public immutable REGISTRY;
    /// The contract that the network's signatures name.
    address public immutable SETTLEMENT;
    uint256 public immutable RUN_SECONDS;
    uint256 public immutable EQUIVOCATION_SLASH;

    mapping(uint256 run => mapping(address validator => Commitment)) private _commitments;
    /// What was taken for equivocation so far.
    mapping(uint256 run => mapping(address validator => uint256)) private _slashed;

    constructor(INodeRegistry registry, address settlement, uint256 runSeconds, uint256 equivocationSlash) {
        REGISTRY = registry;
        SETTLEMENT = settlement;
        RUN_SECONDS = runSeconds;
        EQUIVOCATION_SLASH = equivocationSlash;
    }

    function commit(bytes32 commitment) external {
        if (!REGISTRY.isActive(msg.sender, VALIDATOR)) revert NotValidator(msg.sender);
        if (commitment == 0) revert ZeroCommitment();
        uint256 run = currentRun();
        Commitment storage own = _commitments[run][msg.sender];
        if (own.commitment != 0) revert AlreadyCommitted(run, msg.sender);
        own.commitment = commitment;
        emit ScoresCommitted(run, msg.sender, commitment);
    }

    function reveal(uint256 run, Score[] calldata scores, bytes32 salt) external {
        uint256 current = currentRun();
        if (run >= current || current - run != 1) revert NotRevealable(run, current);
        Commitment storage own = _commitments[run][msg.sender];
        if (own.commitment == 0) revert NothingCommitted(run, msg.sender);
        if (own.revealed) revert AlreadyRevealed(run, msg.sender);
        if (scores.length > MAX_SCORES) revert TooManyScores(scores.length);
        address previous;
        for (uint256 i; i < scores.length; ++i) {
            address provider = scores[i].provider;
            if (provider <= previous || scores[i].score > HIGHEST_SCORE) revert BadScore(provider, scores[i].score);
            previous = provider;
        }
        bytes32 shown = keccak256(abi.encode(run, msg.sender, scores, salt));
        if (shown != own.commitment) revert WrongReveal(own.commitment, shown);
        own.revealed = true;
        emit ScoresRevealed(run, msg.sender, scores);
    }

    function slashEquivocation(
        address validator,
        uint256 run,
        bytes32 first,
        bytes calldata firstSignature,
        bytes32 second,
        bytes calldata secondSignature
    ) external returns (uint256 slashed) {
        if (first == second) revert SameCommitment();
        uint256 before = _slashed[run][validator];
        if (before == EQUIVOCATION_SLASH) revert AlreadySlashed(run, validator);
        _requireSigned(validator, run, first, firstSignature);
        if (secondSignature.length != 0) _requireSigned(validator, run, second, secondSignature);
        else if (second == 0 || _commitments[run][validator].commitment != second) revert NotSignedBy(validator);
        // All that can be taken is what no other module has locked.
        uint256 rest = EQUIVOCATION_SLASH - before;
        uint256 free = REGISTRY.freeStakeOf(validator);
        if (free == 0) revert NothingFree(validator);
        _slashed[run][validator] = before + (rest < free ? rest : free);
        slashed = REGISTRY.slash(validator, rest, msg.sender, BOUNTY_BPS);
        emit EquivocationSlashed(run, validator, msg.sender, slashed);
    }

    function commitmentOf(uint256 run, address validator) external view returns (Commitment memory) {
        return _commitments[run][validator];
    }

    function currentRun() public view returns (uint256) {
        return block.timestamp / RUN_SECONDS;
    }

    function _requireSigned(address validator, uint256 run, bytes32 commitment, bytes calldata signature) private view {
        bytes32 domain = WeftTypes.domainSeparator(block.chainid, SETTLEMENT);
        bytes32 digest = WeftTypes.digest(domain, WeftTypes.hashScoreCommitment(bytes32(run), commitment));
        if (WeftTypes.recover(digest, signature) != validator) revert NotSignedBy(validator);
    }
}
