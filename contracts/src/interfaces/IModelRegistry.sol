// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @title What is known about each model manifest.
/// @notice A record is immutable but for the pointer to its successor. The first to publish a manifest owns its record; that
/// says who published it, not that it is good, so people trust a record by its owner.
interface IModelRegistry {
    /// Drift that an auditor tolerates, in millionths of a logit; above it a position is flagged.
    struct Tolerance {
        /// RMS of the sketch.
        uint32 sketch;
        /// RMS over the committed ids.
        uint32 committed;
        /// Largest logit that was left out, and of the maximum.
        uint32 omitted;
    }

    struct Model {
        /// SHA-256 over the weight files.
        bytes32 weightRoot;
        /// SHA-256 of the licence's text.
        bytes32 licenceRoot;
        uint64 parameters;
        /// Bitmask: 1 text, 2 images in, 4 audio in, 8 embeddings out.
        uint32 modality;
        Tolerance tolerance;
    }

    struct ModelRecord {
        Model model;
        address owner;
        uint64 publishedAt;
        /// 1 for a first one, else its predecessor's plus 1.
        uint32 version;
        bytes32 supersededBy;
    }

    error ZeroManifest();
    error ZeroWeightRoot();
    error BadModality(uint32 modality);
    /// A tolerance is 0 or above the protocol's cap.
    error BadTolerance(uint32 tolerance, uint32 cap);
    error AlreadyPublished(bytes32 manifest, address owner);
    error NotPublished(bytes32 manifest);
    error NotModelOwner(bytes32 manifest, address caller);
    error AlreadySuperseded(bytes32 manifest, bytes32 supersededBy);

    event ModelPublished(bytes32 indexed manifest, address indexed owner, uint32 version, Model model);
    event ModelSuperseded(bytes32 indexed manifest, bytes32 indexed by);

    /// Records a manifest and burns the publishing fee, which the caller approved before.
    function publish(bytes32 manifest, Model calldata model) external;

    /// Publishes `manifest` as the next version of `previous`, which the caller must own. Both stay usable.
    function supersede(bytes32 previous, bytes32 manifest, Model calldata model) external;

    function isPublished(bytes32 manifest) external view returns (bool);
    /// Reverts for a manifest that is not published.
    function recordOf(bytes32 manifest) external view returns (ModelRecord memory);
    /// Manifests in the order of their publication.
    function count() external view returns (uint256);
    function list(uint256 offset, uint256 limit) external view returns (bytes32[] memory);
}
