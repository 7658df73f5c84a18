import { GRID, HASH_BYTES, TOP_P_ALL } from './constants.ts';
import { gumbelTable } from './gumbel.ts';
import { requireParams } from './params.ts';
import type { SamplingParams } from './params.ts';
import { createSha256, taggedMessage } from './sha256.ts';

/** How far, relative to the total, a prefix sum may lie from the bound for either prefix to be accepted. */
const PREFIX_TOLERANCE = 1e-9;
const GRID_SHIFT = Math.log2(GRID);

/** What the sampler reads of a step or a leaf. */
export interface Candidates {
  readonly ids: Uint32Array;
  readonly zq: Int16Array;
  readonly count: number;
}

interface Sampler {
  /** Rank of the token drawn at output position `t`. */
  readonly pick: (step: Candidates, t: number) => number;
  /** Candidates that the last `pick` drew from. */
  readonly keep: () => number;
  /** Whether an honest prover can have drawn `rank`: float exponentials leave two prefixes possible now and then. */
  readonly accepts: (step: Candidates, t: number, rank: number) => boolean;
}

/** The network's one sampler: Gumbel-max over committed integers, with noise from the seed. */
export function createSampler(seed: Uint8Array, params: SamplingParams): Sampler {
  const { temperatureQ, topPBps, topK } = requireParams(params);
  const noise = gumbelTable();
  const sha = createSha256();
  const keyMessage = taggedMessage('weft/gumbel/1', seed.length + 4);
  keyMessage.bytes.set(seed, keyMessage.bodyAt);
  /** key ‖ u32 id */
  const drawBytes = new Uint8Array(HASH_BYTES + 4);
  const drawView = new DataView(drawBytes.buffer);
  const drawn = new Uint8Array(HASH_BYTES);
  let kept = 0;

  const setKey = (t: number) => {
    keyMessage.view.setUint32(keyMessage.bodyAt + seed.length, t);
    sha.into(keyMessage.bytes, drawBytes);
  };

  const score = (step: Candidates, rank: number): number => {
    drawView.setUint32(HASH_BYTES, step.ids[rank]!);
    sha.into(drawBytes, drawn);
    const u = (drawn[0]! << 8) | drawn[1]!;
    return step.zq[rank]! + ((temperatureQ * noise[u]!) >> GRID_SHIFT);
  };

  /** The smallest prefix whose probability reaches topP, `slack` (relative to the total) moved from the bound. */
  const prefix = (step: Candidates, slack: number): number => {
    const candidates = Math.min(topK, step.count);
    if (topPBps === TOP_P_ALL) return candidates;
    let total = 0;
    for (let rank = 0; rank < candidates; rank++) total += Math.exp(step.zq[rank]! / temperatureQ);
    const bound = (topPBps / TOP_P_ALL + slack) * total;
    let sum = 0;
    for (let rank = 0; rank < candidates; rank++) {
      sum += Math.exp(step.zq[rank]! / temperatureQ);
      if (sum >= bound) return rank + 1;
    }
    return candidates;
  };

  return {
    pick(step, t) {
      if (temperatureQ === 0) {
        kept = 1;
        return 0;
      }
      kept = prefix(step, 0);
      setKey(t);
      let best = 0;
      let bestScore = -Infinity;
      for (let rank = 0; rank < kept; rank++) {
        const one = score(step, rank);
        if (one > bestScore) {
          best = rank;
          bestScore = one;
        }
      }
      return best;
    },

    keep: () => kept,

    accepts(step, t, rank) {
      if (temperatureQ === 0) return rank === 0;
      const shortest = prefix(step, -PREFIX_TOLERANCE);
      const longest = prefix(step, PREFIX_TOLERANCE);
      if (rank >= longest) return false;
      setKey(t);
      const claimed = score(step, rank);
      for (let other = 0; other < longest; other++) {
        // It is in the prefix of `other` candidates and nobody in it was better.
        if (other >= shortest && other > rank) return true;
        const one = score(step, other);
        if (one > claimed || (one === claimed && other < rank)) return false;
      }
      return true;
    },
  };
}
