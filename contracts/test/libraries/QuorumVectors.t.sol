// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {KeccakFrontier} from "../../src/libraries/KeccakFrontier.sol";
import {KeccakTree} from "../../src/libraries/KeccakTree.sol";
import {OperatorDraw} from "../../src/libraries/OperatorDraw.sol";
import {QuorumWire} from "../../src/libraries/QuorumWire.sol";
import {Test} from "../support/Test.sol";

/// Every value of `quorum.vectors.json`, the file that TypeScript is checked against too.
contract QuorumVectorsTest is Test {
    using KeccakFrontier for KeccakFrontier.Tree;

    string private json;
    KeccakFrontier.Tree private tree;

    function setUp() public {
        json = vm.readFile("src/protocol/quorum/quorum.vectors.json");
    }

    function test_intentId() public view {
        QuorumWire.Intent memory intent = QuorumWire.Intent({
            cChainId: word(".intent.cChainId"),
            aChainId: word(".intent.aChainId"),
            cTxHash: word(".intent.cTxHash"),
            callIndex: uint32(number(".intent.callIndex")),
            caller: account(".intent.caller"),
            manifest: word(".intent.modelSpecHash"),
            promptHash: word(".intent.promptHash"),
            n: uint16(number(".intent.n")),
            threshold: uint16(number(".intent.threshold")),
            fee: number(".intent.fee")
        });
        assertEq(QuorumWire.intentId(intent), word(".intentId"), "intentId");
    }

    function test_commitment() public view {
        QuorumWire.Answer memory answer = QuorumWire.Answer({
            taskId: word(".commitInputs.taskId"),
            manifest: word(".commitInputs.modelSpecHash"),
            promptHash: word(".commitInputs.promptHash"),
            outputHash: word(".commitInputs.outputHash"),
            embeddingHash: word(".commitInputs.embeddingHash"),
            nonce: word(".commitInputs.nonce")
        });
        assertEq(QuorumWire.commitment(answer, account(".commitInputs.operator")), word(".commit"), "commit");
    }

    function test_receipt() public view {
        bytes memory encoded = QuorumWire.encode(receipt());
        assertEq(encoded.length, vm.parseJsonUint(json, ".receiptEncodedLength"), "length");
        assertEq(encoded, vm.parseJsonBytes(json, ".case.receiptBytes"), "bytes");
        assertEq(QuorumWire.receiptHash(encoded), word(".receiptHash"), "receiptHash");
        assertEq(number(".receipt.version"), QuorumWire.RECEIPT_VERSION, "version");
    }

    function test_rootsOfWinnersAndOperators() public view {
        assertEq(rootOf(accounts(".winners")), word(".receipt.winnersRoot"), "winnersRoot");
        assertEq(rootOf(accounts(".operators")), word(".receipt.operatorsRoot"), "operatorsRoot");
        assertEq(rootOf(new address[](0)), 0, "empty");
    }

    function test_receiptTreeAfterEachReceipt() public {
        bytes32[] memory hashes = words(".receiptTree.receiptHashes");
        bytes32[] memory roots = words(".receiptTree.rootAfterEach");
        assertEq(hashes.length, roots.length, "as many roots as receipts");
        assertEq(tree.root(), 0, "empty");
        for (uint256 i = 0; i < hashes.length; ++i) {
            assertEq(tree.append(KeccakTree.leafOf(hashes[i])), i, "index");
            assertEq(tree.root(), roots[i], "frontier");
            bytes32[] memory leaves = new bytes32[](i + 1);
            for (uint256 j = 0; j <= i; ++j) {
                leaves[j] = KeccakTree.leafOf(hashes[j]);
            }
            assertEq(KeccakTree.root(leaves), roots[i], "whole tree");
        }
    }

    function test_proofs() public view {
        bytes32[] memory hashes = words(".receiptTree.receiptHashes");
        bytes32 root = words(".receiptTree.rootAfterEach")[6];
        bytes32[] memory third = words(".receiptTree.proofOfIndex3");
        bytes32[] memory last = words(".receiptTree.proofOfIndex6");
        assertTrue(KeccakTree.verify(root, 7, KeccakTree.leafOf(hashes[3]), 3, third), "index 3");
        assertTrue(KeccakTree.verify(root, 7, KeccakTree.leafOf(hashes[6]), 6, last), "index 6");
        assertTrue(!KeccakTree.verify(root, 7, KeccakTree.leafOf(hashes[2]), 3, third), "another leaf");
        assertTrue(!KeccakTree.verify(root, 7, KeccakTree.leafOf(hashes[3]), 2, third), "another place");
        // The odd last leaf is its own sibling: the place after it holds the same hash but is no leaf.
        assertTrue(!KeccakTree.verify(root, 7, KeccakTree.leafOf(hashes[6]), 7, last), "past the end");
    }

    function test_draw() public view {
        address[] memory expected = accounts(".draw.selected");
        bytes memory packed = OperatorDraw.pack(accounts(".draw.eligible"));
        assertEq(packed.length, 9 * 20, "packed");
        address[] memory drawn = OperatorDraw.draw(word(".draw.beacon"), packed, number(".draw.n"));
        assertEq(drawn.length, expected.length, "drawn");
        for (uint256 i = 0; i < drawn.length; ++i) {
            assertEq(drawn[i], expected[i], "place");
        }
    }

    function receipt() private view returns (QuorumWire.Receipt memory value) {
        value.intentId = word(".receipt.intentId");
        value.taskId = word(".receipt.taskId");
        value.cChainId = word(".receipt.cChainId");
        value.aChainId = word(".receipt.aChainId");
        value.requester = account(".receipt.requester");
        value.manifest = word(".receipt.modelSpecHash");
        value.promptHash = word(".receipt.promptHash");
        value.canonicalOutputHash = word(".receipt.canonicalOutputHash");
        value.status = uint8(number(".receipt.status"));
        value.n = uint16(number(".receipt.n"));
        value.threshold = uint16(number(".receipt.threshold"));
        value.winnersRoot = word(".receipt.winnersRoot");
        value.operatorsRoot = word(".receipt.operatorsRoot");
        value.feePaid = number(".receipt.feePaid");
        value.settledAtHeight = uint64(number(".receipt.settledAtHeight"));
    }

    function rootOf(address[] memory list) private pure returns (bytes32) {
        bytes32[] memory leaves = new bytes32[](list.length);
        for (uint256 i = 0; i < list.length; ++i) {
            leaves[i] = KeccakTree.leafOf(list[i]);
        }
        return KeccakTree.root(leaves);
    }

    function word(string memory key) private view returns (bytes32) {
        return vm.parseJsonBytes32(json, string.concat(".case", key));
    }

    function words(string memory key) private view returns (bytes32[] memory) {
        return vm.parseJsonBytes32Array(json, string.concat(".case", key));
    }

    function account(string memory key) private view returns (address) {
        return vm.parseJsonAddress(json, string.concat(".case", key));
    }

    function accounts(string memory key) private view returns (address[] memory) {
        return vm.parseJsonAddressArray(json, string.concat(".case", key));
    }

    function number(string memory key) private view returns (uint256) {
        return vm.parseJsonUint(json, string.concat(".case", key));
    }
}
