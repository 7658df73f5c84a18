import { describe, expect, it } from 'vitest';
import { createRandom } from './builtin/reference/random.ts';
import { relativeError } from './builtin/reference/relative-error.ts';
import { halfToNumber, numberToHalf } from './builtin/weights/half.ts';
import { logitTolerance } from './logit-tolerance.ts';

const WIDTH = 48;
const VOCAB = 512;
const TOKENS = 6;

const in16Bits = { runtime: 'webllm', quantization: 'q4f16_1' } as const;

const half = (value: number) => halfToNumber(numberToHalf(value));

interface Network {
  readonly layers: readonly (readonly Float32Array[])[];
  readonly head: Float32Array;
  readonly input: readonly Float32Array[];
}

/** Attention of one head and a gate in each layer; `gain` 1 keeps the size of activations. */
function network(layerCount: number, gain: number): Network {
  const random = createRandom(layerCount + 100 * gain);
  const square = () => random.normals(WIDTH * WIDTH, gain / Math.sqrt(WIDTH));
  return {
    layers: Array.from({ length: layerCount }, () => Array.from({ length: 6 }, square)),
    head: random.normals(VOCAB * WIDTH, 1 / Math.sqrt(WIDTH)),
    input: Array.from({ length: TOKENS }, () => random.normals(WIDTH, 1).map(half)),
  };
}

/** Logits of the last token, every sum rounded to 16 bits after `chunk` terms. */
function logitsOf({ layers, head, input }: Network, chunk: number): Float32Array {
  const times = (x: Float32Array, rows: Float32Array) =>
    Float32Array.from({ length: rows.length / WIDTH }, (_, row) => {
      let sum = 0;
      for (let from = 0; from < WIDTH; from += chunk) {
        let part = 0;
        for (let i = from; i < Math.min(WIDTH, from + chunk); i++) part += x[i]! * rows[row * WIDTH + i]!;
        sum = half(sum + half(part));
      }
      return sum;
    });
  const norm = (x: Float32Array) => {
    const size = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0) / WIDTH);
    return x.map((value) => half(value / size));
  };
  const plus = (a: Float32Array, b: Float32Array) => a.map((value, i) => half(value + b[i]!));
  let rows = [...input];
  for (const [q, k, v, o, gate, up] of layers) {
    const normed = rows.map(norm);
    const [queries, keys, values] = [q!, k!, v!].map((matrix) => normed.map((row) => times(row, matrix)));
    rows = rows.map((row, at) => {
      const scores = keys!
        .slice(0, at + 1)
        .map((key) => half(key.reduce((sum, one, i) => sum + one * queries![at]![i]!, 0) / Math.sqrt(WIDTH)));
      const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
      const total = weights.reduce((sum, one) => sum + one, 0);
      const seen = row.map((_, i) =>
        half(weights.reduce((sum, weight, token) => sum + half(weight / total) * values![token]![i]!, 0)),
      );
      const attended = plus(row, times(seen, o!));
      const gated = times(norm(attended), gate!).map((one) => half(one / (1 + Math.exp(-one))));
      return plus(
        attended,
        gated.map((one, i) => half(one * times(norm(attended), up!)[i]!)),
      );
    });
  }
  return times(norm(rows.at(-1)!), head);
}

describe('how far right logits lie apart', () => {
  it.each([
    [4, 1],
    [16, 1],
    [4, 1.5],
  ])('%i layers in 16 bits with weights of size %d stay within it whatever the order of the sums', (layers, gain) => {
    const one = network(layers, gain);
    const apart = relativeError(logitsOf(one, 4), logitsOf(one, WIDTH));
    expect(apart).toBeGreaterThan(0);
    expect(apart).toBeLessThan(logitTolerance({ ...in16Bits, layerCount: layers }));
  });

  it('is far below what a wrong kernel does', () => {
    const one = network(16, 1);
    // One token's keys are another token's: what a race does to a cache.
    const wrong = { ...one, input: one.input.map((row, at) => (at === 2 ? one.input[1]! : row)) };
    const apart = relativeError(logitsOf(wrong, WIDTH), logitsOf(one, WIDTH));
    expect(apart).toBeGreaterThan(2 * logitTolerance({ ...in16Bits, layerCount: 80 }));
  });

  it('grows with the root of the layers, and is smaller where 32 bits are computed with', () => {
    expect(logitTolerance({ ...in16Bits, layerCount: 64 })).toBeCloseTo(
      4 * logitTolerance({ ...in16Bits, layerCount: 4 }),
      10,
    );
    const exact = logitTolerance({ runtime: 'webllm', quantization: 'q4f32_1', layerCount: 24 });
    expect(logitTolerance({ runtime: 'builtin', quantization: 'q4f16_1', layerCount: 24 })).toBe(exact);
    expect(exact).toBeLessThan(logitTolerance({ ...in16Bits, layerCount: 1 }));
    expect(exact).toBeGreaterThan(0);
  });
});
