import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WeftError } from '../../../protocol/errors.ts';
import { DEFAULT_VARIANTS, type KernelVariants } from '../kernels/kernel-variants.ts';
import type { LoadedModel } from '../reference/fetch-model.ts';
import { openDevice } from '../reference/open-device.ts';
import { createRandom } from '../reference/random.ts';
import { createRandomModel, type RandomModelInit } from '../reference/random-model.ts';
import { createReferenceModel } from '../reference/reference-model.ts';
import { relativeError } from '../reference/relative-error.ts';
import { createMemoryWeightSource } from '../weights/memory-weight-source.ts';
import { createTransformer } from './create-transformer.ts';
import type { Transformer, TransformerInit } from './transformer.ts';

const SMALL: RandomModelInit['config'] = {
  hiddenSize: 64,
  intermediateSize: 104,
  layerCount: 3,
  headCount: 4,
  kvHeadCount: 2,
  vocabSize: 301,
};

let device: GPUDevice;
beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());

function open(
  model: LoadedModel,
  init: Partial<TransformerInit> = {},
  variants: KernelVariants = DEFAULT_VARIANTS,
): Promise<Transformer> {
  const { config, files } = model;
  const whole = { from: 0, to: config.layerCount };
  return createTransformer(
    { device, config, range: whole, maxLength: 320, chunkTokens: 24, ...init },
    { weights: createMemoryWeightSource(files), variants },
  );
}

async function failureOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof WeftError ? error.code : String(error);
}

describe.each([
  ['q0f32', {}, 1e-4],
  ['q0f16', { tiedEmbeddings: true, headCount: 8, kvHeadCount: 2 }, 1e-4],
  ['q4f32_1', { kvHeadCount: 4, ropeTheta: 500_000 }, 2e-3],
  ['q4f16_1', { tiedEmbeddings: true, hiddenSize: 72, headCount: 3, kvHeadCount: 1, headDim: 24 }, 2e-3],
  ['q0f16', { family: 'qwen2', headDim: 16 }, 1e-4],
  ['q4f16_1', { family: 'qwen3', headDim: 32, tiedEmbeddings: true }, 2e-3],
] as const)('%s with %o', (quantization, changes, tolerance) => {
  test('logits agree with the f64 reference in a prefill, in decode steps and in an audit', async () => {
    const model = createRandomModel({ config: { ...SMALL, ...changes }, quantization, seed: 11, shardBytes: 40_000 });
    const ids = createRandom(12).ids(45, SMALL.vocabSize);
    const positions = [0, 23, 24, 40, 41, 42, 43, 44];
    const wanted = createReferenceModel(model).logits(ids, positions);
    const transformer = await open(model);
    const first = await transformer.prefill(ids.subarray(0, 41), {});
    expect(relativeError(first, wanted[3]!)).toBeLessThan(tolerance);
    for (let t = 41; t < 45; t += 1) {
      const logits = await transformer.decode(ids[t]!);
      expect(relativeError(logits, wanted[t - 37]!)).toBeLessThan(tolerance);
    }
    const audited = await transformer.audit(ids, new Uint32Array(positions), {});
    audited.forEach((logits, i) => expect(relativeError(logits, wanted[i]!)).toBeLessThan(tolerance));
    expect(transformer.length).toBe(45);
    transformer.destroy();
  });
});

test('a float32 model stored raw and one stored as bfloat16 both agree with the reference', async () => {
  for (const float32As of ['raw', 'bf16'] as const) {
    const model = createRandomModel({ config: SMALL, quantization: 'q0f32', seed: 3, float32As });
    const ids = createRandom(4).ids(9, SMALL.vocabSize);
    const transformer = await open(model);
    const wanted = createReferenceModel(model).logits(ids, [8])[0]!;
    expect(relativeError(await transformer.prefill(ids, {}), wanted)).toBeLessThan(1e-4);
    transformer.destroy();
  }
});

describe('one cache', () => {
  let model: LoadedModel;
  let transformer: Transformer;
  const ids = createRandom(21).ids(300, SMALL.vocabSize);
  beforeAll(async () => {
    const scaling = { factor: 4, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 128 };
    model = createRandomModel({ config: { ...SMALL, ropeScaling: scaling }, quantization: 'q0f16', seed: 20 });
    transformer = await open(model);
  });
  afterAll(() => transformer.destroy());

  test('decoding 300 tokens gives the logits of one prefill of each prefix', async () => {
    const positions = Uint32Array.from(ids, (_, i) => i);
    const audited = await transformer.audit(ids, positions, {});
    transformer.truncate(0);
    let worst = 0;
    for (const [t, id] of ids.entries()) {
      worst = Math.max(worst, relativeError(await transformer.decode(id), audited[t]!));
    }
    expect(transformer.length).toBe(300);
    expect(worst).toBeLessThan(1e-3);
  });

  test('cutting the cache and appending gives what a fresh prefill gives', async () => {
    transformer.truncate(0);
    await transformer.prefill(ids.subarray(0, 100), {});
    transformer.truncate(37);
    const reused = (await transformer.prefill(ids.subarray(37, 90), {})).slice();
    transformer.truncate(0);
    const fresh = await transformer.prefill(ids.subarray(0, 90), {});
    expect(relativeError(reused, fresh)).toBeLessThan(1e-5);
  });

  test('chunks of any size give what one pass gives', async () => {
    const whole = await open(model, { chunkTokens: 320 });
    const wanted = (await whole.prefill(ids.subarray(0, 77), {})).slice();
    whole.destroy();
    for (const chunkTokens of [1, 7, 76]) {
      const pieces = await open(model, { chunkTokens });
      expect(relativeError(await pieces.prefill(ids.subarray(0, 77), {}), wanted)).toBeLessThan(1e-5);
      pieces.destroy();
    }
  });

  test('an audit leaves the conversation as it is', async () => {
    transformer.truncate(0);
    await transformer.prefill(ids.subarray(0, 30), {});
    const before = (await transformer.decode(ids[30]!)).slice();
    transformer.truncate(30);
    await transformer.audit(ids.subarray(100, 160), new Uint32Array([59, 2]), {});
    expect(relativeError(await transformer.decode(ids[30]!), before)).toBe(0);
  });

  test('an audit gives positions in the order asked for, repeated ones, too', async () => {
    const text = ids.subarray(0, 60);
    const [late, early, again] = await transformer.audit(text, new Uint32Array([59, 3, 59]), {});
    const [wanted] = createReferenceModel(model).logits(text, [3]);
    expect(relativeError(early!, wanted!)).toBeLessThan(1e-4);
    expect(again).toEqual(late);
  });

  test('an answer stays readable while the next step runs', async () => {
    transformer.truncate(0);
    const first = await transformer.prefill(ids.subarray(0, 5), {});
    const copy = first.slice();
    await transformer.decode(ids[5]!);
    expect(first).toEqual(copy);
  });

  test('an abort acts between chunks with the signal’s reason and keeps what was done', async () => {
    transformer.truncate(0);
    const controller = new AbortController();
    const reason = new Error('enough');
    const onProgress = () => controller.abort(reason);
    const call = transformer.prefill(ids, { signal: controller.signal, onProgress });
    await expect(call).rejects.toBe(reason);
    expect(transformer.length).toBeGreaterThan(0);
    expect(transformer.length).toBeLessThan(ids.length);
    const kept = transformer.length;
    const resumed = (await transformer.prefill(ids.subarray(kept, 120), {})).slice();
    transformer.truncate(0);
    expect(relativeError(resumed, await transformer.prefill(ids.subarray(0, 120), {}))).toBeLessThan(1e-5);
  });

  test('progress counts up to all tokens', async () => {
    transformer.truncate(0);
    const seen: number[] = [];
    await transformer.prefill(ids.subarray(0, 60), { onProgress: (done) => seen.push(done) });
    expect(seen).toEqual([24, 48, 60]);
  });

  test('refuses what it cannot do, and works afterwards', async () => {
    transformer.truncate(0);
    expect(await failureOf(transformer.prefill(new Uint32Array([1, SMALL.vocabSize]), {}))).toBe('engine/bad-input');
    expect(await failureOf(transformer.prefill(new Uint32Array(), {}))).toBe('engine/bad-input');
    expect(await failureOf(transformer.decode(-1))).toBe('engine/bad-input');
    expect(await failureOf(transformer.decode(1.5))).toBe('engine/bad-input');
    expect(await failureOf(transformer.audit(ids, new Uint32Array([300]), {}))).toBe('engine/bad-input');
    expect(await failureOf(transformer.prefill(new Uint32Array(321), {}))).toBe('engine/context-full');
    expect(() => transformer.truncate(1)).toThrow(WeftError);
    const running = transformer.prefill(ids.subarray(0, 50), {});
    expect(await failureOf(transformer.decode(1))).toBe('app/busy');
    await running;
    expect(transformer.length).toBe(50);
  });
});

test('two ranges of layers chained give what the whole gives', async () => {
  const model = createRandomModel({ config: SMALL, quantization: 'q0f16', seed: 31 });
  const ids = createRandom(32).ids(50, SMALL.vocabSize);
  const whole = await open(model);
  const lower = await open(model, { range: { from: 0, to: 1 } });
  const upper = await open(model, { range: { from: 1, to: 3 } });
  const wanted = (await whole.prefill(ids.subarray(0, 49), {})).slice();
  const wantedNext = await whole.decode(ids[49]!);
  const between = await lower.forwardActivations(ids.subarray(0, 49), {});
  expect(between.length).toBe(49 * SMALL.hiddenSize);
  expect(relativeError(between, createReferenceModel(model).activations(ids.subarray(0, 49), 1))).toBeLessThan(1e-4);
  expect(relativeError(await upper.forwardActivations(between, {}), wanted)).toBeLessThan(1e-5);
  const next = await upper.forwardActivations(await lower.forwardActivations(ids.subarray(49), {}), {});
  expect(relativeError(next, wantedNext)).toBeLessThan(1e-5);
  expect(lower.weightBytes + upper.weightBytes).toBe(whole.weightBytes);
  expect(await failureOf(lower.prefill(ids, {}))).toBe('engine/bad-input');
  expect(await failureOf(upper.forwardActivations(ids, {}))).toBe('engine/bad-input');
  expect(await failureOf(upper.forwardActivations(new Float32Array(65), {}))).toBe('engine/bad-input');
  for (const part of [whole, lower, upper]) part.destroy();
  expect(await failureOf(whole.decode(1))).toBe('engine/not-loaded');
});

test('matrices cut by the device’s binding limit give the same logits', async () => {
  const model = createRandomModel({
    config: { ...SMALL, layerCount: 1, vocabSize: 333 },
    quantization: 'q4f16_1',
    seed: 41,
  });
  const ids = createRandom(42).ids(20, 333);
  const whole = await open(model);
  const cut = await open(model, { maxBindingBytes: 5000 });
  const wanted = (await whole.prefill(ids, {})).slice();
  expect(relativeError(await cut.prefill(ids, {}), wanted)).toBeLessThan(1e-6);
  const next = (await whole.decode(7)).slice();
  expect(relativeError(await cut.decode(7), next)).toBeLessThan(1e-6);
  whole.destroy();
  cut.destroy();
  expect(await failureOf(open(model, { maxBindingBytes: 100 }))).toBe('engine/limits');
});

test('a missing, misshapen or cut tensor is named', async () => {
  const model = createRandomModel({ config: SMALL, quantization: 'q0f16', seed: 51 });
  const listing = new TextDecoder().decode(model.files.get('tensor-cache.json'));
  const withListing = (text: string): LoadedModel => ({
    config: model.config,
    files: new Map([...model.files, ['tensor-cache.json', new TextEncoder().encode(text)]]),
  });
  const missing = withListing(listing.replace('model.layers.1.mlp.down_proj.weight', 'something.else'));
  await expect(open(missing)).rejects.toThrow('model.layers.1.mlp.down_proj.weight');
  const shape = withListing(listing.replace('"shape":[301,64]', '"shape":[64,301]'));
  await expect(open(shape)).rejects.toThrow('[64, 301]');
  const shard = model.files.get('params_shard_0.bin')!;
  const short = { config: model.config, files: new Map([...model.files, ['params_shard_0.bin', shard.slice(0, 99)]]) };
  expect(await failureOf(open(short))).toBe('model/truncated');
});

test('a model that is destroyed while it works says that it was unloaded', async () => {
  const model = createRandomModel({ config: SMALL, quantization: 'q0f16', seed: 71 });
  const transformer = await open(model);
  const running = failureOf(transformer.prefill(createRandom(72).ids(200, SMALL.vocabSize), {}));
  expect(() => transformer.truncate(0)).toThrow(WeftError);
  transformer.destroy();
  expect(await running).toBe('engine/not-loaded');
});

test('a context beyond the GPU’s limits is refused before anything is allocated', async () => {
  const model = createRandomModel({ config: SMALL, quantization: 'q0f16', seed: 81 });
  expect(await failureOf(open(model, { maxLength: 2 ** 40 }))).toBe('engine/limits');
  expect(await failureOf(open(model, { maxLength: 0 }))).toBe('engine/limits');
});

test('an abort during loading rejects with its reason', async () => {
  const model = createRandomModel({ config: SMALL, quantization: 'q0f16', seed: 61 });
  const controller = new AbortController();
  const reason = new Error('not now');
  const onUpload = () => controller.abort(reason);
  await expect(open(model, { signal: controller.signal, onUpload })).rejects.toBe(reason);
});
