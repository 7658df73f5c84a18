import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMerkleFrontier, merkleProof, merkleProofRoot } from './merkle.ts';

const leavesOf = (count: number) => Array.from({ length: count }, (_, at) => sha256(Uint8Array.of(at, at >> 8)));

/** The definition: level by level, an odd node is promoted. */
function reference(level: readonly Uint8Array[]): Uint8Array {
  if (level.length === 1) return level[0]!;
  const above: Uint8Array[] = [];
  for (let at = 0; at < level.length; at += 2) {
    const [left, right] = [level[at]!, level[at + 1]];
    above.push(right === undefined ? left : sha256(Uint8Array.of(1, ...left, ...right)));
  }
  return reference(above);
}

describe('Merkle tree', () => {
  it('has the root of the definition at every width, while it grows', () => {
    const frontier = createMerkleFrontier();
    expect(() => frontier.root()).toThrow(expect.objectContaining({ code: 'par1/bad-input' }));
    const leaves = leavesOf(130);
    leaves.forEach((leaf, at) => {
      frontier.append(leaf);
      expect(frontier.count()).toBe(at + 1);
      expect(frontier.root()).toEqual(reference(leaves.slice(0, at + 1)));
    });
  });

  it('proves every leaf of every width up to 40 with no more siblings than levels', () => {
    for (let width = 1; width <= 40; width++) {
      const leaves = leavesOf(width);
      const root = reference(leaves);
      leaves.forEach((leaf, index) => {
        const siblings = merkleProof(leaves, index);
        expect(siblings.length).toBeLessThanOrEqual(Math.ceil(Math.log2(width)));
        expect(merkleProofRoot(leaf, index, width, siblings)).toEqual(root);
      });
    }
  });

  it('leads elsewhere, or nowhere, from another leaf, index, width or sibling', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 60 }), fc.nat(), fc.nat(), (width, pickIndex, pickOther) => {
        const leaves = leavesOf(width);
        const root = reference(leaves);
        const index = pickIndex % width;
        const other = (index + 1 + (pickOther % (width - 1))) % width;
        const siblings = merkleProof(leaves, index);
        const rootFrom = (...args: Parameters<typeof merkleProofRoot>): Uint8Array | null => {
          try {
            return merkleProofRoot(...args);
          } catch (error) {
            expect(error).toMatchObject({ code: 'par1/bad-proof' });
            return null;
          }
        };
        expect(rootFrom(leaves[other]!, index, width, siblings)).not.toEqual(root);
        expect(rootFrom(leaves[index]!, other, width, siblings)).not.toEqual(root);
        expect(rootFrom(leaves[index]!, index, width, [...siblings, root])).toBeNull();
        expect(rootFrom(leaves[index]!, index, width, siblings.slice(1))).toBeNull();
        const changed = siblings.with(pickOther % siblings.length, sha256(root));
        expect(rootFrom(leaves[index]!, index, width, changed)).not.toEqual(root);
        const short = siblings.with(pickOther % siblings.length, new Uint8Array(31));
        expect(rootFrom(leaves[index]!, index, width, short)).toBeNull();
      }),
    );
  });

  it('refuses a leaf outside the tree and an empty tree', () => {
    const [leaf] = leavesOf(1);
    const badInput = expect.objectContaining({ code: 'par1/bad-input' }) as Error;
    expect(() => merkleProofRoot(leaf!, 1, 1, [])).toThrow(badInput);
    expect(() => merkleProofRoot(leaf!, 0, 0, [])).toThrow(badInput);
    expect(() => merkleProofRoot(new Uint8Array(31), 0, 1, [])).toThrow(badInput);
    expect(() => merkleProof([], 0)).toThrow(badInput);
    expect(() => merkleProof([leaf!], 1)).toThrow(badInput);
  });
});
