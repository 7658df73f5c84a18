import type * as WebLlm from '@mlc-ai/web-llm';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockInstance } from 'vitest';
import { guideRef } from '../engine.fixture.ts';
import type { ModelRef } from '../engine.ts';
import { createLoadTracker } from '../session/load-tracker.ts';
import { openModelFolder } from '../session/model-folder.ts';
import type { ModelFolder } from '../session/model-folder.ts';
import { countTensors } from './count-tensors.ts';
import type { WebLlmDeps } from './open-engine.ts';
import { storedFilesOf } from './stored-files.ts';
import { createWebLlmRuntime } from './webllm-runtime.ts';

const libraryUrl = 'https://libraries.example/guide.wasm';
const ref: ModelRef = { ...guideRef, libraryUrl, runtime: 'webllm' };
const deps: WebLlmDeps = {
  gpu: navigator.gpu,
  isSecureContext,
  userAgent: navigator.userAgent,
  caches,
  importWebLlm: () => import('@mlc-ai/web-llm'),
};
/** A WebAssembly module that wants a function nobody has: `(import "env" "missing" (func))`. */
const foreignLibrary = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
  ...[0x02, 0x0f, 0x01, 0x03, ...new TextEncoder().encode('env'), 0x07, ...new TextEncoder().encode('missing'), 0, 0],
]);

/** The guide's, in 16 bits. */
let half: ModelFolder;
/** The same, said to compute in 32 bits, which any GPU does. */
let folder: ModelFolder;
let printed: readonly MockInstance[];
beforeAll(async () => {
  half = await openModelFolder({ ref }, { fetch });
  folder = { ...half, summary: { ...half.summary, quantization: 'q0f32' } };
});
beforeEach(() => {
  printed = (['log', 'warn', 'error'] as const).map((level) => vi.spyOn(console, level));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(['webllm/config', 'webllm/wasm', 'webllm/model'].map((name) => caches.delete(name)));
});

/** The guide's own files beside a library. */
async function store(library: Uint8Array<ArrayBuffer> | string) {
  const { weightPaths } = countTensors(folder.indexJson, 'q0f16');
  for (const { store: name, url } of storedFilesOf({ baseUrl: ref.baseUrl, libraryUrl, weightPaths })) {
    const response = url === libraryUrl ? new Response(library) : await fetch(url);
    await (await caches.open(name)).put(url, response);
  }
}

const start = (part: Partial<WebLlmDeps> = {}, signal?: AbortSignal) =>
  createWebLlmRuntime({ ...deps, ...part }).start({ ref, folder, tracker: createLoadTracker(undefined), signal });

describe('WebLLM refuses', () => {
  const { refuses } = createWebLlmRuntime(deps);

  it('a model without a library, and a part of one', () => {
    expect(refuses({ ref: { ...ref, libraryUrl: null }, configJson: folder.configJson })?.code).toBe(
      'model/unsupported',
    );
    const part = { ...ref, layers: { from: 0, to: 2 } };
    expect(refuses({ ref: part, configJson: folder.configJson })?.code).toBe('model/unsupported');
    expect(refuses({ ref, configJson: folder.configJson })).toBeNull();
  });
});

describe('a load with WebLLM', () => {
  it('tells of a GPU without arithmetic in 16 bits before it reads anything', async () => {
    // The software adapter has none.
    expect((await navigator.gpu.requestAdapter())?.features.has('shader-f16')).toBe(false);
    const importWebLlm = vi.fn(deps.importWebLlm);
    const runtime = createWebLlmRuntime({ ...deps, importWebLlm });
    const starting = runtime.start({ ref, folder: half, tracker: createLoadTracker(undefined), signal: undefined });
    await expect(starting).rejects.toMatchObject({ code: 'engine/no-f16' });
    expect(importWebLlm).not.toHaveBeenCalled();
  });

  it('asks no server for what is not stored', async () => {
    await store(foreignLibrary);
    await (await caches.open('webllm/model')).delete(new URL('tokenizer.json', ref.baseUrl));
    const importWebLlm = vi.fn(deps.importWebLlm);
    await expect(start({ importWebLlm })).rejects.toMatchObject({ code: 'model/not-found' });
    expect(importWebLlm).not.toHaveBeenCalled();
  });

  it('tells of a library for another version', async () => {
    await store(foreignLibrary);
    await expect(start()).rejects.toMatchObject({
      code: 'model/bad-library',
      shortMessage: expect.stringContaining('another version') as unknown,
      cause: expect.any(WebAssembly.LinkError) as unknown,
    });
  });

  it('tells of a page in place of a library, prints nothing and leaves the browser as it was', async () => {
    const requestDevice: unknown = Reflect.get(GPUAdapter.prototype, 'requestDevice');
    const revoke = vi.spyOn(URL, 'revokeObjectURL');
    await store('<!doctype html>');
    await expect(start()).rejects.toMatchObject({ code: 'model/bad-library' });
    expect(Reflect.get(GPUAdapter.prototype, 'requestDevice')).toBe(requestDevice);
    expect(revoke).toHaveBeenCalledOnce();
    for (const spy of printed) expect(spy).not.toHaveBeenCalled();
  });

  it('ends with the reason it was aborted for', async () => {
    await store(foreignLibrary);
    const reason = new Error('another model is wanted');
    await expect(start({}, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('asks for no more memory than it uses, whatever the model’s own file says', async () => {
    await store(foreignLibrary);
    const records: WebLlm.ModelRecord[] = [];
    class MLCEngine {
      constructor({ appConfig }: { appConfig: WebLlm.AppConfig }) {
        records.push(...appConfig.model_list);
      }
      reload = () => Promise.reject(new Error('far enough'));
      unload = () => Promise.resolve();
    }
    const importWebLlm = () => Promise.resolve({ MLCEngine } as unknown as Pick<typeof WebLlm, 'MLCEngine'>);
    await expect(start({ importWebLlm })).rejects.toMatchObject({
      shortMessage: expect.stringContaining('far enough') as string,
    });
    // Recurrent networks (Qwen 3.5) keep as many states as this says; the cache is as long as the context that is asked for.
    expect(records[0]!.overrides).toEqual({ context_window_size: 1024, sliding_window_size: -1, max_history_size: 1 });
  });

  it('needs WebGPU and a browser that stores', async () => {
    await expect(start({ gpu: undefined })).rejects.toMatchObject({ code: 'engine/no-webgpu' });
    await expect(start({ caches: null })).rejects.toMatchObject({ code: 'storage/unavailable' });
  });
});
