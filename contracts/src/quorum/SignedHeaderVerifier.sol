// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {ICommitVerifier} from "../interfaces/ICommitVerifier.sol";
import {KeccakTree} from "../libraries/KeccakTree.sol";
import {WeftTypes} from "../libraries/WeftTypes.sol";

/// @title Believes that an intent was made where enough of a fixed set of signers signed a header that commits to it.
/// @notice A header names a final block of the other chain and the `KeccakTree` of the intents up to it. Signers sign it as
/// EIP-712 typed data in the domain {name "Weft", version "1", chainId, verifyingContract: this contract}, so a signature
/// counts on one chain and in one deployment only.
/// @dev A proof has a fixed layout, big-endian: u64 number ‖ blockHash ‖ intentsRoot ‖ u32 intents ‖ u32 index ‖ u8 levels ‖
/// levels siblings ‖ signatures of 64 bytes (EIP-2098), ascending by signer.
contract SignedHeaderVerifier is ICommitVerifier {
    uint256 public constant MAX_SIGNERS = 64;
    bytes32 public constant HEADER_TYPEHASH =
        keccak256("Header(bytes32 cChainId,uint64 number,bytes32 blockHash,bytes32 intentsRoot,uint32 intents)");
    uint256 private constant FIXED_BYTES = 81;
    uint256 private constant SIGNATURE_BYTES = 64;

    /// The chain whose headers are signed.
    bytes32 public immutable C_CHAIN_ID;
    /// How many signatures make a header count.
    uint256 public immutable THRESHOLD;
    uint256 public immutable SIGNER_COUNT;
    mapping(address account => bool) public isSigner;

    error BadSignerCount(uint256 count);
    /// Not a majority, or more than there are.
    error BadSignerThreshold(uint256 threshold, uint256 signers);
    /// Signers must ascend, so that none is there twice and none is zero.
    error SignersOutOfOrder(address signer);

    event SignersSet(address[] signers, uint256 threshold);

    constructor(bytes32 cChainId, address[] memory signers, uint256 threshold) {
        if (signers.length == 0 || signers.length > MAX_SIGNERS) revert BadSignerCount(signers.length);
        if (threshold <= signers.length / 2 || threshold > signers.length) {
            revert BadSignerThreshold(threshold, signers.length);
        }
        address last = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            if (signers[i] <= last) revert SignersOutOfOrder(signers[i]);
            last = signers[i];
            isSigner[last] = true;
        }
        C_CHAIN_ID = cChainId;
        THRESHOLD = threshold;
        SIGNER_COUNT = signers.length;
        emit SignersSet(signers, threshold);
    }

    /// The intent's id covers its transaction and call, so those are not looked at again.
    function isCommitted(bytes32 intentId, bytes32, uint32, bytes calldata proof) external view returns (bool) {
        if (proof.length < FIXED_BYTES) return false;
        uint256 levels = uint8(proof[FIXED_BYTES - 1]);
        uint256 signaturesAt = FIXED_BYTES + levels * 32;
        if (proof.length < signaturesAt) return false;
        bytes calldata signatures = proof[signaturesAt:];
        return _isSigned(_digest(proof), signatures) && _isIncluded(intentId, proof, levels);
    }

    /// What the signers sign.
    function headerDigest(uint64 number, bytes32 blockHash, bytes32 intentsRoot, uint32 intents)
        public
        view
        returns (bytes32)
    {
        bytes32 header = keccak256(abi.encode(HEADER_TYPEHASH, C_CHAIN_ID, number, blockHash, intentsRoot, intents));
        return WeftTypes.digest(WeftTypes.domainSeparator(block.chainid, address(this)), header);
    }

    function _digest(bytes calldata proof) private view returns (bytes32) {
        return headerDigest(
            uint64(bytes8(proof[:8])), bytes32(proof[8:40]), bytes32(proof[40:72]), uint32(bytes4(proof[72:76]))
        );
    }

    function _isIncluded(bytes32 intentId, bytes calldata proof, uint256 levels) private pure returns (bool) {
        bytes32[] memory path = new bytes32[](levels);
        for (uint256 i = 0; i < levels; ++i) {
            uint256 from = FIXED_BYTES + i * 32;
            path[i] = bytes32(proof[from:from + 32]);
        }
        uint256 intents = uint32(bytes4(proof[72:76]));
        uint256 index = uint32(bytes4(proof[76:80]));
        return KeccakTree.verify(bytes32(proof[40:72]), intents, KeccakTree.leafOf(intentId), index, path);
    }

    /// Whether all signatures are of signers, of different ones, and enough.
    function _isSigned(bytes32 digest, bytes calldata signatures) private view returns (bool) {
        uint256 count = signatures.length / SIGNATURE_BYTES;
        if (signatures.length % SIGNATURE_BYTES != 0 || count < THRESHOLD || count > SIGNER_COUNT) return false;
        address last = address(0);
        for (uint256 i = 0; i < count; ++i) {
            uint256 from = i * SIGNATURE_BYTES;
            // Gives the zero address for a signature of nobody and for the second form of one, whose s is high.
            (address signer,,) = ECDSA.tryRecover(
                digest, bytes32(signatures[from:from + 32]), bytes32(signatures[from + 32:from + SIGNATURE_BYTES])
            );
            if (signer <= last || !isSigner[signer]) return false;
            last = signer;
        }
        return true;
    }
}
