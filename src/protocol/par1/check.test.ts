import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, hex32 } from '../ids.ts';
import { createPositionChecker } from './check.ts';
import type { Opening, Violation } from './check.ts';
import { decodeLeaf, encodeLeaf } from './leaf.ts';
import type { Leaf } from './leaf.ts';
import { createLeafHasher } from './leaf-hasher.ts';
import { createMerkleFrontier, merkleProof } from './merkle.ts';
import { createSampler } from './sampler.ts';
import { createTap } from './tap.ts';
import { tokensHash } from './tokens-hash.ts';

const VOCAB = 200;
const COUNT = 7;
const params = { temperatureQ: 900, topPBps: 9000, topK: 20 };
const seed = new Uint8Array(32).fill(4);
const zero = hex32(new Uint8Array(32));

function honestLeaves(): Leaf[] {
  const tap = createTap({ seed, vocabSize: VOCAB, params, maxTokens: COUNT, stopTokens: [] });
  for (let t = 0; t < COUNT; t++) {
    tap.sample(Float32Array.from({ length: VOCAB }, (_, id) => 4 * Math.sin(id * 12.9898 + t)));
    tap.commit();
  }
  return Array.from({ length: COUNT }, (_, t) => decodeLeaf(tap.opening(t).leaf));
}

/** A prover that commits to these leaves, whatever they say, and answers for them. */
function commitTo(leaves: readonly Uint8Array[], output: Uint32Array) {
  const hashLeaf = createLeafHasher();
  const frontier = createMerkleFrontier();
  const hashes = leaves.map((leaf) => {
    const hash = new Uint8Array(32);
    hashLeaf(leaf, 0, hash);
    frontier.append(hash);
    return hash;
  });
  const receipt = {
    chainId: 1n,
    jobId: zero,
    prover: address(new Uint8Array(20)),
    manifest: zero,
    promptHash: zero,
    outputHash: hex32(tokensHash(output)),
    params,
    seed: hex32(seed),
    leafCount: leaves.length,
    root: hex32(frontier.root()),
  };
  const opening = (index: number): Opening => ({ leaf: leaves[index]!, siblings: merkleProof(hashes, index) });
  return { opening, receipt, check: createPositionChecker({ receipt, output, vocabSize: VOCAB }) };
}

const honest = honestLeaves();
const output = Uint32Array.from(honest, (leaf) => leaf.token);
const encoded = honest.map(encodeLeaf);

/** The verdict on position 3 when its leaf is another one that was committed all the same. */
function verdictOn(change: (leaf: Leaf) => Leaf, answered: Uint32Array = output) {
  const leaves = encoded.with(3, encodeLeaf(change(honest[3]!)));
  const { check, opening } = commitTo(leaves, answered);
  return check(3, opening(3));
}

/** Another rank that the sampler does not draw, with the output saying so as well. */
function otherRank(leaf: Leaf): { leaf: Leaf; output: Uint32Array } {
  const rank = leaf.rank === 0 ? 1 : 0;
  const token = leaf.ids[rank]!;
  return { leaf: { ...leaf, rank, token }, output: output.with(3, token) };
}

describe('position check', () => {
  it('accepts every position of an honest answer', () => {
    const { check, opening } = commitTo(encoded, output);
    for (let t = 0; t < COUNT; t++) expect(check(t, opening(t))).toEqual({ ok: true, leaf: honest[t] });
  });

  it.each<[Violation, string, (leaf: Leaf) => Leaf]>([
    ['index', 'a leaf of another position', (leaf) => ({ ...leaf, t: 4 })],
    ['flags', 'a flag without a grammar', (leaf) => ({ ...leaf, flags: 1 })],
    ['ids', 'an id twice', (leaf) => ({ ...leaf, ids: leaf.ids.with(20, leaf.ids[0]!) })],
    ['ids', 'an id outside the vocabulary', (leaf) => ({ ...leaf, ids: leaf.ids.with(31, VOCAB) })],
    [
      'ids',
      'fewer candidates than there are',
      (leaf) => ({ ...leaf, ids: leaf.ids.with(31, 0xffffffff), zq: leaf.zq.with(31, -32768) }),
    ],
    ['zq', 'a first value other than 0', (leaf) => ({ ...leaf, zq: leaf.zq.with(0, 1) })],
    ['zq', 'a value above the one before it', (leaf) => ({ ...leaf, zq: leaf.zq.with(9, leaf.zq[8]! + 1) })],
    ['token', 'a token that is not at its rank', (leaf) => ({ ...leaf, rank: leaf.rank === 0 ? 1 : 0 })],
  ])('finds %s: %s', (violation, _what, change) => {
    expect(verdictOn(change)).toMatchObject({ ok: false, violation });
  });

  it('finds a token that the output does not have, and one that was not drawn', () => {
    const other = otherRank(honest[3]!);
    expect(verdictOn(() => other.leaf)).toMatchObject({ ok: false, violation: 'output' });
    expect(verdictOn(() => other.leaf, other.output)).toMatchObject({ ok: false, violation: 'sample' });
  });

  it('finds any rank that the sampler does not draw, and no other', () => {
    const sampler = createSampler(seed, params);
    for (let rank = 0; rank < 32; rank++) {
      const leaf = { ...honest[3]!, rank, token: honest[3]!.ids[rank]! };
      const drawn = sampler.accepts({ ids: leaf.ids, zq: leaf.zq, count: 32 }, 3, rank);
      expect(drawn).toBe(rank === honest[3]!.rank);
      expect(verdictOn(() => leaf, output.with(3, leaf.token)).ok).toBe(drawn);
    }
  });

  it('finds bytes that are no leaf', () => {
    const broken = encoded[3]!.with(9, 31);
    const { check, opening } = commitTo(encoded.with(3, broken), output);
    expect(check(3, opening(3))).toMatchObject({ ok: false, violation: 'leaf' });
    expect(check(3, { ...opening(3), leaf: broken.slice(1) })).toMatchObject({ ok: false, violation: 'leaf' });
  });

  it('finds a leaf that was not committed: any changed byte, another position’s proof', () => {
    const { check, opening } = commitTo(encoded, output);
    fc.assert(
      fc.property(fc.nat(271), fc.integer({ min: 1, max: 255 }), fc.nat(COUNT - 1), (at, flip, index) => {
        const { leaf, siblings } = opening(index);
        const changed = leaf.with(at, leaf[at]! ^ flip);
        expect(check(index, { leaf: changed, siblings })).toMatchObject({ ok: false, violation: 'proof' });
      }),
    );
    expect(check(2, opening(3))).toMatchObject({ ok: false, violation: 'proof' });
    expect(check(3, { ...opening(3), siblings: [] })).toMatchObject({ ok: false, violation: 'proof' });
  });

  it('refuses an output that is not the receipt’s, and a position outside it', () => {
    const { receipt, check, opening } = commitTo(encoded, output);
    const badInput = expect.objectContaining({ code: 'par1/bad-input' }) as Error;
    const init = { receipt, vocabSize: VOCAB };
    expect(() => createPositionChecker({ ...init, output: output.with(0, 1) })).toThrow(badInput);
    expect(() => createPositionChecker({ ...init, output: output.slice(1) })).toThrow(badInput);
    expect(() => check(COUNT, opening(0))).toThrow(badInput);
  });
});
