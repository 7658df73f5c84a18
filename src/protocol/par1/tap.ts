import type { LeafCommitment } from '../chat.ts';
import { WeftError } from '../errors.ts';
import { hex32 } from '../ids.ts';
import type { Opening } from './check.ts';
import { HASH_BYTES, K, LEAF_BYTES, MAX_LEAVES } from './constants.ts';
import { requireBytes, requireInteger } from './guard.ts';
import { writeLeaf } from './leaf.ts';
import { createLeafHasher } from './leaf-hasher.ts';
import { createMerkleFrontier, merkleProof } from './merkle.ts';
import type { SamplingParams } from './params.ts';
import { createSampler } from './sampler.ts';
import { createSketcher } from './sketch.ts';
import { createQuantiser } from './step.ts';

/** Leaves that fit before the buffer first grows. */
const FIRST_CAPACITY = 64;

export interface TapInit {
  /** 32 bytes. */
  readonly seed: Uint8Array;
  /** Logits per position, 1 or more. */
  readonly vocabSize: number;
  readonly params: SamplingParams;
  /** Leaves at most, 1 or more: bounds the memory held for openings (272 bytes each). */
  readonly maxTokens: number;
  /** Ids that end the answer; one is sampled, committed and counted like any other token. */
  readonly stopTokens: readonly number[];
}

/** Draws the tokens of one answer and commits to how. Per token: `sample`, dispatch the next step, `commit`. */
export interface Tap {
  /**
   * The next token for raw logits `[vocab]`; `adjusted` are the logits after penalties and bias where an offer names any.
   * `logits` is read again by `commit`: leave it as it is until then. Throws par1/bad-logits, par1/bad-input, and
   * par1/out-of-order before the last token was committed or after the answer ended.
   */
  readonly sample: (logits: Float32Array, adjusted?: Float32Array) => number;
  /** Sketches and appends the leaf of the last sampled token: work that need not delay the next token. */
  readonly commit: () => void;
  /** Why no further token may be sampled: the last one stops the answer, or there are `maxTokens`. */
  readonly ended: () => 'stop' | 'length' | null;
  /** Commits what is still open and returns what was committed; null when no token was sampled. */
  readonly finish: () => LeafCommitment | null;
  /** Leaf and proof of position `index` of the finished answer. */
  readonly opening: (index: number) => Opening;
}

/** Throws par1/bad-input for anything out of range. */
export function createTap(init: TapInit): Tap {
  const { seed, vocabSize, maxTokens } = init;
  requireBytes('seed', seed, HASH_BYTES);
  requireInteger('vocabSize', vocabSize, 1, 2 ** 31);
  requireInteger('maxTokens', maxTokens, 1, MAX_LEAVES);
  const stopTokens = new Set(init.stopTokens);
  const { step, quantise } = createQuantiser(vocabSize);
  const sketcher = createSketcher(seed, vocabSize);
  const sampler = createSampler(seed, init.params);
  const hashLeaf = createLeafHasher();
  const frontier = createMerkleFrontier();
  const leafHash = new Uint8Array(HASH_BYTES);
  const leaf = { t: 0, token: 0, rank: 0, flags: 0, ids: step.ids, zq: step.zq, sketch: new Int16Array(K), zmax: 0 };
  let leaves = new Uint8Array(Math.min(maxTokens, FIRST_CAPACITY) * LEAF_BYTES);
  let view = new DataView(leaves.buffer);
  /** Logits of the sampled token that is not committed yet. */
  let open: Float32Array | null = null;
  let end: 'stop' | 'length' | null = null;

  const grow = () => {
    const grown = new Uint8Array(Math.min(2 * leaves.length, maxTokens * LEAF_BYTES));
    grown.set(leaves);
    leaves = grown;
    view = new DataView(leaves.buffer);
  };

  const commit = () => {
    if (open === null) throw outOfOrder('There is no sampled token to commit.');
    sketcher.sketch(open, step.mean, leaf.sketch);
    open = null;
    const offset = leaf.t * LEAF_BYTES;
    if (offset === leaves.length) grow();
    writeLeaf(view, offset, leaf);
    hashLeaf(leaves, offset, leafHash);
    frontier.append(leafHash);
  };

  return {
    sample(logits, adjusted = logits) {
      if (open !== null) throw outOfOrder('The last sampled token is not committed yet.');
      if (end !== null) throw outOfOrder(`The answer has ended (${end}).`);
      quantise(logits, adjusted);
      leaf.t = frontier.count();
      leaf.rank = sampler.pick(step, leaf.t);
      leaf.token = step.ids[leaf.rank]!;
      leaf.zmax = step.zmax;
      open = logits;
      if (stopTokens.has(leaf.token)) end = 'stop';
      else if (leaf.t + 1 === maxTokens) end = 'length';
      return leaf.token;
    },
    commit,
    ended: () => end,
    finish() {
      if (open !== null) commit();
      const leafCount = frontier.count();
      return leafCount === 0 ? null : { leafCount, root: hex32(frontier.root()), seed: hex32(seed) };
    },
    opening(index) {
      const leafCount = frontier.count();
      requireInteger('index', index, 0, leafCount - 1);
      const hashes = Array.from({ length: leafCount }, (_, at) => {
        const hash = new Uint8Array(HASH_BYTES);
        hashLeaf(leaves, at * LEAF_BYTES, hash);
        return hash;
      });
      return {
        leaf: leaves.slice(index * LEAF_BYTES, (index + 1) * LEAF_BYTES),
        siblings: merkleProof(hashes, index),
      };
    },
  };
}

function outOfOrder(text: string): WeftError {
  return new WeftError('par1/out-of-order', text);
}
