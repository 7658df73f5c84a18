import type * as WebLlm from '@mlc-ai/web-llm';
import { afterEach, describe, expect, it } from 'vitest';
import { guideRef, outcomeOf, user } from '../engine.fixture.ts';
import type { ModelRef } from '../engine.ts';
import { bertTokenizerJson, vocabSize } from '../session/embedding-tokenizer.fixture.ts';
import { createModelEngine } from '../session/model-engine.ts';
import { createRuntimeMemory } from '../session/runtime-memory.ts';
import { createBuiltinRuntime } from '../builtin/builtin-runtime.ts';
import { DEFAULT_VARIANTS } from '../builtin/kernels/kernel-variants.ts';
import { createTransformer } from '../builtin/model/create-transformer.ts';
import { acquireDevice } from '../device.ts';
import type { WebLlmDeps } from './open-engine.ts';
import { storeModel } from './store-model.fixture.ts';
import { createWebLlmEmbedding } from './webllm-embedding.ts';
import { createWebLlmRuntime } from './webllm-runtime.ts';

const ref: ModelRef = {
  id: 'small-embedding',
  baseUrl: 'https://models.example/small-embedding/',
  libraryUrl: 'https://models.example/small-embedding.wasm',
  runtime: 'auto',
  contextLimit: null,
};
const config = {
  model_type: 'bert',
  quantization: 'q0f32',
  model_config: { vocab_size: vocabSize },
  context_window_size: 8,
  tokenizer_files: ['tokenizer.json'],
  // As some folders have it.
  conv_template: null,
};
const index = {
  records: [{ dataPath: 'params_shard_0.bin', nbytes: 8, records: [{ name: 'w', shape: [2], dtype: 'float32' }] }],
};
const FILES: Readonly<Record<string, string>> = {
  'mlc-chat-config.json': JSON.stringify(config),
  'tokenizer.json': JSON.stringify(bertTokenizerJson),
  'tensor-cache.json': JSON.stringify(index),
  'params_shard_0.bin': '12345678',
  'small-embedding.wasm': 'library',
};

/** WebLLM is not ours: this opens a real GPU as it does, and its network counts tokens. */
function standIn() {
  const devices: GPUDevice[] = [];
  const records: WebLlm.ModelRecord[] = [];
  const calls: number[][][] = [];
  class MLCEngine {
    loadedModelIdToPipeline = new Map<string, unknown>();
    readonly record: WebLlm.ModelRecord;
    /** Runs before the vectors of a call are given. */
    static onCall = () => Promise.resolve();
    constructor({ appConfig }: { appConfig: WebLlm.AppConfig }) {
      this.record = appConfig.model_list[0]!;
      records.push(this.record);
    }
    async reload(id: string) {
      const adapter = await navigator.gpu.requestAdapter();
      devices.push(await adapter!.requestDevice());
      this.loadedModelIdToPipeline.set(id, { maxBatchSize: 2 });
    }
    async embedding({ input }: { input: number[][] }) {
      calls.push(input);
      await MLCEngine.onCall();
      return { data: input.map((ids, at) => ({ index: at, embedding: [3 * ids.length, 4 * ids.length] })) };
    }
    unload = () => Promise.resolve();
  }
  const importWebLlm = () => Promise.resolve({ MLCEngine } as unknown as Pick<typeof WebLlm, 'MLCEngine'>);
  return { MLCEngine, importWebLlm, devices, records, calls };
}

async function open() {
  const stand = standIn();
  const facts = { gpu: navigator.gpu, isSecureContext, userAgent: navigator.userAgent };
  const deps: WebLlmDeps = { ...facts, caches, importWebLlm: stand.importWebLlm };
  const fromStore = await storeModel({ baseUrl: ref.baseUrl, libraryUrl: ref.libraryUrl }, (url) => {
    const body = FILES[url.slice(url.lastIndexOf('/') + 1)];
    return Promise.resolve(new Response(body ?? null, { status: body === undefined ? 404 : 200 }));
  });
  const engine = createModelEngine({
    fetch: (url, init) => (url.startsWith(ref.baseUrl) ? fromStore(url, init) : fetch(url, init)),
    runtimes: [
      createBuiltinRuntime({
        acquireDevice: () => acquireDevice(facts),
        createTransformer,
        chooseVariants: () => Promise.resolve(DEFAULT_VARIANTS),
      }),
      createWebLlmRuntime(deps),
    ],
    embedding: createWebLlmEmbedding(deps),
    importXgrammar: () => import('@mlc-ai/web-xgrammar'),
    memory: createRuntimeMemory(null),
    nowMs: () => performance.now(),
  });
  close = () => engine.unload();
  return { engine, ...stand };
}

let close = () => Promise.resolve();
afterEach(async () => {
  await close();
  await Promise.all(['webllm/config', 'webllm/wasm', 'webllm/model'].map((name) => caches.delete(name)));
});

const sampling = { temperature: 0, topP: 1, topK: 1, maxTokens: 3, seed: 1, stop: [] };
const ask = (model: ModelRef) => ({ model, turns: [user('What is Weft?')], answerPrefix: '', sampling });

describe('an embedding model', () => {
  it('turns texts into vectors of length 1, in batches the library takes, and stays on the GPU', async () => {
    const { engine, calls, records } = await open();
    const { vectors, promptTokens } = await engine.embed({ model: ref, inputs: ['the cat', 'a', 'on'] }, {});
    expect(promptTokens).toBe(4 + 3 + 3);
    expect(vectors).toHaveLength(3);
    for (const vector of vectors) {
      expect(vector[0]).toBeCloseTo(0.6, 6);
      expect(vector[1]).toBeCloseTo(0.8, 6);
    }
    // One trial at the start, then a batch for each length.
    expect(calls.slice(1).map((batch) => batch.length)).toEqual([1, 2]);
    await engine.embed({ model: ref, inputs: ['a'] }, {});
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ model_type: 1 });
  });

  it('writes no answers, and a model that chats gives no vectors and stays loaded', async () => {
    const { engine, records } = await open();
    const unsupported = expect.objectContaining({ code: 'model/unsupported' }) as Error;
    await expect(outcomeOf(engine.generate(ask(ref), {}))).rejects.toEqual(unsupported);
    await expect(engine.load(ref, {})).rejects.toEqual(unsupported);
    await engine.load(guideRef, {});
    await expect(engine.embed({ model: guideRef, inputs: ['a'] }, {})).rejects.toEqual(unsupported);
    expect(await engine.selfTest({})).toMatchObject({ ok: true });
    expect(records).toHaveLength(0);
  });

  it('takes turns with answers: one model is on the GPU at a time', async () => {
    const { engine } = await open();
    const answer = outcomeOf(engine.generate(ask(guideRef), {}));
    const embedded = engine.embed({ model: ref, inputs: ['a'] }, {});
    expect((await answer).tokens.length).toBeGreaterThan(0);
    expect((await embedded).vectors).toHaveLength(1);
    await expect(engine.selfTest({})).rejects.toMatchObject({ code: 'engine/not-loaded' });
    expect((await outcomeOf(engine.generate(ask(guideRef), {}))).done.reason).not.toBe('aborted');
  });

  it('is put on another GPU when its own is lost, and the call goes on', async () => {
    const { engine, devices, MLCEngine } = await open();
    await engine.embed({ model: ref, inputs: ['a'] }, {});
    let isFirst = true;
    MLCEngine.onCall = async () => {
      if (!isFirst) return;
      isFirst = false;
      devices[0]!.destroy();
      await devices[0]!.queue.onSubmittedWorkDone().catch(() => undefined);
      throw new Error('A valid external Instance reference no longer exists.');
    };
    expect((await engine.embed({ model: ref, inputs: ['a', 'the'] }, {})).vectors).toHaveLength(2);
    expect(devices).toHaveLength(2);
  });

  it('stops when it is told to', async () => {
    const { engine, MLCEngine } = await open();
    const controller = new AbortController();
    const reason = new Error('enough');
    await engine.embed({ model: ref, inputs: ['a'] }, {});
    MLCEngine.onCall = () => {
      controller.abort(reason);
      return Promise.resolve();
    };
    await expect(engine.embed({ model: ref, inputs: ['a', 'b', 'c'] }, { signal: controller.signal })).rejects.toBe(
      reason,
    );
  });

  it.each([
    ['nothing', []],
    ['an empty text', ['a', '']],
    ['more texts than a call may have', Array.from({ length: 257 }, () => 'a')],
  ])('refuses %s', async (_, inputs) => {
    const { engine } = await open();
    await expect(engine.embed({ model: ref, inputs }, {})).rejects.toMatchObject({ code: 'engine/bad-input' });
  });

  it('names the text that is too long for it', async () => {
    const { engine } = await open();
    await expect(engine.embed({ model: ref, inputs: ['a', 'the cat sat on the mat the'] }, {})).rejects.toMatchObject({
      code: 'engine/context-full',
      shortMessage: expect.stringContaining('inputs[1]') as string,
    });
  });
});
