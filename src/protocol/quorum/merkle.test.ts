import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keccak256 } from '../keccak.ts';
import { createQuorumFrontier, quorumProof, quorumProofRoot } from './merkle.ts';

const valuesOf = (count: number) => Array.from({ length: count }, (_, at) => keccak256(Uint8Array.of(at, at >> 8)));
const badRequest = expect.objectContaining({ code: 'app/bad-request' }) as Error;
const badProof = expect.objectContaining({ code: 'quorum/bad-proof' }) as Error;

/** The definition: level by level, the last of an odd level is paired with itself. */
function reference(values: readonly Uint8Array[]): Uint8Array {
  let level = values.map((value) => keccak256(value));
  if (level.length === 0) return new Uint8Array(32);
  while (level.length > 1) {
    if (level.length % 2 === 1) level.push(level.at(-1)!);
    level = level.flatMap((node, at) => (at % 2 === 0 ? [keccak256(node, level[at + 1]!)] : []));
  }
  return level[0]!;
}

describe('tree of a quorum', () => {
  it('has the root of the definition at every width, from zero up', () => {
    const frontier = createQuorumFrontier();
    expect(frontier.root()).toEqual(new Uint8Array(32));
    const values = valuesOf(130);
    values.forEach((value, at) => {
      frontier.append(value);
      expect(frontier.count()).toBe(at + 1);
      expect(frontier.root()).toEqual(reference(values.slice(0, at + 1)));
    });
  });

  it('gives out copies of its root', () => {
    const frontier = createQuorumFrontier();
    for (const value of valuesOf(2)) frontier.append(value);
    frontier.root().fill(0);
    expect(frontier.root()).toEqual(reference(valuesOf(2)));
  });

  it('proves every value of every width up to 40', () => {
    for (let count = 1; count <= 40; count++) {
      const values = valuesOf(count);
      values.forEach((value, index) => {
        expect(quorumProofRoot(value, index, count, quorumProof(values, index))).toEqual(reference(values));
      });
    }
  });

  it('leads elsewhere, or nowhere, from another value, index, number of siblings or sibling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (count, pickIndex, pickOther) => {
        const values = valuesOf(count);
        const root = reference(values);
        const index = pickIndex % count;
        const other = (index + 1 + (pickOther % (count - 1))) % count;
        const siblings = quorumProof(values, index);
        const at = pickOther % siblings.length;
        const rootFrom = (...args: Parameters<typeof quorumProofRoot>): Uint8Array | null => {
          try {
            return quorumProofRoot(...args);
          } catch (error) {
            expect(error).toEqual(badProof);
            return null;
          }
        };
        expect(rootFrom(values[other]!, index, count, siblings)).not.toEqual(root);
        expect(rootFrom(values[index]!, other, count, siblings)).not.toEqual(root);
        expect(rootFrom(values[index]!, index, count, [...siblings, root])).toBeNull();
        expect(rootFrom(values[index]!, index, count, siblings.slice(1))).toBeNull();
        expect(rootFrom(values[index]!, index, count, siblings.with(at, keccak256(root)))).not.toEqual(root);
        expect(rootFrom(values[index]!, index, count, siblings.with(at, new Uint8Array(31)))).toBeNull();
      }),
    );
  });

  it('proves nothing beyond its width, although repeating the last value gives the same root', () => {
    const three = valuesOf(3);
    const four = [...three, three[2]!];
    expect(reference(four)).toEqual(reference(three));
    const siblings = quorumProof(four, 3);
    expect(quorumProofRoot(four[3]!, 3, 4, siblings)).toEqual(reference(three));
    expect(() => quorumProofRoot(four[3]!, 3, 3, siblings)).toThrow(badRequest);
  });

  it('refuses values that could be nodes, and places outside the tree', () => {
    const [value] = valuesOf(1);
    const frontier = createQuorumFrontier();
    for (const size of [0, 19, 21, 31, 33, 64]) {
      expect(() => frontier.append(new Uint8Array(size))).toThrow(badRequest);
      expect(() => quorumProofRoot(new Uint8Array(size), 0, 1, [])).toThrow(badRequest);
    }
    expect(frontier.count()).toBe(0);
    expect(() => quorumProof([], 0)).toThrow(badRequest);
    expect(() => quorumProof([value!], 1)).toThrow(badRequest);
    expect(() => quorumProofRoot(value!, 0, 0, [])).toThrow(badRequest);
    expect(() => quorumProofRoot(value!, 1, 1, [])).toThrow(badRequest);
  });
});
