import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_VARIANTS } from './builtin/kernels/kernel-variants.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import type { Transformer } from './builtin/model/transformer.ts';
import { fetchModel } from './builtin/reference/fetch-model.ts';
import { openDevice } from './builtin/reference/open-device.ts';
import { createMemoryWeightSource } from './builtin/weights/memory-weight-source.ts';
import { bytesPerToken, measureDecode } from './measure-decode.ts';
import type { MeasureDecodeInit } from './measure-decode.ts';

let device: GPUDevice;
let transformer: Transformer;

beforeAll(async () => {
  device = await openDevice();
  const { config, files } = await fetchModel('/models/weft-guide/');
  transformer = await createTransformer(
    { device, config, range: { from: 0, to: config.layerCount }, maxLength: 64 },
    { weights: createMemoryWeightSource(files), variants: DEFAULT_VARIANTS },
  );
});
afterAll(() => {
  transformer.destroy();
  device.destroy();
});

const measure = (part: Partial<MeasureDecodeInit> = {}) =>
  measureDecode(
    { device, transformer, promptTokens: 16, decodeTokens: 4, rounds: 2, plainSampler: () => 3, ...part },
    { nowMs: () => performance.now() },
  );

describe('a measurement', () => {
  it('gives every figure of one run', async () => {
    const { par1Ratio, ...figures } = await measure();
    for (const [name, value] of Object.entries({ ...figures, ...par1Ratio })) {
      expect([name, value > 0 && Number.isFinite(value)]).toEqual([name, true]);
    }
    expect(par1Ratio.lowest).toBeLessThanOrEqual(par1Ratio.median);
    expect(par1Ratio.highest).toBeGreaterThanOrEqual(par1Ratio.median);
    expect(figures.bytesPerToken).toBe(bytesPerToken(transformer.config, transformer.weightBytes, 20));
  });

  it('samples plainly as often as with PAR-1, and once around for warmth', async () => {
    let plainTokens = 0;
    await measure({
      plainSampler() {
        plainTokens += 1;
        return 3;
      },
    });
    expect(plainTokens).toBe(3 * 4);
    expect(transformer.length).toBe(16 + 8);
  });

  it('is refused where it does not fit into the context', async () => {
    await expect(measure({ promptTokens: 60, decodeTokens: 3 })).rejects.toMatchObject({ code: 'engine/bad-input' });
  });

  it('stops on its signal', async () => {
    await expect(measure({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });
});

describe('bytes per token', () => {
  const config = {
    quantization: 'q4f16_1',
    vocabSize: 1000,
    hiddenSize: 64,
    layerCount: 2,
    kvHeadCount: 1,
    headDim: 32,
  };

  it('count weights once, and keys and values of the context', () => {
    const tied = { ...transformer.config, ...config, quantization: 'q4f16_1', tiedEmbeddings: true } as const;
    expect(bytesPerToken(tied, 100_000, 0)).toBe(100_000);
    expect(bytesPerToken(tied, 100_000, 10)).toBe(100_000 + 2 * 2 * 32 * 4 * 10);
  });

  it('leave out an embedding table that is only looked up in', () => {
    const untied = { ...transformer.config, ...config, quantization: 'q4f16_1', tiedEmbeddings: false } as const;
    expect(bytesPerToken(untied, 100_000, 0)).toBe(100_000 - (1000 * 64 * 4.5) / 8);
  });
});
