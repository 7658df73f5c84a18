import { WeftError } from '../errors.ts';
import { GRID, K, LOWEST_I16, UNUSED_ID } from './constants.ts';

/** The K largest logits of one position on the grid. Arrays have K slots; those from `count` on hold the unused marks. */
interface QuantisedStep {
  readonly ids: Uint32Array;
  readonly zq: Int16Array;
  /** min(K, vocabSize). */
  readonly count: number;
  /** The largest logit, an f32. */
  zmax: number;
  /** Mean of the raw logits, summed in id order. */
  mean: number;
}

interface Quantiser {
  /** The same object for every position. */
  readonly step: QuantisedStep;
  /**
   * Fills `step` from the logits `[vocab]`: `z` raw, `x` after penalties and bias (the same array when there are none).
   * Throws par1/bad-logits for a value that is not finite, par1/bad-input for another length.
   */
  readonly quantise: (z: Float32Array, x: Float32Array) => void;
}

/** Selects by value descending, then id ascending; values above the K-th are inserted in place, the rest cost one compare. */
export function createQuantiser(vocabSize: number): Quantiser {
  const count = Math.min(K, vocabSize);
  const step: QuantisedStep = {
    ids: new Uint32Array(K).fill(UNUSED_ID),
    zq: new Int16Array(K).fill(LOWEST_I16),
    count,
    zmax: 0,
    mean: 0,
  };
  const { ids, zq } = step;
  const top = new Float32Array(count);
  const last = count - 1;

  /** Puts `value` before the first smaller of the `filled` values there are, the last one falling out when full. */
  const insert = (value: number, id: number, filled: number) => {
    let slot = filled;
    while (slot > 0 && top[slot - 1]! < value) {
      top[slot] = top[slot - 1]!;
      ids[slot] = ids[slot - 1]!;
      slot -= 1;
    }
    top[slot] = value;
    ids[slot] = id;
  };

  /** Sums the values in id order on the way: a sum of finite f32 is finite, so it tells a bad value as well. */
  const select = (x: Float32Array): number => {
    let sum = 0;
    for (let id = 0; id < count; id++) {
      sum += x[id]!;
      insert(x[id]!, id, id);
    }
    let threshold = top[last]!;
    for (let id = count; id < vocabSize; id++) {
      const value = x[id]!;
      sum += value;
      if (value > threshold) {
        insert(value, id, last);
        threshold = top[last]!;
      }
    }
    return sum;
  };

  return {
    step,
    quantise(z, x) {
      if (z.length !== vocabSize || x.length !== vocabSize) {
        const got = z.length === vocabSize ? x.length : z.length;
        throw new WeftError('par1/bad-input', `Expected ${vocabSize} logits, got ${got}.`);
      }
      const sumX = select(x);
      const sumZ = x === z ? sumX : sumOf(z);
      if (!Number.isFinite(sumX)) throw badLogits(x);
      if (!Number.isFinite(sumZ)) throw badLogits(z);
      const zmax = top[0]!;
      for (let rank = 0; rank < count; rank++) {
        zq[rank] = Math.max(LOWEST_I16, Math.round(GRID * (top[rank]! - zmax)));
      }
      step.zmax = zmax;
      step.mean = sumZ / vocabSize;
    },
  };
}

function sumOf(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum;
}

function badLogits(values: Float32Array): WeftError {
  const id = values.findIndex((value) => !Number.isFinite(value));
  return new WeftError('par1/bad-logits', `The model gave ${values[id]} as the logit of token ${id}.`, {
    hints: ['Run the self-test: this GPU or these weights compute wrongly.'],
  });
}
