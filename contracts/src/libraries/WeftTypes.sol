// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// What a consumer asks for and is ready to pay. Its digest is the jobId.
struct Offer {
    address consumer;
    address provider;
    bytes32 manifest;
    bytes32 promptHash;
    bytes32 nonce;
    uint16 temperatureQ;
    uint16 topPBps;
    uint16 topK;
    bytes32 penaltiesHash;
    bytes32 grammarHash;
    uint32 maxTokens;
    uint256 pricePerToken;
    uint256 maxAmount;
    uint64 expiry;
}

/// The leaf that a provider committed at `index`; leafHash = SHA-256(0x00 ‖ leaf).
struct Opening {
    bytes32 receiptHash;
    uint32 index;
    bytes32 leafHash;
}

struct Reserved {
    bytes32 jobId;
    address consumer;
    uint256 maxAmount;
    uint64 expiry;
}

/// What a consumer owes so far for one job.
struct Voucher {
    bytes32 jobId;
    address consumer;
    address provider;
    uint256 amount;
}

/// A validator holds a job's record, before the randomness exists.
struct Held {
    bytes32 receiptHash;
    uint64 blockNumber;
    bytes32 secretHash;
}

struct BatchApproval {
    uint256 nonce;
    bytes32 root;
    bytes32 debitsHash;
    bytes32 creditsHash;
    uint256 total;
    uint32 jobs;
}

/// @title What is signed and checked on chain, as EIP-712 typed data.
/// @dev The domain is {name "Weft", version "1", chainId, verifyingContract: Settlement} for all of them, whichever
/// contract checks. The type strings are pinned by src/protocol/eip712/eip712.vectors.json.
library WeftTypes {
    /// Not 64 bytes, an s in the upper half, or a signature of nobody.
    error BadSignature();

    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant OFFER_TYPEHASH = keccak256(
        "Offer(address consumer,address provider,bytes32 manifest,bytes32 promptHash,bytes32 nonce,uint16 temperatureQ,uint16 topPBps,uint16 topK,bytes32 penaltiesHash,bytes32 grammarHash,uint32 maxTokens,uint256 pricePerToken,uint256 maxAmount,uint64 expiry)"
    );
    bytes32 internal constant RECEIPT_TYPEHASH = keccak256("Receipt(bytes32 receiptHash)");
    bytes32 internal constant OPENING_TYPEHASH =
        keccak256("Opening(bytes32 receiptHash,uint32 index,bytes32 leafHash)");
    bytes32 internal constant RESERVED_TYPEHASH =
        keccak256("Reserved(bytes32 jobId,address consumer,uint256 maxAmount,uint64 expiry)");
    bytes32 internal constant VOUCHER_TYPEHASH =
        keccak256("Voucher(bytes32 jobId,address consumer,address provider,uint256 amount)");
    bytes32 internal constant HELD_TYPEHASH = keccak256("Held(bytes32 receiptHash,uint64 block,bytes32 secretHash)");
    bytes32 internal constant BATCH_APPROVAL_TYPEHASH = keccak256(
        "BatchApproval(uint256 nonce,bytes32 root,bytes32 debitsHash,bytes32 creditsHash,uint256 total,uint32 jobs)"
    );
    bytes32 internal constant SCORE_COMMITMENT_TYPEHASH = keccak256("ScoreCommitment(bytes32 run,bytes32 commitment)");

    /// Half of the curve's order: a higher s is the second form of a lower one.
    uint256 private constant HIGHEST_S = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;

    function domainSeparator(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, keccak256("Weft"), keccak256("1"), chainId, verifyingContract));
    }

    /// What is signed: the digest of a struct's hash under a domain.
    function digest(bytes32 domain, bytes32 structHash) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", domain, structHash));
    }

    function hash(Offer memory offer) internal pure returns (bytes32) {
        // Every field fills one word, so the struct's encoding is its type hash and its words.
        return keccak256(abi.encodePacked(OFFER_TYPEHASH, abi.encode(offer)));
    }

    function hash(Opening memory opening) internal pure returns (bytes32) {
        return keccak256(abi.encode(OPENING_TYPEHASH, opening));
    }

    function hash(Reserved memory reserved) internal pure returns (bytes32) {
        return keccak256(abi.encode(RESERVED_TYPEHASH, reserved));
    }

    function hash(Voucher memory voucher) internal pure returns (bytes32) {
        return keccak256(abi.encode(VOUCHER_TYPEHASH, voucher));
    }

    function hash(Held memory held) internal pure returns (bytes32) {
        return keccak256(abi.encode(HELD_TYPEHASH, held));
    }

    function hash(BatchApproval memory approval) internal pure returns (bytes32) {
        return keccak256(abi.encode(BATCH_APPROVAL_TYPEHASH, approval));
    }

    /// `receiptHash` = SHA-256 of the receipt's 243 bytes.
    function hashReceipt(bytes32 receiptHash) internal pure returns (bytes32) {
        return keccak256(abi.encode(RECEIPT_TYPEHASH, receiptHash));
    }

    function hashScoreCommitment(bytes32 run, bytes32 commitment) internal pure returns (bytes32) {
        return keccak256(abi.encode(SCORE_COMMITMENT_TYPEHASH, run, commitment));
    }

    /// Who signed, from the 64 bytes of EIP-2098: r, then s with the parity in its highest bit. Never the zero address.
    function recover(bytes32 digest_, bytes calldata signature) internal pure returns (address signer) {
        if (signature.length != 64) revert BadSignature();
        bytes32 r = bytes32(signature[:32]);
        uint256 vs = uint256(bytes32(signature[32:]));
        uint256 s = vs & (type(uint256).max >> 1);
        if (s > HIGHEST_S) revert BadSignature();
        signer = ecrecover(digest_, uint8(27 + (vs >> 255)), r, bytes32(s));
        if (signer == address(0)) revert BadSignature();
    }
}
