import { WeftError } from '../errors.ts';
import { HASH_BYTES, MAX_LEAVES } from './constants.ts';
import { requireBytes, requireInteger } from './guard.ts';
import { createSha256 } from './sha256.ts';

const NODE_PREFIX = 1;
/** Levels of the largest tree, log2 of MAX_LEAVES, and its root. */
const LEVELS = Math.log2(MAX_LEAVES) + 1;

type Combine = (left: Uint8Array, right: Uint8Array, out: Uint8Array) => void;

/** SHA-256(0x01 ‖ left ‖ right); `out` may be either of them. */
function createCombine(): Combine {
  const sha = createSha256();
  const message = new Uint8Array(1 + 2 * HASH_BYTES);
  message[0] = NODE_PREFIX;
  return (left, right, out) => {
    message.set(left, 1);
    message.set(right, 1 + HASH_BYTES);
    sha.into(message, out);
  };
}

/** A tree that grows leaf by leaf and keeps only the roots of its full subtrees. */
interface MerkleFrontier {
  readonly append: (leafHash: Uint8Array) => void;
  readonly count: () => number;
  /** A copy of the root; throws par1/bad-input while there is no leaf. */
  readonly root: () => Uint8Array;
}

export function createMerkleFrontier(): MerkleFrontier {
  const combine = createCombine();
  /** The root of a full subtree of 2^level leaves; in use where that bit of `count` is set. */
  const peaks = Array.from({ length: LEVELS }, () => new Uint8Array(HASH_BYTES));
  const carry = new Uint8Array(HASH_BYTES);
  let count = 0;
  return {
    append(leafHash) {
      requireInteger('leaf', count, 0, MAX_LEAVES - 1);
      carry.set(leafHash);
      let level = 0;
      for (; ((count >> level) & 1) === 1; level++) combine(peaks[level]!, carry, carry);
      peaks[level]!.set(carry);
      count += 1;
    },
    count: () => count,
    root() {
      requireInteger('leaves', count, 1, MAX_LEAVES);
      // Promoting odd nodes makes the tree lean left: its root folds the peaks from the smallest up.
      let root: Uint8Array | null = null;
      for (let level = 0; level < LEVELS; level++) {
        if (((count >> level) & 1) === 0) continue;
        if (root === null) root = peaks[level]!.slice();
        else combine(peaks[level]!, root, root);
      }
      return root!;
    },
  };
}

/** The siblings from leaf `index` up to the root, where there is one: an odd node at a level's end has none. */
export function merkleProof(leafHashes: readonly Uint8Array[], index: number): Uint8Array[] {
  requireInteger('leaves', leafHashes.length, 1, MAX_LEAVES);
  requireInteger('index', index, 0, leafHashes.length - 1);
  const combine = createCombine();
  const siblings: Uint8Array[] = [];
  let level = leafHashes;
  for (let at = index; level.length > 1; at >>= 1) {
    const sibling = level[at ^ 1];
    if (sibling !== undefined) siblings.push(sibling.slice());
    const above: Uint8Array[] = [];
    for (let left = 0; left < level.length; left += 2) {
      const right = level[left + 1];
      const node = level[left]!.slice();
      if (right !== undefined) combine(node, right, node);
      above.push(node);
    }
    level = above;
  }
  return siblings;
}

/**
 * The root that a proof leads to for a tree of `width` leaves. Every sibling there is must be given, and no other.
 * Throws par1/bad-proof for another number of them, par1/bad-input for an index outside the tree.
 */
export function merkleProofRoot(
  leafHash: Uint8Array,
  index: number,
  width: number,
  siblings: readonly Uint8Array[],
): Uint8Array {
  requireInteger('leaves', width, 1, MAX_LEAVES);
  requireInteger('index', index, 0, width - 1);
  requireBytes('leaf hash', leafHash, HASH_BYTES);
  const combine = createCombine();
  const node = leafHash.slice();
  let used = 0;
  for (let at = index, left = width; left > 1; at >>= 1, left = (left + 1) >> 1) {
    const isRight = (at & 1) === 1;
    if (!isRight && at + 1 === left) continue;
    const sibling = siblings[used];
    if (sibling?.length !== HASH_BYTES) {
      throw new WeftError(
        'par1/bad-proof',
        `Expected a sibling of ${HASH_BYTES} bytes as number ${used} of the proof.`,
      );
    }
    used += 1;
    if (isRight) combine(sibling, node, node);
    else combine(node, sibling, node);
  }
  if (used !== siblings.length) {
    throw new WeftError(
      'par1/bad-proof',
      `Expected ${used} siblings for leaf ${index} of ${width}, got ${siblings.length}.`,
    );
  }
  return node;
}
