import { WeftError } from '../errors.ts';
import { keccak256 } from '../keccak.ts';
import { ADDRESS_BYTES, HASH_BYTES, MAX_LEAVES } from './constants.ts';

/** A tree that grows value by value and keeps only the roots of its full subtrees, as the contract does. */
export interface QuorumFrontier {
  /** Throws app/bad-request for a value that is neither 32 nor 20 bytes. */
  readonly append: (value: Uint8Array) => void;
  readonly count: () => number;
  /** 32 bytes; zero while it is empty. */
  readonly root: () => Uint8Array;
}

export function createQuorumFrontier(): QuorumFrontier {
  /** The root of a full subtree of 2^level leaves; in use where that bit of `count` is set. */
  const peaks: Uint8Array[] = [];
  let count = 0;
  return {
    append(value) {
      requireInteger('leaf', count, 0, MAX_LEAVES - 1);
      let node = leafHash(value);
      let level = 0;
      for (; ((count >> level) & 1) === 1; level++) node = keccak256(peaks[level]!, node);
      peaks[level] = node;
      count += 1;
    },
    count: () => count,
    root() {
      if (count === 0) return new Uint8Array(HASH_BYTES);
      /** The last node of a level whose subtree is not full, if there is one. */
      let last: Uint8Array | null = null;
      let level = 0;
      for (; 2 ** level < count; level++) {
        const peak = ((count >> level) & 1) === 1 ? peaks[level]! : null;
        if (peak !== null) last = keccak256(peak, last ?? peak);
        else if (last !== null) last = keccak256(last, last);
      }
      return last ?? peaks[level]!.slice();
    },
  };
}

/** The siblings of value `index` from the bottom up, one for each level. Throws app/bad-request outside the tree. */
export function quorumProof(values: readonly Uint8Array[], index: number): Uint8Array[] {
  requireInteger('leaves', values.length, 1, MAX_LEAVES);
  requireInteger('index', index, 0, values.length - 1);
  const siblings: Uint8Array[] = [];
  let level = values.map(leafHash);
  for (let at = index; level.length > 1; at >>= 1) {
    siblings.push(level[at ^ 1] ?? level[at]!);
    const above: Uint8Array[] = [];
    for (let left = 0; left < level.length; left += 2) {
      above.push(keccak256(level[left]!, level[left + 1] ?? level[left]!));
    }
    level = above;
  }
  return siblings;
}

/**
 * The root that a proof leads to for a tree of `count` values. Throws quorum/bad-proof for another number or size of
 * siblings, app/bad-request for an index outside the tree. The count matters: a tree that repeats its last value has the
 * root of the shorter one.
 */
export function quorumProofRoot(
  value: Uint8Array,
  index: number,
  count: number,
  siblings: readonly Uint8Array[],
): Uint8Array {
  requireInteger('leaves', count, 1, MAX_LEAVES);
  requireInteger('index', index, 0, count - 1);
  const levels = Math.ceil(Math.log2(count));
  if (siblings.length !== levels) throw badProof(`Expected ${levels} siblings, got ${siblings.length}.`);
  let node = leafHash(value);
  for (const [level, sibling] of siblings.entries()) {
    if (sibling.length !== HASH_BYTES) {
      throw badProof(`Expected sibling ${level} to have ${HASH_BYTES} bytes, got ${sibling.length}.`);
    }
    node = ((index >> level) & 1) === 1 ? keccak256(sibling, node) : keccak256(node, sibling);
  }
  return node;
}

/** Lengths of 32 and 20 only: 64 bytes could be two nodes. */
function leafHash(value: Uint8Array): Uint8Array {
  if (value.length === HASH_BYTES || value.length === ADDRESS_BYTES) return keccak256(value);
  throw new WeftError(
    'app/bad-request',
    `Expected a value of ${HASH_BYTES} or ${ADDRESS_BYTES} bytes, got ${value.length}.`,
  );
}

function requireInteger(name: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new WeftError('app/bad-request', `Expected ${name} to be an integer from ${least} to ${most}, got ${value}.`);
}

function badProof(message: string): WeftError {
  return new WeftError('quorum/bad-proof', message);
}
