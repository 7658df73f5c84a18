import { WeftError } from '../errors.ts';
import { fromHex, hex32 } from '../ids.ts';
import { HASH_BYTES, K, LEAF_BYTES } from './constants.ts';
import { requireInteger } from './guard.ts';
import { decodeLeaf, leafCandidates } from './leaf.ts';
import type { Leaf } from './leaf.ts';
import { createLeafHasher } from './leaf-hasher.ts';
import { merkleProofRoot } from './merkle.ts';
import type { Receipt } from './receipt.ts';
import { createSampler } from './sampler.ts';
import { tokensHash } from './tokens-hash.ts';

/** What an opening violates. Each is exact: an honest prover never produces it. */
export type Violation = 'proof' | 'leaf' | 'index' | 'flags' | 'ids' | 'zq' | 'token' | 'output' | 'sample';

type PositionVerdict =
  | { readonly ok: true; readonly leaf: Leaf }
  | { readonly ok: false; readonly violation: Violation; readonly detail: string };

export interface Opening {
  /** 272 bytes. */
  readonly leaf: Uint8Array;
  /** Merkle siblings from the leaf up, 32 bytes each. */
  readonly siblings: readonly Uint8Array[];
}

interface PositionCheckerInit {
  readonly receipt: Receipt;
  /** The whole output; must hash to the receipt's outputHash. */
  readonly output: Uint32Array;
  readonly vocabSize: number;
}

/** Checks a position's opening as far as integers go, for jobs without a grammar. */
type PositionChecker = (index: number, opening: Opening) => PositionVerdict;

/** Throws par1/bad-input when the output is not the receipt's. */
export function createPositionChecker(init: PositionCheckerInit): PositionChecker {
  const { receipt, output, vocabSize } = init;
  requireInteger('vocabSize', vocabSize, 1, 2 ** 31);
  requireInteger('output.length', output.length, receipt.leafCount, receipt.leafCount);
  const outputHash = hex32(tokensHash(output));
  if (outputHash !== receipt.outputHash) {
    throw new WeftError(
      'par1/bad-input',
      `The output hashes to ${outputHash}, the receipt says ${receipt.outputHash}.`,
    );
  }
  const sampler = createSampler(fromHex(receipt.seed, HASH_BYTES), receipt.params);
  const hashLeaf = createLeafHasher();
  const leafHash = new Uint8Array(HASH_BYTES);

  /** The violation in what the leaf claims, or null. */
  const claims = (leaf: Leaf, index: number): { violation: Violation; detail: string } | null => {
    const { ids, zq, rank, token } = leaf;
    const count = leafCandidates(leaf);
    const used = ids.subarray(0, count);
    if (leaf.t !== index) return { violation: 'index', detail: `leaf ${index} says it is ${leaf.t}` };
    if (leaf.flags !== 0) return { violation: 'flags', detail: `flags ${leaf.flags} in a job without a grammar` };
    if (count !== Math.min(K, vocabSize))
      return { violation: 'ids', detail: `${count} candidates of ${vocabSize} ids` };
    if (used.some((id) => id >= vocabSize)) return { violation: 'ids', detail: 'an id outside the vocabulary' };
    if (new Set(used).size !== count) return { violation: 'ids', detail: 'an id twice' };
    if (zq[0] !== 0) return { violation: 'zq', detail: `the first value is ${zq[0]!}, not 0` };
    for (let slot = 1; slot < count; slot++) {
      if (zq[slot]! > zq[slot - 1]!) return { violation: 'zq', detail: `value ${slot} is above the one before it` };
    }
    if (token !== ids[rank]) return { violation: 'token', detail: `token ${token} is not the id at rank ${rank}` };
    if (token !== output[index])
      return { violation: 'output', detail: `the output has ${output[index]!}, not ${token}` };
    if (!sampler.accepts({ ids, zq, count }, index, rank)) {
      return { violation: 'sample', detail: `rank ${rank} is not what the sampler draws` };
    }
    return null;
  };

  return (index, opening) => {
    requireInteger('index', index, 0, receipt.leafCount - 1);
    try {
      if (opening.leaf.length !== LEAF_BYTES) {
        return { ok: false, violation: 'leaf', detail: `${opening.leaf.length} bytes, expected ${LEAF_BYTES}` };
      }
      hashLeaf(opening.leaf, 0, leafHash);
      const root = hex32(merkleProofRoot(leafHash, index, receipt.leafCount, opening.siblings));
      if (root !== receipt.root) return { ok: false, violation: 'proof', detail: `it leads to ${root}` };
      const leaf = decodeLeaf(opening.leaf);
      const violated = claims(leaf, index);
      return violated === null ? { ok: true, leaf } : { ok: false, ...violated };
    } catch (error) {
      // Opened bytes that cannot be read are the prover's violation; anything else is a fault of ours.
      if (!(error instanceof WeftError)) throw error;
      if (error.code === 'par1/bad-leaf') return { ok: false, violation: 'leaf', detail: error.shortMessage };
      if (error.code === 'par1/bad-proof') return { ok: false, violation: 'proof', detail: error.shortMessage };
      throw error;
    }
  };
}
