import { describe, expect, test } from 'vitest';
import type { CatalogueModel } from './catalogue-model.ts';
import { fitOf } from './fit.ts';
import type { DeviceFacts } from './fit.ts';
import { rankModels } from './rank-models.ts';

const GIB = 1024 ** 3;

function model(id: string, part: Partial<CatalogueModel> = {}): CatalogueModel {
  return {
    id,
    title: id,
    family: 'Qwen 3',
    source: 'catalogue',
    baseUrl: `https://models.example/${id}/`,
    libraryUrl: `https://models.example/${id}.wasm`,
    parameterCount: 1e9,
    quantization: 'q4f16_1',
    download: { bytes: 1e9, isExact: false },
    memoryBytes: 1e9,
    largestBufferBytes: null,
    requiredFeatures: [],
    contextLimit: 4096,
    license: null,
    features: ['chat'],
    runtimes: ['webllm'],
    isLowResource: false,
    ...part,
  };
}

const desktop: DeviceFacts = {
  adapter: { isFallback: false, hasF16: true, maxBufferBytes: 2 * GIB },
  memoryGiB: 8,
  isMobile: false,
};

describe('fit', () => {
  test('a small model fits, one over half the memory is tight, one far over it is too big', () => {
    const verdict = (memoryBytes: number) => fitOf(model('a', { memoryBytes }), desktop).verdict;
    expect([GIB, 4 * GIB, 4 * GIB + 1, 12 * GIB, 12 * GIB + 1].map(verdict)).toEqual([
      'fits',
      'fits',
      'tight',
      'tight',
      'too-big',
    ]);
  });

  test('a phone has less room than a computer of the same memory', () => {
    const big = model('a', { memoryBytes: 3 * GIB });
    expect(fitOf(big, desktop).verdict).toBe('fits');
    expect(fitOf(big, { ...desktop, isMobile: true }).verdict).toBe('tight');
    expect(fitOf(big, { ...desktop, memoryGiB: 4, isMobile: true }).verdict).toBe('too-big');
  });

  test('without half precision only what the built-in engine runs is supported', () => {
    const device = { ...desktop, adapter: { ...desktop.adapter!, hasF16: false } };
    const half = { requiredFeatures: ['shader-f16'] };
    expect(fitOf(model('a', half), desktop).verdict).toBe('fits');
    expect(fitOf(model('a', half), device)).toEqual({
      verdict: 'unsupported',
      reason: 'It needs half-precision arithmetic (shader-f16), which this GPU or browser does not offer.',
    });
    expect(fitOf(model('a', { ...half, runtimes: ['webllm', 'builtin'] }), device).verdict).toBe('fits');
  });

  test('a buffer that the GPU does not allow is named with both sizes', () => {
    const fit = fitOf(model('a', { largestBufferBytes: 3e9 }), desktop);
    expect(fit).toEqual({ verdict: 'too-big', reason: 'It needs 3.0 GB in one piece; this GPU allows 2.1 GB.' });
  });

  test('on a processor the smallest are slow and the others too big', () => {
    const software = { ...desktop, adapter: { ...desktop.adapter!, isFallback: true } };
    expect(fitOf(model('a', { memoryBytes: 0.5 * GIB }), software).verdict).toBe('tight');
    expect(fitOf(model('a', { memoryBytes: 2 * GIB }), software).verdict).toBe('too-big');
  });

  test('judges by memory alone while no GPU was seen', () => {
    const unseen = { adapter: null, memoryGiB: null, isMobile: false };
    expect(fitOf(model('a', { requiredFeatures: ['shader-f16'] }), unseen).verdict).toBe('fits');
  });
});

describe('the order', () => {
  const small = model('small', { parameterCount: 6e8, memoryBytes: GIB });
  const large = model('large', { parameterCount: 4e9, memoryBytes: 3 * GIB });
  const huge = model('huge', { parameterCount: 7e10, memoryBytes: 30 * GIB });
  const coder = model('coder', { parameterCount: 4e9, memoryBytes: 3.5 * GIB, features: ['chat', 'code'] });
  const reader = model('reader', { features: ['embedding'], family: 'Snowflake' });
  const llama = model('llama', { family: 'Llama 3.2', memoryBytes: 2 * GIB });

  test('is by verdict, the short list first, then the most capable', () => {
    const ranked = rankModels([huge, reader, small, coder, llama, large], desktop);
    expect(ranked.map(({ model }) => model.id)).toEqual(['large', 'llama', 'small', 'coder', 'reader', 'huge']);
    expect(ranked.filter(({ isRecommended }) => isRecommended).map(({ model }) => model.id)).toEqual([
      'large',
      'llama',
      'small',
    ]);
  });

  test('recommends nothing that does not fit', () => {
    expect(rankModels([huge], desktop).some(({ isRecommended }) => isRecommended)).toBe(false);
  });

  test('recommends what the server of the page offers before anything else', () => {
    const own = model('own', { source: 'relay', family: 'Anything', memoryBytes: 0.1 * GIB });
    expect(rankModels([large, own], desktop)[0]?.model.id).toBe('own');
  });

  test('prefers the variant that needs no half precision where the GPU has none', () => {
    const half = model('half', { requiredFeatures: ['shader-f16'], runtimes: ['webllm', 'builtin'] });
    const full = model('full', { quantization: 'q4f32_1' });
    const without = { ...desktop, adapter: { ...desktop.adapter!, hasF16: false } };
    expect(rankModels([half, full], desktop)[0]?.model.id).toBe('half');
    expect(rankModels([half, full], without)[0]?.model.id).toBe('full');
  });
});
