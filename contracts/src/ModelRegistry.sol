// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {IModelRegistry} from "./interfaces/IModelRegistry.sol";
import {IWeftToken} from "./interfaces/IWeftToken.sol";

contract ModelRegistry is IModelRegistry {
    /// Caps of the tolerances, in millionths of a logit: no record can make an audit blind.
    uint32 public constant MAX_SKETCH = 1_000_000;
    uint32 public constant MAX_COMMITTED = 1_000_000;
    uint32 public constant MAX_OMITTED = 4_000_000;
    /// The bits of a modality that mean something.
    uint32 private constant MODALITIES = 0xf;

    IWeftToken public immutable TOKEN;
    /// Burned with each record, so that filling the list costs something.
    uint256 public immutable PUBLISH_FEE;

    mapping(bytes32 manifest => ModelRecord) private _records;
    bytes32[] private _manifests;

    constructor(IWeftToken token, uint256 publishFee) {
        TOKEN = token;
        PUBLISH_FEE = publishFee;
    }

    function publish(bytes32 manifest, Model calldata model) external {
        _publish(manifest, model, 1);
    }

    function supersede(bytes32 previous, bytes32 manifest, Model calldata model) external {
        ModelRecord storage old = _published(previous);
        if (old.owner != msg.sender) revert NotModelOwner(previous, msg.sender);
        if (old.supersededBy != 0) revert AlreadySuperseded(previous, old.supersededBy);
        old.supersededBy = manifest;
        emit ModelSuperseded(previous, manifest);
        _publish(manifest, model, old.version + 1);
    }

    function isPublished(bytes32 manifest) external view returns (bool) {
        return _records[manifest].owner != address(0);
    }

    function recordOf(bytes32 manifest) external view returns (ModelRecord memory) {
        return _published(manifest);
    }

    function count() external view returns (uint256) {
        return _manifests.length;
    }

    function list(uint256 offset, uint256 limit) external view returns (bytes32[] memory page) {
        uint256 length = _manifests.length;
        uint256 from = offset < length ? offset : length;
        uint256 size = limit < length - from ? limit : length - from;
        page = new bytes32[](size);
        for (uint256 i; i < size; ++i) {
            page[i] = _manifests[from + i];
        }
    }

    function _publish(bytes32 manifest, Model calldata model, uint32 version) private {
        if (manifest == 0) revert ZeroManifest();
        if (model.weightRoot == 0) revert ZeroWeightRoot();
        if (model.modality == 0 || model.modality > MODALITIES) revert BadModality(model.modality);
        _checkTolerance(model.tolerance.sketch, MAX_SKETCH);
        _checkTolerance(model.tolerance.committed, MAX_COMMITTED);
        _checkTolerance(model.tolerance.omitted, MAX_OMITTED);
        ModelRecord storage record = _records[manifest];
        if (record.owner != address(0)) revert AlreadyPublished(manifest, record.owner);
        record.model = model;
        record.owner = msg.sender;
        record.publishedAt = uint64(block.timestamp);
        record.version = version;
        _manifests.push(manifest);
        emit ModelPublished(manifest, msg.sender, version, model);
        if (PUBLISH_FEE != 0) TOKEN.burnFrom(msg.sender, PUBLISH_FEE);
    }

    function _published(bytes32 manifest) private view returns (ModelRecord storage record) {
        record = _records[manifest];
        if (record.owner == address(0)) revert NotPublished(manifest);
    }

    function _checkTolerance(uint32 tolerance, uint32 cap) private pure {
        if (tolerance == 0 || tolerance > cap) revert BadTolerance(tolerance, cap);
    }
}
