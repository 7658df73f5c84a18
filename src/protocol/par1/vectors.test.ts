import { describe, expect, it } from 'vitest';
import { address, fromHex, hex32, toHex } from '../ids.ts';
import { createPositionChecker } from './check.ts';
import { gumbelTable, gumbelTableHash } from './gumbel.ts';
import { decodeLeaf } from './leaf.ts';
import { drawPositions } from './positions.ts';
import vectors from './par1.vectors.json' with { type: 'json' };
import { decodeReceipt, encodeReceipt, receiptHash } from './receipt.ts';
import { deriveSeed } from './seed.ts';
import { createTap } from './tap.ts';
import { tokensHash } from './tokens-hash.ts';

/** The formula that every case of the file states, with its own vocabulary size. */
function logitsAt(vocab: number, t: number): Float32Array {
  return Float32Array.from(
    { length: vocab },
    (_, i) => ((Math.imul(i + 1 + vocab * t, 2654435761) >>> 0) / 2 ** 32) * 20 - 10,
  );
}

describe('known answers', () => {
  it('builds the Gumbel table', () => {
    const table = gumbelTable();
    expect(gumbelTableHash(table)).toBe(vectors.gumbelTable.sha256OfInt16BE);
    expect([table[0], table[32768], table[65535]]).toEqual([
      vectors.gumbelTable.first,
      vectors.gumbelTable.middle,
      vectors.gumbelTable.last,
    ]);
  });

  it.each(vectors.cases)('$name: tokens, leaves, root, proof, receipt and positions', (known) => {
    const { inputs } = known;
    expect(inputs.logit).toBe(`z_i(t) = f32((imul(i + 1 + ${inputs.vocab}*t, 2654435761) >>> 0) / 2^32 * 20 - 10)`);
    const params = { temperatureQ: inputs.temperatureQ, topPBps: inputs.topPBps, topK: inputs.topK };
    const seed = deriveSeed(fromHex(inputs.jobId, 32), fromHex(inputs.nonce, 32));
    expect(toHex(seed)).toBe(known.seed);

    const tap = createTap({ seed, vocabSize: inputs.vocab, params, maxTokens: inputs.steps, stopTokens: [] });
    const tokens = known.tokens.map((_, t) => {
      const token = tap.sample(logitsAt(inputs.vocab, t));
      tap.commit();
      return token;
    });
    expect(tokens).toEqual(known.tokens);
    expect(tap.finish()).toEqual({ leafCount: inputs.steps, root: known.root, seed: known.seed });
    for (const step of known.steps) {
      const leaf = decodeLeaf(tap.opening(step.t).leaf);
      expect([...leaf.ids.subarray(0, 4)]).toEqual(step.ids);
      expect([...leaf.zq.subarray(0, 4)]).toEqual(step.zq);
      expect([...leaf.sketch.subarray(0, 4)]).toEqual(step.sketch);
      expect([leaf.rank, leaf.token]).toEqual([step.rank, step.token]);
      if (step.leaf !== undefined) expect(toHex(tap.opening(step.t).leaf)).toBe(step.leaf);
    }
    const { siblings } = tap.opening(known.proof.index);
    expect(siblings.map((sibling) => toHex(sibling))).toEqual(known.proof.siblings);

    const receipt = {
      chainId: BigInt(inputs.chainId),
      jobId: hex32(inputs.jobId),
      prover: address(inputs.prover),
      manifest: hex32(inputs.manifest),
      promptHash: hex32(tokensHash(inputs.prompt)),
      outputHash: hex32(tokensHash(tokens)),
      params,
      seed: hex32(seed),
      leafCount: inputs.steps,
      root: hex32(known.root),
    };
    const bytes = encodeReceipt(receipt);
    expect(bytes.length).toBe(known.receiptLength);
    expect(toHex(bytes)).toBe(known.receipt);
    expect(receiptHash(bytes)).toBe(known.receiptHash);
    expect(decodeReceipt(bytes)).toEqual(receipt);

    const drawn = drawPositions({
      beacon: fromHex(known.positions.beacon, 32),
      receiptHash: fromHex(known.positions.receiptHash, 32),
      auditor: fromHex(known.positions.auditor, 20),
      leafCount: known.positions.of,
      pick: known.positions.pick,
    });
    expect(drawn.toSorted((a, b) => a - b)).toEqual(known.positions.result);

    const check = createPositionChecker({ receipt, output: Uint32Array.from(tokens), vocabSize: inputs.vocab });
    for (const t of tokens.keys()) expect(check(t, tap.opening(t))).toMatchObject({ ok: true });
  });
});
