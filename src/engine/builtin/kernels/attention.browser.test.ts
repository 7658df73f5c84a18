import { afterAll, beforeAll, expect, test } from 'vitest';
import { ropeFrequencies, ropeTable } from '../model/rope-table.ts';
import { openDevice } from '../reference/open-device.ts';
import { createRandom } from '../reference/random.ts';
import { attend, rotate } from '../reference/reference-model.ts';
import { relativeError } from '../reference/relative-error.ts';
import { createKernelRunner, type RunKernel } from '../reference/run-kernel.ts';
import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { decodeAttentionKernel, decodePartialLength, joinAttentionKernel } from './decode-attention.ts';
import { prefillAttentionKernel } from './prefill-attention.ts';
import { rotateKernel } from './rotate.ts';

/** GQA groups 1, 2, 4 and 3; a single head; every head size in use. */
const SHAPES: readonly AttentionShape[] = [
  { headCount: 1, kvHeadCount: 1, headDim: 8 },
  { headCount: 4, kvHeadCount: 4, headDim: 16 },
  { headCount: 8, kvHeadCount: 4, headDim: 32 },
  { headCount: 4, kvHeadCount: 1, headDim: 64 },
  { headCount: 3, kvHeadCount: 1, headDim: 80 },
  { headCount: 2, kvHeadCount: 1, headDim: 128 },
];
const TOLERANCE = 5e-6;
let device: GPUDevice;
let run: RunKernel;
beforeAll(async () => {
  device = await openDevice();
  run = createKernelRunner(device);
});
afterAll(() => device.destroy());

/** Fused rows of a whole text, rotated, with K and V as the cache holds them. */
function text(shape: AttentionShape, tokens: number, seed: number) {
  const { headCount, kvHeadCount, headDim } = shape;
  const width = fusedWidth(shape);
  const fused = createRandom(seed).normals(tokens * width, 1.5);
  const cut = (head: number) => {
    const rows = new Float32Array(tokens * kvHeadCount * headDim);
    for (let token = 0; token < tokens; token += 1) {
      const at = token * width + head * headDim;
      rows.set(fused.subarray(at, at + kvHeadCount * headDim), token * kvHeadCount * headDim);
    }
    return rows;
  };
  return {
    fused,
    keys: cut(headCount),
    values: cut(headCount + kvHeadCount),
    wanted: attend(Float64Array.from(fused), headCount, kvHeadCount, headDim),
  };
}

const label = (shape: AttentionShape) => `${shape.headCount}/${shape.kvHeadCount} heads of ${shape.headDim}`;
const CASES = SHAPES.flatMap((shape) =>
  (['thread', 'workgroup'] as const).map((variant) => [label(shape), variant, shape] as const),
);

test.each(CASES)('attention of a chunk over the cache agrees with f64: %s, %s', async (_, variant, shape) => {
  const kernel = prefillAttentionKernel(shape, variant);
  for (const [start, tokens] of [
    [0, 1],
    [0, 19],
    [37, 18],
    [126, 6],
  ] as const) {
    const { fused, keys, values, wanted } = text(shape, start + tokens, 7 + start + tokens);
    const width = shape.headCount * shape.headDim;
    const chunk = fused.slice(start * fusedWidth(shape));
    const buffers = [chunk, keys, values, new Float32Array(tokens * width)];
    const results = await run(kernel, { buffers, tokens, start });
    expect(relativeError(results.at(-1)!, wanted.subarray(start * width))).toBeLessThan(TOLERANCE);
  }
});

test.each(CASES)('attention of one token over the cache agrees with f64: %s, %s', async (_, variant, shape) => {
  const width = shape.headCount * shape.headDim;
  for (const tokens of [1, 2, 16, 17, 131]) {
    const { fused, keys, values, wanted } = text(shape, tokens, tokens);
    const last = fused.slice((tokens - 1) * fusedWidth(shape));
    const parts = new Float32Array(decodePartialLength(shape));
    const first = await run(decodeAttentionKernel(shape, variant), {
      buffers: [last, keys, values, parts],
      start: tokens - 1,
    });
    const partial = new Float32Array(first.at(-1)!);
    const results = await run(joinAttentionKernel(shape), { buffers: [partial, new Float32Array(width)] });
    expect(relativeError(results.at(-1)!, wanted.subarray((tokens - 1) * width)), `${tokens} tokens`).toBeLessThan(
      TOLERANCE,
    );
  }
});

test.each(SHAPES.map((shape) => [label(shape), shape] as const))(
  'rotation turns q in place and fills the cache at the right positions: %s',
  async (_, shape) => {
    const { headCount, kvHeadCount, headDim } = shape;
    const config = {
      headDim,
      ropeTheta: 500_000,
      ropeScaling: { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 64 },
    };
    const [tokens, start, length] = [3, 700, 704];
    const width = fusedWidth(shape);
    const fused = createRandom(5).normals(tokens * width, 1);
    const cacheRow = kvHeadCount * headDim;
    const cache = new Float32Array(length * cacheRow).fill(9);
    const results = await run(rotateKernel(shape), {
      buffers: [ropeTable(config, length), fused, cache, cache],
      tokens,
      start,
    });
    const keys = Float64Array.from(cache);
    const values = Float64Array.from(cache);
    const queries: number[] = [];
    for (let token = 0; token < tokens; token += 1) {
      const row = Float64Array.from(fused.subarray(token * width, (token + 1) * width));
      rotate(row, headCount + kvHeadCount, ropeFrequencies(config), start + token);
      queries.push(...row.subarray(0, headCount * headDim));
      keys.set(row.subarray(headCount * headDim, headCount * headDim + cacheRow), (start + token) * cacheRow);
      values.set(row.subarray(headCount * headDim + cacheRow), (start + token) * cacheRow);
    }
    const turned = Array.from({ length: tokens }, (__, token) =>
      Array.from(results[1]!.subarray(token * width, token * width + headCount * headDim)),
    ).flat();
    expect(relativeError(turned, queries)).toBeLessThan(TOLERANCE);
    expect(relativeError(results[2]!, keys)).toBeLessThan(TOLERANCE);
    expect(relativeError(results[3]!, values)).toBeLessThan(TOLERANCE);
  },
);
