import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEFAULT_VARIANTS, type KernelVariants } from '../kernels/kernel-variants.ts';
import { parseKernelVariants } from '../kernels/parse-kernel-variants.ts';
import { openDevice } from '../reference/open-device.ts';
import { createRandom } from '../reference/random.ts';
import { createRandomModel } from '../reference/random-model.ts';
import { relativeError } from '../reference/relative-error.ts';
import { createMemoryWeightSource } from '../weights/memory-weight-source.ts';
import { createTransformer } from './create-transformer.ts';
import { tuneKernels } from './tune.ts';

const model = createRandomModel({
  config: { hiddenSize: 96, intermediateSize: 200, layerCount: 2, headCount: 4, kvHeadCount: 2, vocabSize: 200 },
  quantization: 'q0f16',
  seed: 1,
});
let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

async function logitsWith(variants: KernelVariants): Promise<Float32Array[]> {
  const ids = createRandom(2).ids(70, 200);
  const { config, files } = model;
  const transformer = await createTransformer(
    { device, config, range: { from: 0, to: 2 }, maxLength: 80 },
    { weights: createMemoryWeightSource(files), variants },
  );
  const first = (await transformer.prefill(ids, {})).slice();
  const second = (await transformer.decode(5)).slice();
  transformer.destroy();
  return [first, second];
}

test('a measurement gives variants that can be stored, and the model computes the same with them', async () => {
  const variants = await tuneKernels(device, model.config, {});
  expect(parseKernelVariants(JSON.parse(JSON.stringify(variants)))).toEqual(variants);
  const wanted = await logitsWith(DEFAULT_VARIANTS);
  const got = await logitsWith(variants);
  got.forEach((logits, i) => expect(relativeError(logits, wanted[i]!)).toBeLessThan(1e-5));
});

test('a model computes the same with kernels whose threads cooperate', async () => {
  const wanted = await logitsWith(DEFAULT_VARIANTS);
  const got = await logitsWith({
    version: 1,
    matvec: { kind: 'workgroup', rows: 1, workgroup: 64 },
    matmul: { kind: 'staged', tokens: 4, rows: 4 },
    attention: 'workgroup',
    norm: 'workgroup',
  });
  got.forEach((logits, i) => expect(relativeError(logits, wanted[i]!)).toBeLessThan(1e-5));
});

test('a measurement can be aborted', async () => {
  const reason = new Error('stop');
  await expect(tuneKernels(device, model.config, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test('remembered variants of another form are not used', () => {
  expect(parseKernelVariants({ ...DEFAULT_VARIANTS, version: 2 })).toBeNull();
  expect(parseKernelVariants({ ...DEFAULT_VARIANTS, matvec: { kind: 'thread', rows: 3, workgroup: 16 } })).toBeNull();
  expect(parseKernelVariants(null)).toBeNull();
});
