// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

// Provider: answers prompts. Its bond backs what it claims to have computed.
uint8 constant PROVIDER = 1;
// Validator: audits answers and co-signs payments.
uint8 constant VALIDATOR = 2;

/// @title Who may answer, validate and be paid.
/// @notice A node bonds tokens and is listed for each of its roles while its stake covers that role's bond. Other contracts
/// of the network (modules, named once) lock stake while something open names the node, and slash it for provable faults.
/// @dev A node is its EVM address. The same key makes its libp2p identity, so whoever reads an entry recomputes the address
/// from `peerId` and ignores entries where they differ; nothing on chain depends on `peerId`.
/// A node is *active* in a role while it is bonded, has the role and its stake is at least that role's bond. Lists hold
/// active nodes only, in no lasting order: a removal puts the last entry in the gap.
interface INodeRegistry {
    struct Node {
        bytes peerId;
        bytes[] multiaddrs;
        bytes32[] manifests;
        uint256 stake;
        /// What stands behind open locks, never more than the stake.
        uint256 locked;
        /// How many locks are open, those of amount 0 included.
        uint256 openLocks;
        /// How many modules do not let it leave.
        uint256 keepers;
        /// Bitmask of PROVIDER and VALIDATOR.
        uint8 roles;
        /// The roles that it is active in.
        uint8 activeRoles;
        uint64 registeredAt;
        /// Earliest time and block of a withdrawal, both 0 while bonded.
        uint64 unbondedAt;
        uint64 unbondedAtBlock;
    }

    struct Parameters {
        uint256 providerBond;
        uint256 validatorBond;
        /// Both must pass between `deregister` and `withdraw`: some windows run in seconds, others in blocks.
        uint64 cooldownSeconds;
        uint64 cooldownBlocks;
    }

    /// Only the deployer may wire modules.
    error NotDeployer(address caller);
    /// Modules were named before; they never change.
    error AlreadyWired();
    /// Nobody can bond before the modules are named.
    error NotWired();
    error ZeroModule();
    error NotModule(address caller);
    error AlreadyRegistered(address node);
    error NotRegistered(address node);
    /// The node has left; it may register again after its withdrawal.
    error Unbonding(address node);
    error NotUnbonding(address node);
    error CooldownRunning(uint256 unbondedAt, uint256 unbondedAtBlock);
    /// Stake and roles stay as they are while locks are open.
    error Frozen(address node, uint256 openLocks);
    error BadRoles(uint8 roles);
    error StakeBelowBond(uint256 stake, uint256 bond);
    error BadPeerId(uint256 length);
    error TooManyMultiaddrs(uint256 count);
    /// Together, or one of them empty.
    error BadMultiaddrs(uint256 totalBytes);
    error TooManyManifests(uint256 count);
    /// Zero, or given twice.
    error BadManifest(bytes32 manifest);
    /// Manifests are served by providers only.
    error ManifestsWithoutProvider();
    error ZeroAmount();
    error LockAboveFreeStake(address node, uint256 amount, uint256 freeStake);
    /// The module has no such lock.
    error UnlockAboveLock(address node, address module, uint256 amount, uint256 locked);
    error BadShare(uint256 toBps);
    /// Part of a slash would go to nobody.
    error NoRecipient();

    event ModulesWired(address[] modules);
    event NodeRegistered(
        address indexed node, bytes peerId, bytes[] multiaddrs, uint8 roles, bytes32[] manifests, uint256 stake
    );
    event NodeUpdated(address indexed node, bytes[] multiaddrs, uint8 roles, bytes32[] manifests);
    event NodeDeregistered(address indexed node, uint64 unbondedAt, uint64 unbondedAtBlock);
    event StakeAdded(address indexed node, uint256 amount, uint256 stake);
    event StakeWithdrawn(address indexed node, uint256 amount);
    /// The roles that a node is active in have changed.
    event RolesActive(address indexed node, uint8 activeRoles);
    event StakeLocked(address indexed node, address indexed module, uint256 amount);
    event StakeUnlocked(address indexed node, address indexed module, uint256 amount);
    event StakeLockSet(address indexed node, address indexed module, uint256 amount, bool keepsBonded);
    /// `paid` of `slashed` went to `to`, the rest was burned.
    event StakeSlashed(address indexed node, address indexed module, uint256 slashed, address indexed to, uint256 paid);

    // ── the deployer, once ──

    /// Names the contracts that may lock and slash, once and for ever. Nobody can bond before.
    function wire(address[] calldata modules) external;

    // ── a node, for itself ──

    /// Bonds `stake` of the caller's tokens (approved before) and lists it.
    /// @param peerId libp2p peer id in binary, 1 to MAX_PEER_ID_BYTES bytes.
    /// @param multiaddrs Where it is dialled, in binary, at most MAX_MULTIADDRS and MAX_MULTIADDR_BYTES together.
    /// @param roles Bitmask; `stake` must cover the highest bond among them.
    /// @param manifests Models it serves, distinct, at most MAX_MANIFESTS; none unless it is a provider.
    function register(
        bytes calldata peerId,
        bytes[] calldata multiaddrs,
        uint8 roles,
        bytes32[] calldata manifests,
        uint256 stake
    ) external;

    /// Replaces addresses, roles and manifests. Roles change only while no lock is open.
    function update(bytes[] calldata multiaddrs, uint8 roles, bytes32[] calldata manifests) external;

    function addStake(uint256 amount) external;

    /// Leaves all lists at once and starts the cooldown, unless a module keeps it bonded. Stake can still be locked and slashed until it is withdrawn.
    function deregister() external;

    /// Pays the stake out and forgets the node: after the cooldown, with no lock open.
    function withdraw() external;

    // ── modules ──

    /// Opens a lock of `amount` (0 is allowed: it only freezes) on a node that is bonded or unbonding.
    /// Reverts above the free stake: where a shortage must not stop the module, it asks `freeStakeOf` and locks what is there.
    function lock(address node, uint256 amount) external;

    /// Closes one of the calling module's locks, of this `amount`.
    function unlock(address node, uint256 amount) external;

    /// Sets the calling module's one standing lock on a node to `amount`; 0 closes it. A module uses either this or `lock`.
    /// @param keepsBonded Whether the node may not deregister meanwhile.
    function setLock(address node, uint256 amount, bool keepsBonded) external;

    /// Takes up to `amount`, free stake first and then what the calling module has locked, never what stands behind other
    /// modules' locks: `toBps` of 10,000 of what was taken goes to `to`, the rest is burned.
    /// Locks stay open; the module closes its own. Below a role's bond the node leaves that role's lists.
    /// @return slashed What was taken.
    function slash(address node, uint256 amount, address to, uint256 toBps) external returns (uint256 slashed);

    // ── views ──

    function isModule(address account) external view returns (bool);
    /// Whether it is active in every role of `roles`; false for none.
    function isActive(address node, uint8 roles) external view returns (bool);
    /// Whether it is an active provider that serves the manifest.
    function isServing(address node, bytes32 manifest) external view returns (bool);
    function stakeOf(address node) external view returns (uint256);
    /// Stake that no lock covers.
    function freeStakeOf(address node) external view returns (uint256);
    /// What one module has locked of a node.
    function lockedBy(address node, address module) external view returns (uint256 amount, uint256 locks);
    /// Reverts for an address that is not registered.
    function nodeOf(address node) external view returns (Node memory);

    /// The highest bond among the roles.
    function bondOf(uint8 roles) external view returns (uint256);
    /// Sum of all stakes: what this contract must hold.
    function totalStake() external view returns (uint256);
    /// How many nodes are active in one role.
    function countActive(uint8 role) external view returns (uint256);
    /// At most `limit` nodes active in one role, from place `offset`; shorter or empty past the end.
    function listActive(uint8 role, uint256 offset, uint256 limit) external view returns (address[] memory);
    function countServing(bytes32 manifest) external view returns (uint256);
    function listServing(bytes32 manifest, uint256 offset, uint256 limit) external view returns (address[] memory);
}
