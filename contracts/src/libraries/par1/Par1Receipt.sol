// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title A PAR-1 receipt: the 243 bytes that a prover signs about one answer.
/// @dev "weft/PAR1" ‖ u64 chainId ‖ jobId ‖ prover20 ‖ manifest ‖ promptHash ‖ outputHash ‖ u16 0 ‖ u16 T ‖ u16 topPBps ‖
/// u16 topK ‖ u16 0 ‖ seed ‖ u32 n ‖ root, big-endian. The name avoids the struct that is signed, which is its hash.
struct Par1Receipt {
    uint64 chainId;
    bytes32 jobId;
    address prover;
    bytes32 manifest;
    bytes32 promptHash;
    bytes32 outputHash;
    /// 1024 times the temperature.
    uint16 temperatureQ;
    uint16 topPBps;
    uint16 topK;
    bytes32 seed;
    uint32 leafCount;
    bytes32 root;
}

library Par1Receipts {
    /// Bytes that no encoder of the protocol wrote.
    error BadReceipt();

    uint256 internal constant BYTES = 243;
    uint256 internal constant TOP_P_ALL = 10_000;

    function decode(bytes calldata data) internal pure returns (Par1Receipt memory receipt) {
        if (data.length != BYTES || bytes9(data[0:9]) != "weft/PAR1") revert BadReceipt();
        if (bytes2(data[165:167]) != 0 || bytes2(data[173:175]) != 0) revert BadReceipt();
        receipt.chainId = uint64(bytes8(data[9:17]));
        receipt.jobId = bytes32(data[17:49]);
        receipt.prover = address(bytes20(data[49:69]));
        receipt.manifest = bytes32(data[69:101]);
        receipt.promptHash = bytes32(data[101:133]);
        receipt.outputHash = bytes32(data[133:165]);
        receipt.temperatureQ = uint16(bytes2(data[167:169]));
        receipt.topPBps = uint16(bytes2(data[169:171]));
        receipt.topK = uint16(bytes2(data[171:173]));
        receipt.seed = bytes32(data[175:207]);
        receipt.leafCount = uint32(bytes4(data[207:211]));
        receipt.root = bytes32(data[211:243]);
        if (receipt.topPBps == 0 || receipt.topPBps > TOP_P_ALL) revert BadReceipt();
        if (receipt.topK == 0 || receipt.topK > 32 || receipt.leafCount == 0) revert BadReceipt();
    }

    /// The seed of a job: nothing in it is the prover's choice.
    function seedOf(bytes32 jobId, bytes32 nonce) internal pure returns (bytes32) {
        return sha256(abi.encodePacked("weft/seed/1", jobId, nonce));
    }
}
