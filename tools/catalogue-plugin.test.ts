import { describe, expect, test } from 'vitest';
import { familyFacts } from '../src/engine/catalogue/model-families.ts';
import { modelFolderUrl } from '../src/engine/catalogue/model-folder-url.ts';
import { offeredModels, prebuiltModels } from './catalogue-plugin.ts';

const models = prebuiltModels();
const byId = new Map(models.map((model) => [model.id, model]));

describe('the catalogue of WebLLM', () => {
  test('is described whole: every model has a family of ours and a known quantisation', () => {
    expect(models).toHaveLength(165);
    expect(models.filter(({ id }) => familyFacts(id) === null)).toEqual([]);
    expect(models.filter(({ quantization }) => quantization === 'unknown')).toEqual([]);
    expect(byId.size).toBe(models.length);
  });

  test('downloads less than what runs in memory, and never nothing', () => {
    for (const { id, download, memoryBytes } of models) {
      expect(download.bytes, id).toBeGreaterThan(20_000_000);
      // A short context and a small model: tokenizer and library weigh more than the cache.
      expect(download.bytes, id).toBeLessThan(memoryBytes * 1.1 + 20_000_000);
    }
  });

  test('leaves to the built-in engine only the architectures and quantisations it reads', () => {
    const builtin = models.filter(({ runtimes }) => runtimes.includes('builtin')).map(({ id }) => id);
    expect(builtin).toContain('Llama-3.2-1B-Instruct-q4f16_1-MLC');
    expect(builtin).toContain('Qwen3-0.6B-q4f32_1-MLC');
    expect(builtin).toContain('SmolLM2-135M-Instruct-q0f16-MLC');
    for (const not of [/^Qwen3\.5/u, /Mistral/u, /^gemma/iu, /^phi/iu, /OLMo/u, /70B/u, /^Ministral/u, /embed/u]) {
      expect(builtin.filter((id) => not.test(id))).toEqual([]);
    }
  });

  test('knows that a half-precision library needs the feature even where the record does not say so', () => {
    expect(byId.get('Llama-3.2-1B-Instruct-q4f16_1-MLC')?.requiredFeatures).toEqual(['shader-f16']);
    expect(byId.get('Llama-3.2-1B-Instruct-q4f32_1-MLC')?.requiredFeatures).toEqual([]);
  });

  test('offers what the page can use, and promises nothing else', () => {
    const offered = offeredModels();
    expect(offered.length).toBeGreaterThan(150);
    expect(offered.filter(({ id }) => /embed|Base/u.test(id))).toEqual([]);
    expect(new Set(offered.flatMap(({ features }) => features))).toEqual(
      new Set(['chat', 'vision', 'thinking', 'code', 'math', 'tools']),
    );
  });

  test('describes models that turn texts into vectors, for who asks for those', () => {
    const embedding = models.filter(({ features }) => features.includes('embedding'));
    expect(embedding).toHaveLength(4);
    for (const { id, features, runtimes, libraryUrl, parameterCount } of embedding) {
      expect(id).toMatch(/^snowflake-arctic-embed-[ms]-q0f32-MLC-b(4|32)$/u);
      expect([features, runtimes]).toEqual([['embedding'], ['webllm']]);
      expect(libraryUrl).toContain('embed');
      expect(parameterCount).toBeGreaterThan(3e7);
    }
  });

  test('names the licence of newer models as their cards do', () => {
    expect(byId.get('Qwen3.5-0.8B-q4f16_1-MLC')?.license?.name).toBe('Apache 2.0');
    expect(byId.get('gemma-4-E2B-it-q4f16_1-MLC')?.license?.name).toBe('Apache 2.0');
    expect(byId.get('gemma-2-2b-it-q4f16_1-MLC')?.license?.name).toBe('Gemma Terms of Use');
    expect(byId.get('stablelm-2-zephyr-1_6b-q4f16_1-MLC')?.license).toBeNull();
  });

  test('offers models that see pictures, which WebLLM runs', () => {
    const seeing = offeredModels().filter(({ features }) => features.includes('vision'));
    expect(seeing.map(({ id }) => id)).toContain('Phi-3.5-vision-instruct-q4f16_1-MLC');
    expect(seeing.filter(({ runtimes }) => runtimes.includes('builtin'))).toEqual([]);
  });

  test('promises tools of models whose form of calling is known', () => {
    const families = new Set(
      offeredModels().flatMap(({ family, features }) => (features.includes('tools') ? [family] : [])),
    );
    expect(families).toEqual(new Set(['Llama 3.1', 'Llama 3.2', 'Hermes 2', 'Hermes 3', 'Qwen 2.5', 'Qwen 3']));
    const able = offeredModels().filter(({ features }) => features.includes('tools'));
    expect(able.filter(({ id }) => /Mistral|Coder|Math/u.test(id))).toEqual([]);
  });

  test('tells the variants of one model apart', () => {
    expect(byId.get('Qwen3-0.6B-q4f16_1-MLC')).toMatchObject({ title: 'Qwen 3 · 0.6B', contextLimit: 4096 });
    expect(byId.get('phi-2-q4f16_1-MLC-1k')).toMatchObject({
      title: 'Phi 2 · 2.8B, short context',
      contextLimit: 1024,
    });
  });
});

describe('the address of a model folder', () => {
  test('is the one WebLLM computes for a Hugging Face repository', () => {
    const folder = 'https://huggingface.co/mlc-ai/Qwen3-0.6B-q4f16_1-MLC/resolve/main/';
    expect(modelFolderUrl('https://huggingface.co/mlc-ai/Qwen3-0.6B-q4f16_1-MLC')).toBe(folder);
    expect(modelFolderUrl('https://huggingface.co/mlc-ai/Qwen3-0.6B-q4f16_1-MLC/')).toBe(folder);
    expect(modelFolderUrl('https://huggingface.co/mlc-ai/Qwen3-0.6B-q4f16_1-MLC/tree/main')).toBe(folder);
    expect(modelFolderUrl(folder)).toBe(folder);
    expect(byId.get('Qwen3-0.6B-q4f16_1-MLC')?.baseUrl).toBe(folder);
  });

  test('keeps a revision, and any other server as it is', () => {
    expect(modelFolderUrl('https://huggingface.co/a/b/resolve/v2/')).toBe('https://huggingface.co/a/b/resolve/v2/');
    expect(modelFolderUrl('https://huggingface.co/a/b/tree/v2')).toBe('https://huggingface.co/a/b/resolve/v2/');
    expect(modelFolderUrl('http://localhost:8080/m/x?y#z')).toBe('http://localhost:8080/m/x/');
  });
});
