// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ISettlement} from "../../src/interfaces/ISettlement.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {BatchApproval, Voucher, WeftTypes} from "../../src/libraries/WeftTypes.sol";
import {Test} from "./Test.sol";

/// @title Builds batches as validators do: leaves, tree, lists, signatures.
abstract contract SettlementRig is Test {
    struct Job {
        bytes32 id;
        uint256 consumerKey;
        address provider;
        uint256 amount;
    }

    struct Built {
        ISettlement.Header header;
        ISettlement.Leaf[] leaves;
        /// The key that signs each leaf's voucher.
        uint256[] consumerKeys;
        bytes debits;
        bytes credits;
    }

    uint256 internal constant ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    ISettlement internal settlement;

    /// EIP-2098: r, then s with the parity in its highest bit.
    function signed(uint256 key, bytes32 digest) internal pure returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, digest);
        return abi.encodePacked(r, uint256(s) | (uint256(v - 27) << 255));
    }

    function digestOf(bytes32 structHash) internal view returns (bytes32) {
        return WeftTypes.digest(WeftTypes.domainSeparator(block.chainid, address(settlement)), structHash);
    }

    /// A batch whose lists match its leaves.
    function build(Job[] memory jobs) internal view returns (Built memory built) {
        uint256 count = jobs.length;
        built.leaves = new ISettlement.Leaf[](count);
        built.consumerKeys = new uint256[](count);
        address[] memory consumers = new address[](count);
        address[] memory providers = new address[](count);
        uint256[] memory amounts = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            Job memory job = jobs[i];
            consumers[i] = vm.addr(job.consumerKey);
            providers[i] = job.provider;
            amounts[i] = job.amount;
            built.consumerKeys[i] = job.consumerKey;
            built.leaves[i] = ISettlement.Leaf({
                index: uint32(i),
                jobId: job.id,
                consumer: consumers[i],
                provider: job.provider,
                amount: job.amount,
                receiptHash: keccak256(abi.encode("receipt", job.id)),
                voucherHash: voucherDigest(job.id, consumers[i], job.provider, job.amount),
                verdict: 1
            });
        }
        built.debits = pack(consumers, amounts, 0);
        built.credits = pack(providers, amounts, settlement.params().validatorBps);
        (built.header.nonce,) = settlement.batchState();
        built.header.root = KeccakTree.root(hashes(built.leaves));
        built.header.jobs = uint32(count);
        seal(built);
    }

    /// Sets what follows from the lists; called again by who changed them.
    function seal(Built memory built) internal view {
        ISettlement.Header memory header = built.header;
        header.debitsHash = keccak256(built.debits);
        header.creditsHash = keccak256(built.credits);
        header.total = 0;
        for (uint256 i = 0; i < built.debits.length / 32; ++i) {
            header.total += uint96(uint256(wordAt(built.debits, i)));
        }
        header.postedAt = uint64(vm.getBlockTimestamp());
    }

    /// Has the validators of these keys sign, in any order, and posts.
    function post(Built memory built, uint256[] memory keys) internal {
        bytes memory signatures = approve(built, keys);
        postSigned(built, signatures);
    }

    function postSigned(Built memory built, bytes memory signatures) internal {
        settlement.postBatch(
            built.header.nonce, built.header.root, built.header.jobs, built.debits, built.credits, signatures
        );
    }

    function approve(Built memory built, uint256[] memory keys) internal view returns (bytes memory signatures) {
        address[] memory signers = new address[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            for (uint256 j = i; j > 0 && vm.addr(keys[j]) < vm.addr(keys[j - 1]); --j) {
                (keys[j], keys[j - 1]) = (keys[j - 1], keys[j]);
            }
        }
        bytes32 digest = approvalDigest(built.header);
        for (uint256 i = 0; i < keys.length; ++i) {
            signers[i] = vm.addr(keys[i]);
            signatures = abi.encodePacked(signatures, signed(keys[i], digest));
        }
        built.header.signers = signers;
    }

    function approvalDigest(ISettlement.Header memory header) internal view returns (bytes32) {
        return digestOf(
            WeftTypes.hash(
                BatchApproval({
                    nonce: header.nonce,
                    root: header.root,
                    debitsHash: header.debitsHash,
                    creditsHash: header.creditsHash,
                    total: header.total,
                    jobs: header.jobs
                })
            )
        );
    }

    function proofOf(Built memory built, uint256 index) internal pure returns (ISettlement.Proof memory) {
        return
            ISettlement.Proof({
                header: built.header, leaf: built.leaves[index], path: pathOf(hashes(built.leaves), index)
            });
    }

    /// A leaf with its path and the consumer's signature on its voucher.
    function shown(Built memory built, uint256 index) internal view returns (ISettlement.SignedLeaf memory) {
        ISettlement.Leaf memory leaf = built.leaves[index];
        return ISettlement.SignedLeaf({
            leaf: leaf,
            path: pathOf(hashes(built.leaves), index),
            signature: signed(
                built.consumerKeys[index], voucherDigest(leaf.jobId, leaf.consumer, leaf.provider, leaf.amount)
            )
        });
    }

    /// All leaves of an account in one of the lists.
    function shownOf(Built memory built, ISettlement.Kind kind, address account)
        internal
        view
        returns (ISettlement.SignedLeaf[] memory leaves)
    {
        uint256 count = 0;
        ISettlement.SignedLeaf[] memory all = new ISettlement.SignedLeaf[](built.leaves.length);
        for (uint256 i = 0; i < built.leaves.length; ++i) {
            ISettlement.Leaf memory leaf = built.leaves[i];
            if ((kind == ISettlement.Kind.Debit ? leaf.consumer : leaf.provider) == account) {
                all[count++] = shown(built, i);
            }
        }
        leaves = new ISettlement.SignedLeaf[](count);
        for (uint256 i = 0; i < count; ++i) {
            leaves[i] = all[i];
        }
    }

    function voucherDigest(bytes32 jobId, address consumer, address provider, uint256 amount)
        internal
        view
        returns (bytes32)
    {
        return digestOf(WeftTypes.hash(Voucher({jobId: jobId, consumer: consumer, provider: provider, amount: amount})));
    }

    /// Sums per account, ascending, less `bps` of each sum.
    function pack(address[] memory accounts, uint256[] memory amounts, uint256 bps)
        internal
        pure
        returns (bytes memory list)
    {
        uint256 count = 0;
        address[] memory keys = new address[](accounts.length);
        uint256[] memory sums = new uint256[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 place = 0;
            while (place < count && keys[place] < accounts[i]) ++place;
            if (place == count || keys[place] != accounts[i]) {
                for (uint256 j = count; j > place; --j) {
                    (keys[j], sums[j]) = (keys[j - 1], sums[j - 1]);
                }
                (keys[place], sums[place]) = (accounts[i], 0);
                ++count;
            }
            sums[place] += amounts[i];
        }
        list = new bytes(32 * count);
        for (uint256 i = 0; i < count; ++i) {
            setWord(list, i, entryOf(keys[i], sums[i] - sums[i] * bps / 10_000));
        }
    }

    function entryOf(address account, uint256 amount) internal pure returns (bytes32) {
        return bytes32((uint256(uint160(account)) << 96) | amount);
    }

    function wordAt(bytes memory list, uint256 index) internal pure returns (bytes32 word) {
        assembly ("memory-safe") {
            word := mload(add(add(list, 32), shl(5, index)))
        }
    }

    function setWord(bytes memory list, uint256 index, bytes32 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(add(list, 32), shl(5, index)), word)
        }
    }

    /// The place of an account in a list; reverts where it is not in it.
    function placeOf(bytes memory list, address account) internal pure returns (uint256) {
        for (uint256 i = 0; i < list.length / 32; ++i) {
            if (address(bytes20(wordAt(list, i))) == account) return i;
        }
        revert("not in the list");
    }

    function hashes(ISettlement.Leaf[] memory leaves) internal pure returns (bytes32[] memory nodes) {
        nodes = new bytes32[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            nodes[i] = keccak256(abi.encode(leaves[i]));
        }
    }

    /// One sibling a level, an odd last node being its own; overwrites `nodes`.
    function pathOf(bytes32[] memory nodes, uint256 index) internal pure returns (bytes32[] memory path) {
        uint256 width = nodes.length;
        uint256 depth = 0;
        while ((1 << depth) < width) ++depth;
        path = new bytes32[](depth);
        for (uint256 level = 0; level < depth; ++level) {
            uint256 sibling = index ^ 1;
            path[level] = nodes[sibling < width ? sibling : index];
            uint256 parents = (width + 1) / 2;
            for (uint256 i = 0; i < parents; ++i) {
                nodes[i] = KeccakTree.parentOf(nodes[2 * i], nodes[2 * i + 1 < width ? 2 * i + 1 : 2 * i]);
            }
            width = parents;
            index /= 2;
        }
    }
}
