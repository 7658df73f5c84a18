import { describe, expect, it } from 'vitest';
import { address, fromHex, hex32, toHex } from '../ids.ts';
import { answerCommitment } from './commitment.ts';
import { drawOperators } from './draw.ts';
import { intentId } from './intent-id.ts';
import { createQuorumFrontier, quorumProof, quorumProofRoot } from './merkle.ts';
import vectors from './quorum.vectors.json' with { type: 'json' };
import { decodeQuorumReceipt, encodeQuorumReceipt, quorumReceiptHash } from './receipt.ts';

const { case: known } = vectors;

function rootOf(values: readonly Uint8Array[]): string {
  const frontier = createQuorumFrontier();
  for (const value of values) frontier.append(value);
  return toHex(frontier.root());
}

describe('known answers', () => {
  it('names the intent', () => {
    const { intent } = known;
    expect(
      intentId({
        cChainId: hex32(intent.cChainId),
        aChainId: hex32(intent.aChainId),
        cTxHash: hex32(intent.cTxHash),
        callIndex: intent.callIndex,
        caller: address(intent.caller),
        manifest: hex32(intent.modelSpecHash),
        promptHash: hex32(intent.promptHash),
        n: intent.n,
        threshold: intent.threshold,
        feeWei: BigInt(intent.fee),
      }),
    ).toBe(known.intentId);
  });

  it('commits to the answer', () => {
    const { commitInputs } = known;
    expect(
      answerCommitment({
        taskId: hex32(commitInputs.taskId),
        manifest: hex32(commitInputs.modelSpecHash),
        promptHash: hex32(commitInputs.promptHash),
        outputHash: hex32(commitInputs.outputHash),
        embeddingHash: hex32(commitInputs.embeddingHash),
        operator: address(commitInputs.operator),
        nonce: hex32(commitInputs.nonce),
      }),
    ).toBe(known.commit);
  });

  it('writes the receipt, reads it back and hashes it', () => {
    const { receipt } = known;
    const addresses = (list: readonly string[]) => list.map((one) => fromHex(one, 20));
    expect(rootOf(addresses(known.operators))).toBe(receipt.operatorsRoot);
    expect(rootOf(addresses(known.winners))).toBe(receipt.winnersRoot);
    const written = {
      intentId: hex32(known.intentId),
      taskId: hex32(receipt.taskId),
      cChainId: hex32(receipt.cChainId),
      aChainId: hex32(receipt.aChainId),
      requester: address(receipt.requester),
      manifest: hex32(receipt.modelSpecHash),
      promptHash: hex32(receipt.promptHash),
      canonicalOutputHash: hex32(receipt.canonicalOutputHash),
      status: 'completed',
      n: receipt.n,
      threshold: receipt.threshold,
      winnersRoot: hex32(receipt.winnersRoot),
      operatorsRoot: hex32(receipt.operatorsRoot),
      feePaidWei: BigInt(receipt.feePaid),
      settledAtHeight: BigInt(receipt.settledAtHeight),
    } as const;
    const bytes = encodeQuorumReceipt(written);
    expect(bytes).toHaveLength(vectors.receiptEncodedLength);
    expect(toHex(bytes)).toBe(known.receiptBytes);
    expect([receipt.version, receipt.status]).toEqual([bytes[1], bytes[246]]);
    expect(quorumReceiptHash(bytes)).toBe(known.receiptHash);
    expect(decodeQuorumReceipt(bytes)).toEqual(written);
  });

  it('grows the tree of receipts and proves what is in it', () => {
    const { receiptHashes, rootAfterEach, proofOfIndex3, proofOfIndex6 } = known.receiptTree;
    const values = receiptHashes.map((hash) => fromHex(hash, 32));
    const frontier = createQuorumFrontier();
    const roots = values.map((value) => {
      frontier.append(value);
      return toHex(frontier.root());
    });
    expect(roots).toEqual(rootAfterEach);
    for (const [index, proof] of [
      [3, proofOfIndex3],
      [6, proofOfIndex6],
    ] as const) {
      expect(quorumProof(values, index).map(toHex)).toEqual(proof);
      const siblings = proof.map((sibling) => fromHex(sibling, 32));
      expect(toHex(quorumProofRoot(values[index]!, index, values.length, siblings))).toBe(rootAfterEach.at(-1));
    }
  });

  it('draws the operators', () => {
    const { eligible, beacon, n, selected } = known.draw;
    const drawn = drawOperators(
      eligible.map((one) => address(one)),
      hex32(beacon),
      n,
    );
    expect(drawn).toEqual(selected);
  });
});
