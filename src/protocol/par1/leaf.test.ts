import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { K, LEAF_BYTES } from './constants.ts';
import { decodeLeaf, encodeLeaf } from './leaf.ts';
import type { Leaf } from './leaf.ts';

const i16 = fc.integer({ min: -32768, max: 32767 });

const anyLeaf: fc.Arbitrary<Leaf> = fc
  .record({
    t: fc.nat(0xffffffff),
    token: fc.nat(0xffffffff),
    rank: fc.nat(K - 1),
    flags: fc.nat(3),
    ids: fc.array(fc.nat(0xfffffffe), { minLength: 1, maxLength: K }),
    zq: fc.array(i16, { minLength: K, maxLength: K }),
    sketch: fc.array(i16, { minLength: K, maxLength: K }),
    zmax: fc.float({ noNaN: true, noDefaultInfinity: true }),
  })
  .map(({ ids, zq, sketch, rank, ...rest }) => ({
    ...rest,
    rank: rank % ids.length,
    ids: Uint32Array.from({ length: K }, (_, slot) => ids[slot] ?? 0xffffffff),
    zq: Int16Array.from(zq, (value, slot) => (slot < ids.length ? value : -32768)),
    sketch: Int16Array.from(sketch),
  }));

const badLeaf = expect.objectContaining({ code: 'par1/bad-leaf' }) as Error;

describe('leaf', () => {
  it('round-trips', () => {
    fc.assert(
      fc.property(anyLeaf, (leaf) => {
        const bytes = encodeLeaf(leaf);
        expect(bytes.length).toBe(LEAF_BYTES);
        expect(decodeLeaf(bytes)).toEqual(leaf);
        // Also out of the middle of a larger buffer.
        const padded = new Uint8Array(LEAF_BYTES + 9);
        padded.set(bytes, 5);
        expect(decodeLeaf(padded.subarray(5, 5 + LEAF_BYTES))).toEqual(leaf);
      }),
    );
  });

  it('accepts only bytes that it would write itself, and refuses all others with a typed error', () => {
    const mutated = fc
      .tuple(anyLeaf, fc.array(fc.tuple(fc.nat(LEAF_BYTES - 1), fc.nat(255)), { maxLength: 4 }))
      .map(([leaf, changes]) => {
        const bytes = encodeLeaf(leaf);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        let leaf: Leaf;
        try {
          leaf = decodeLeaf(bytes);
        } catch (error) {
          expect(error).toEqual(badLeaf);
          return;
        }
        expect(encodeLeaf(leaf)).toEqual(bytes);
      }),
      { numRuns: 1000 },
    );
  });

  const honest = encodeLeaf({
    t: 1,
    token: 2,
    rank: 0,
    flags: 0,
    ids: new Uint32Array(K).fill(0xffffffff).fill(2, 0, 1).fill(5, 1, 2),
    zq: new Int16Array(K).fill(-32768).fill(0, 0, 1).fill(-9, 1, 2),
    sketch: new Int16Array(K),
    zmax: 1.5,
  });

  it.each([
    ['another width', 9, [31]],
    ['an unknown flag', 10, [4]],
    ['a reserved byte', 11, [1]],
    ['a rank without a candidate', 8, [2]],
    ['an id after a gap', 12 + 4 * 5, [0, 0, 0, 9]],
    ['a value in an unused slot', 140 + 2 * 5, [0, 0]],
    ['an infinite logit', 268, [0x7f, 0x80, 0, 0]],
    ['a logit that is no number', 268, [0x7f, 0xc0, 0, 0]],
    ['no candidate at all', 12, [255, 255, 255, 255]],
  ])('refuses %s', (_what, at, values) => {
    const bytes = honest.slice();
    expect(() => decodeLeaf(bytes)).not.toThrow();
    bytes.set(values, at);
    expect(() => decodeLeaf(bytes)).toThrow(badLeaf);
  });

  it.each([0, 271, 273])('refuses %i bytes', (size) => {
    expect(() => decodeLeaf(new Uint8Array(size))).toThrow(badLeaf);
  });

  it('refuses to write what has no encoding', () => {
    const leaf = decodeLeaf(honest);
    const badInput = expect.objectContaining({ code: 'par1/bad-input' }) as Error;
    expect(() => encodeLeaf({ ...leaf, rank: 32 })).toThrow(badInput);
    expect(() => encodeLeaf({ ...leaf, t: -1 })).toThrow(badInput);
    expect(() => encodeLeaf({ ...leaf, token: 2 ** 32 })).toThrow(badInput);
    expect(() => encodeLeaf({ ...leaf, flags: 4 })).toThrow(badInput);
    expect(() => encodeLeaf({ ...leaf, ids: new Uint32Array(31) })).toThrow(badInput);
  });
});
