// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {INodeRegistry, PROVIDER, VALIDATOR} from "./interfaces/INodeRegistry.sol";
import {IWeftToken} from "./interfaces/IWeftToken.sol";

contract NodeRegistry is INodeRegistry {
    using EnumerableSet for EnumerableSet.AddressSet;
    using SafeERC20 for IWeftToken;

    struct ModuleLocks {
        uint256 amount;
        uint256 count;
        /// What the module's slashes took out of its own locks; closing them gives that much less free.
        uint256 lost;
        bool keepsBonded;
    }

    uint256 public constant MAX_PEER_ID_BYTES = 64;
    uint256 public constant MAX_MULTIADDRS = 8;
    uint256 public constant MAX_MULTIADDR_BYTES = 1024;
    uint256 public constant MAX_MANIFESTS = 16;
    uint256 private constant ALL_BPS = 10_000;

    IWeftToken public immutable TOKEN;
    uint256 public immutable PROVIDER_BOND;
    uint256 public immutable VALIDATOR_BOND;
    uint64 public immutable COOLDOWN_SECONDS;
    uint64 public immutable COOLDOWN_BLOCKS;
    address private immutable DEPLOYER;

    uint256 public totalStake;
    mapping(address account => bool) public isModule;
    bool private _isWired;
    mapping(address node => Node) private _nodes;
    mapping(address node => mapping(address module => ModuleLocks)) private _locks;
    mapping(uint8 role => EnumerableSet.AddressSet) private _active;
    mapping(bytes32 manifest => EnumerableSet.AddressSet) private _serving;

    modifier onlyModule() {
        if (!isModule[msg.sender]) revert NotModule(msg.sender);
        _;
    }

    constructor(IWeftToken token, Parameters memory parameters) {
        TOKEN = token;
        PROVIDER_BOND = parameters.providerBond;
        VALIDATOR_BOND = parameters.validatorBond;
        COOLDOWN_SECONDS = parameters.cooldownSeconds;
        COOLDOWN_BLOCKS = parameters.cooldownBlocks;
        DEPLOYER = msg.sender;
    }

    function wire(address[] calldata modules) external {
        if (msg.sender != DEPLOYER) revert NotDeployer(msg.sender);
        if (_isWired) revert AlreadyWired();
        _isWired = true;
        for (uint256 i; i < modules.length; ++i) {
            if (modules[i] == address(0)) revert ZeroModule();
            isModule[modules[i]] = true;
        }
        emit ModulesWired(modules);
    }

    function register(
        bytes calldata peerId,
        bytes[] calldata multiaddrs,
        uint8 roles,
        bytes32[] calldata manifests,
        uint256 stake
    ) external {
        if (!_isWired) revert NotWired();
        Node storage it = _nodes[msg.sender];
        if (it.registeredAt != 0) revert AlreadyRegistered(msg.sender);
        if (peerId.length == 0 || peerId.length > MAX_PEER_ID_BYTES) revert BadPeerId(peerId.length);
        _check(multiaddrs, roles, manifests);
        if (stake < bondOf(roles)) revert StakeBelowBond(stake, bondOf(roles));

        it.peerId = peerId;
        _store(it.multiaddrs, multiaddrs);
        it.manifests = manifests;
        it.stake = stake;
        it.roles = roles;
        it.registeredAt = uint64(block.timestamp);
        totalStake += stake;
        emit NodeRegistered(msg.sender, peerId, multiaddrs, roles, manifests, stake);
        _relist(msg.sender, it);
        TOKEN.safeTransferFrom(msg.sender, address(this), stake);
    }

    function update(bytes[] calldata multiaddrs, uint8 roles, bytes32[] calldata manifests) external {
        Node storage it = _bonded(msg.sender);
        _check(multiaddrs, roles, manifests);
        if (roles != it.roles) {
            if (it.openLocks != 0) revert Frozen(msg.sender, it.openLocks);
            if (it.stake < bondOf(roles)) revert StakeBelowBond(it.stake, bondOf(roles));
        }
        emit NodeUpdated(msg.sender, multiaddrs, roles, manifests);
        // Leaves every list under the old roles and manifests before it is listed under the new ones.
        uint8 activeBefore = it.activeRoles;
        _move(msg.sender, it, 0);
        _store(it.multiaddrs, multiaddrs);
        it.manifests = manifests;
        it.roles = roles;
        _move(msg.sender, it, _affordable(it));
        if (it.activeRoles != activeBefore) emit RolesActive(msg.sender, it.activeRoles);
    }

    function addStake(uint256 amount) external {
        Node storage it = _bonded(msg.sender);
        if (amount == 0) revert ZeroAmount();
        it.stake += amount;
        totalStake += amount;
        emit StakeAdded(msg.sender, amount, it.stake);
        _relist(msg.sender, it);
        TOKEN.safeTransferFrom(msg.sender, address(this), amount);
    }

    function deregister() external {
        Node storage it = _bonded(msg.sender);
        if (it.keepers != 0) revert Frozen(msg.sender, it.keepers);
        it.unbondedAt = uint64(block.timestamp) + COOLDOWN_SECONDS;
        it.unbondedAtBlock = uint64(block.number) + COOLDOWN_BLOCKS;
        emit NodeDeregistered(msg.sender, it.unbondedAt, it.unbondedAtBlock);
        _relist(msg.sender, it);
    }

    function withdraw() external {
        Node storage it = _registered(msg.sender);
        if (it.unbondedAt == 0) revert NotUnbonding(msg.sender);
        if (block.timestamp < it.unbondedAt || block.number < it.unbondedAtBlock) {
            revert CooldownRunning(it.unbondedAt, it.unbondedAtBlock);
        }
        if (it.openLocks != 0) revert Frozen(msg.sender, it.openLocks);
        uint256 stake = it.stake;
        totalStake -= stake;
        delete _nodes[msg.sender];
        emit StakeWithdrawn(msg.sender, stake);
        TOKEN.safeTransfer(msg.sender, stake);
    }

    function lock(address node, uint256 amount) external onlyModule {
        Node storage it = _registered(node);
        uint256 free = freeStakeOf(node);
        if (amount > free) revert LockAboveFreeStake(node, amount, free);
        ModuleLocks storage own = _locks[node][msg.sender];
        own.amount += amount;
        own.count += 1;
        it.locked += amount;
        it.openLocks += 1;
        emit StakeLocked(node, msg.sender, amount);
    }

    function unlock(address node, uint256 amount) external onlyModule {
        ModuleLocks storage own = _locks[node][msg.sender];
        if (own.count == 0 || amount > own.amount) revert UnlockAboveLock(node, msg.sender, amount, own.amount);
        own.amount -= amount;
        own.count -= 1;
        // A module with a lock has a node: none is forgotten while locks are open.
        Node storage it = _nodes[node];
        uint256 lost = amount < own.lost ? amount : own.lost;
        own.lost -= lost;
        it.locked -= amount - lost;
        it.openLocks -= 1;
        emit StakeUnlocked(node, msg.sender, amount);
    }

    function setLock(address node, uint256 amount, bool keepsBonded) external onlyModule {
        Node storage it = _registered(node);
        ModuleLocks storage own = _locks[node][msg.sender];
        uint256 backed = own.amount - own.lost;
        uint256 free = freeStakeOf(node) + backed;
        if (amount > free) revert LockAboveFreeStake(node, amount, free);
        it.locked = it.locked - backed + amount;
        it.openLocks = it.openLocks - own.count + (amount == 0 ? 0 : 1);
        it.keepers = it.keepers - (own.keepsBonded ? 1 : 0) + (keepsBonded ? 1 : 0);
        _locks[node][msg.sender] = ModuleLocks(amount, amount == 0 ? 0 : 1, 0, keepsBonded);
        emit StakeLockSet(node, msg.sender, amount, keepsBonded);
    }

    function slash(address node, uint256 amount, address to, uint256 toBps)
        external
        onlyModule
        returns (uint256 slashed)
    {
        if (toBps > ALL_BPS) revert BadShare(toBps);
        if (toBps != 0 && to == address(0)) revert NoRecipient();
        Node storage it = _registered(node);
        // The rest stands behind other modules' locks.
        ModuleLocks storage own = _locks[node][msg.sender];
        uint256 free = freeStakeOf(node);
        uint256 available = own.amount - own.lost + free;
        slashed = amount < available ? amount : available;
        if (slashed > free) {
            own.lost += slashed - free;
            it.locked -= slashed - free;
        }
        uint256 paid = slashed * toBps / ALL_BPS;
        it.stake -= slashed;
        totalStake -= slashed;
        emit StakeSlashed(node, msg.sender, slashed, to, paid);
        _relist(node, it);
        if (paid != 0) TOKEN.safeTransfer(to, paid);
        if (paid != slashed) TOKEN.burn(slashed - paid);
    }

    function isActive(address node, uint8 roles) external view returns (bool) {
        return roles != 0 && _nodes[node].activeRoles & roles == roles;
    }

    function isServing(address node, bytes32 manifest) external view returns (bool) {
        return _serving[manifest].contains(node);
    }

    function stakeOf(address node) external view returns (uint256) {
        return _nodes[node].stake;
    }

    function lockedBy(address node, address module) external view returns (uint256 amount, uint256 locks) {
        ModuleLocks storage own = _locks[node][module];
        return (own.amount, own.count);
    }

    function nodeOf(address node) external view returns (Node memory) {
        return _registered(node);
    }

    function countActive(uint8 role) external view returns (uint256) {
        return _active[role].length();
    }

    function listActive(uint8 role, uint256 offset, uint256 limit) external view returns (address[] memory) {
        return _page(_active[role], offset, limit);
    }

    function countServing(bytes32 manifest) external view returns (uint256) {
        return _serving[manifest].length();
    }

    function listServing(bytes32 manifest, uint256 offset, uint256 limit) external view returns (address[] memory) {
        return _page(_serving[manifest], offset, limit);
    }

    function freeStakeOf(address node) public view returns (uint256) {
        Node storage it = _nodes[node];
        return it.stake - it.locked;
    }

    function bondOf(uint8 roles) public view returns (uint256 bond) {
        if (roles & PROVIDER != 0) bond = PROVIDER_BOND;
        if (roles & VALIDATOR != 0 && VALIDATOR_BOND > bond) bond = VALIDATOR_BOND;
    }

    function _registered(address node) private view returns (Node storage it) {
        it = _nodes[node];
        if (it.registeredAt == 0) revert NotRegistered(node);
    }

    function _bonded(address node) private view returns (Node storage it) {
        it = _registered(node);
        if (it.unbondedAt != 0) revert Unbonding(node);
    }

    /// What bounds the size of an entry, and so what a registration can cost anyone who reads it.
    function _check(bytes[] calldata multiaddrs, uint8 roles, bytes32[] calldata manifests) private pure {
        if (roles == 0 || roles > PROVIDER | VALIDATOR) revert BadRoles(roles);
        if (multiaddrs.length > MAX_MULTIADDRS) revert TooManyMultiaddrs(multiaddrs.length);
        uint256 total;
        for (uint256 i; i < multiaddrs.length; ++i) {
            if (multiaddrs[i].length == 0) revert BadMultiaddrs(total);
            total += multiaddrs[i].length;
        }
        if (total > MAX_MULTIADDR_BYTES) revert BadMultiaddrs(total);
        if (manifests.length > MAX_MANIFESTS) revert TooManyManifests(manifests.length);
        if (manifests.length != 0 && roles & PROVIDER == 0) revert ManifestsWithoutProvider();
        for (uint256 i; i < manifests.length; ++i) {
            if (manifests[i] == 0) revert BadManifest(0);
            for (uint256 earlier; earlier < i; ++earlier) {
                if (manifests[earlier] == manifests[i]) revert BadManifest(manifests[i]);
            }
        }
    }

    function _store(bytes[] storage to, bytes[] calldata from) private {
        while (to.length > from.length) to.pop();
        for (uint256 i; i < from.length; ++i) {
            if (i == to.length) to.push(from[i]);
            else to[i] = from[i];
        }
    }

    /// Its roles whose bond the stake covers; none once it is leaving.
    function _affordable(Node storage it) private view returns (uint8 roles) {
        if (it.unbondedAt != 0) return 0;
        uint256 stake = it.stake;
        if (it.roles & PROVIDER != 0 && stake >= PROVIDER_BOND) roles |= PROVIDER;
        if (it.roles & VALIDATOR != 0 && stake >= VALIDATOR_BOND) roles |= VALIDATOR;
    }

    function _relist(address node, Node storage it) private {
        uint8 roles = _affordable(it);
        if (roles == it.activeRoles) return;
        _move(node, it, roles);
        emit RolesActive(node, roles);
    }

    /// Puts a node on the lists of `roles` and takes it from those of its other roles.
    function _move(address node, Node storage it, uint8 roles) private {
        uint8 changed = it.activeRoles ^ roles;
        it.activeRoles = roles;
        if (changed & VALIDATOR != 0) _set(_active[VALIDATOR], node, roles & VALIDATOR != 0);
        if (changed & PROVIDER == 0) return;
        bool isListed = roles & PROVIDER != 0;
        _set(_active[PROVIDER], node, isListed);
        uint256 count = it.manifests.length;
        for (uint256 i; i < count; ++i) {
            _set(_serving[it.manifests[i]], node, isListed);
        }
    }

    function _set(EnumerableSet.AddressSet storage list, address node, bool isListed) private {
        if (isListed) list.add(node);
        else list.remove(node);
    }

    function _page(EnumerableSet.AddressSet storage list, uint256 offset, uint256 limit)
        private
        view
        returns (address[] memory)
    {
        uint256 length = list.length();
        uint256 from = offset < length ? offset : length;
        uint256 to = limit < length - from ? from + limit : length;
        return list.values(from, to);
    }
}
