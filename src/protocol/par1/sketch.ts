import { GRID, HIGHEST_I16, K, LOWEST_I16 } from './constants.ts';
import { firstU32, taggedHash } from './sha256.ts';

/** Bit of a table entry that makes an id count positively; the bits below are its bucket. */
const POSITIVE = 32;
const BUCKET_MASK = 31;

interface Sketcher {
  /** Writes the K sketch values of the raw logits `[vocab]` with their mean to `out`. */
  readonly sketch: (z: Float32Array, mean: number, out: Int16Array) => void;
}

/**
 * CountSketch of a whole logit vector: RMS(difference)/1024 of two sketches estimates the σ between their logits.
 * Bucket and sign of every id follow from the seed and are computed once.
 */
export function createSketcher(seed: Uint8Array, vocabSize: number): Sketcher {
  const hash = taggedHash('weft/sketch/1', seed);
  const k0 = firstU32(hash);
  const k1 = firstU32(hash.subarray(4));
  const slots = new Uint8Array(vocabSize);
  for (let id = 0; id < vocabSize; id++) slots[id] = lowbias32(lowbias32(id ^ k0) ^ k1) & (POSITIVE | BUCKET_MASK);

  const scale = GRID * Math.sqrt(K / vocabSize);
  // A factor instead of a branch that no processor can predict; ±1 multiplies exactly.
  const signs = Float64Array.from({ length: 2 * K }, (_, slot) => ((slot & POSITIVE) === 0 ? -1 : 1));
  const buckets = new Float64Array(K);

  return {
    sketch(z, mean, out) {
      buckets.fill(0);
      for (let id = 0; id < vocabSize; id++) {
        const slot = slots[id]!;
        const bucket = slot & BUCKET_MASK;
        buckets[bucket] = buckets[bucket]! + signs[slot]! * (z[id]! - mean);
      }
      for (let bucket = 0; bucket < K; bucket++) {
        const value = Math.round(scale * buckets[bucket]!);
        out[bucket] = Math.min(HIGHEST_I16, Math.max(LOWEST_I16, value));
      }
    },
  };
}

/** Integer mixer by C. Wellons ("lowbias32", hash-prospector), every u32 to another. */
function lowbias32(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
