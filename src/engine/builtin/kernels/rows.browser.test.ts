import { afterAll, beforeAll, expect, test } from 'vitest';
import { openDevice } from '../reference/open-device.ts';
import { createRandom } from '../reference/random.ts';
import { rmsNorm, swiglu } from '../reference/reference-model.ts';
import { relativeError } from '../reference/relative-error.ts';
import { createKernelRunner, type RunKernel } from '../reference/run-kernel.ts';
import { fusedWidth } from './attention-shape.ts';
import { headNormKernel } from './head-norm.ts';
import { rmsNormKernel } from './rms-norm.ts';
import { swigluKernel } from './swiglu.ts';

const TOLERANCE = 2e-6;
let device: GPUDevice;
let run: RunKernel;
beforeAll(async () => {
  device = await openDevice();
  run = createKernelRunner(device);
});
afterAll(() => device.destroy());

test.each(['thread', 'workgroup'] as const)('the norm of rows agrees with f64 (%s)', async (variant) => {
  const random = createRandom(1);
  for (const width of [8, 72, 320]) {
    const weight = random.normals(width, 1);
    for (const tokens of [1, 3, 11]) {
      const x = random.normals(tokens * width, 3);
      const kernel = rmsNormKernel({ width, epsilon: 1e-5, inputs: 'tokens' }, variant);
      const results = await run(kernel, { buffers: [x, weight, new Float32Array(x.length)], tokens });
      const wanted = rmsNorm(Float64Array.from(x), Float64Array.from(weight), 1e-5);
      expect(relativeError(results.at(-1)!, wanted)).toBeLessThan(TOLERANCE);
    }
  }
});

test.each(['thread', 'workgroup'] as const)('the norm of selected rows keeps their order (%s)', async (variant) => {
  const random = createRandom(2);
  const width = 40;
  const x = random.normals(6 * width, 1);
  const weight = random.normals(width, 1);
  const picks = [5, 0, 5];
  const kernel = rmsNormKernel({ width, epsilon: 1e-6, inputs: 'selected' }, variant);
  const buffers = [x, weight, new Uint32Array(picks), new Float32Array(3 * width)];
  const results = await run(kernel, { buffers, tokens: 6, selected: 3 });
  const rows = picks.flatMap((row) => Array.from(x.subarray(row * width, (row + 1) * width)));
  const wanted = rmsNorm(Float64Array.from(rows), Float64Array.from(weight), 1e-6);
  expect(relativeError(results.at(-1)!, wanted)).toBeLessThan(TOLERANCE);
});

test('a row of zeros and a row of large values stay finite through the norm', async () => {
  const width = 16;
  const x = new Float32Array(2 * width).fill(1e15, width);
  const kernel = rmsNormKernel({ width, epsilon: 1e-5, inputs: 'tokens' }, 'thread');
  const buffers = [x, new Float32Array(width).fill(1), new Float32Array(2 * width)];
  const results = await run(kernel, { buffers, tokens: 2 });
  expect(
    relativeError(results.at(-1)!, [...Array<number>(width).fill(0), ...Array<number>(width).fill(1)]),
  ).toBeLessThan(1e-6);
});

test('swiglu agrees with f64, also where exp would overflow', async () => {
  const random = createRandom(3);
  for (const width of [8, 200]) {
    const tokens = 5;
    const pairs = random.normals(tokens * 2 * width, 4);
    pairs[0] = -200;
    pairs[1] = 200;
    const results = await run(swigluKernel(width), { buffers: [pairs, new Float32Array(tokens * width)], tokens });
    expect(relativeError(results.at(-1)!, swiglu(Float64Array.from(pairs), width))).toBeLessThan(TOLERANCE);
  }
});

test('head norms touch q and k with their own weights and leave v alone', async () => {
  const random = createRandom(4);
  const shape = { headCount: 6, kvHeadCount: 3, headDim: 16 };
  const width = fusedWidth(shape);
  const tokens = 3;
  const fused = random.normals(tokens * width, 2);
  const [q, k] = [random.normals(16, 1), random.normals(16, 1)];
  const wanted = Float64Array.from(fused);
  for (let token = 0; token < tokens; token += 1) {
    const row = wanted.subarray(token * width, (token + 1) * width);
    row.set(rmsNorm(row.slice(0, 96), Float64Array.from(q), 1e-6));
    row.set(rmsNorm(row.slice(96, 144), Float64Array.from(k), 1e-6), 96);
  }
  const results = await run(headNormKernel(shape, 1e-6), { buffers: [fused, q, k], tokens });
  expect(relativeError(results[0]!, wanted)).toBeLessThan(TOLERANCE);
});
