import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import type { RuntimeName } from '../catalogue/catalogue-model.ts';
import type { AdapterInfo, ModelRef } from '../engine.ts';
import { startFastest } from './choose-runtime.ts';
import { createLoadTracker } from './load-tracker.ts';
import type { ModelFolder } from './model-folder.ts';
import type { RuntimeMemory } from './runtime-memory.ts';
import type { Runtime, RunningModel } from './runtime.ts';

const ADAPTER: AdapterInfo = {
  vendor: 'one',
  architecture: 'a',
  description: '',
  isFallback: false,
  hasF16: true,
  maxBufferBytes: 1e9,
};
const REF: ModelRef = {
  id: 'm',
  baseUrl: 'https://models.test/m/',
  libraryUrl: 'https://models.test/m.wasm',
  runtime: 'auto',
  contextLimit: null,
};

/** A machine on which time passes only while tokens are computed. */
function machine(init: {
  readonly msPerToken: Readonly<Record<RuntimeName, number>>;
  readonly fails?: Partial<Record<RuntimeName, WeftError>>;
  readonly refuses?: Partial<Record<RuntimeName, WeftError>>;
}) {
  let nowMs = 0;
  const log: string[] = [];
  const now = { adapter: ADAPTER };
  const runtimeOf = (name: RuntimeName): Runtime => ({
    name,
    refuses: () => init.refuses?.[name] ?? null,
    start() {
      log.push(`start ${name}`);
      const failure = init.fails?.[name];
      if (failure !== undefined) return Promise.reject(failure);
      const compute = () => {
        nowMs += init.msPerToken[name];
        return Promise.resolve(new Float32Array(8));
      };
      const running: RunningModel = {
        runtime: name,
        device: {} as GPUDevice,
        adapter: now.adapter,
        parameterCount: 1,
        weightBytes: 1,
        layerCount: 1,
        vision: null,
        sequence: {
          contextLimit: 100,
          vocabSize: 8,
          keep: () => 0,
          append: compute,
          next: compute,
          distrust: () => undefined,
        },
        audit: () => Promise.resolve([]),
        forward: null,
        lost: () => null,
        check: () => undefined,
        destroy: () => log.push(`end ${name}`),
      };
      return Promise.resolve(running);
    },
  });
  const remembered = new Map<string, Awaited<ReturnType<RuntimeMemory['read']>>>();
  const memory: RuntimeMemory = {
    read: ({ id }) => Promise.resolve(remembered.get(id) ?? null),
    write({ id }, measured) {
      remembered.set(id, measured);
      return Promise.resolve();
    },
  };
  const deps = { runtimes: [runtimeOf('builtin'), runtimeOf('webllm')], memory, nowMs: () => nowMs };
  const start = async (part: Partial<ModelRef> = {}, configJson: unknown = {}): Promise<RuntimeName> => {
    log.length = 0;
    const folder = { configJson } as ModelFolder;
    const tracker = createLoadTracker(undefined);
    return (await startFastest({ ref: { ...REF, ...part }, folder, tracker }, deps)).runtime;
  };
  return { start, log, now };
}

const broken = new WeftError('model/bad-library', 'The library is for another version.');

describe('the runtime of a model', () => {
  it('is the faster one of those that can, measured once and started directly from then on', async () => {
    const { start, log } = machine({ msPerToken: { builtin: 20, webllm: 5 } });
    expect(await start()).toBe('webllm');
    expect(log).toEqual(['start builtin', 'end builtin', 'start webllm']);
    expect(await start()).toBe('webllm');
    expect(log).toEqual(['start webllm']);
  });

  it('is started again where the faster one was measured first', async () => {
    const { start, log } = machine({ msPerToken: { builtin: 5, webllm: 20 } });
    expect(await start()).toBe('builtin');
    expect(log).toEqual(['start builtin', 'end builtin', 'start webllm', 'end webllm', 'start builtin']);
  });

  it('is measured anew on another GPU', async () => {
    const { start, log, now } = machine({ msPerToken: { builtin: 20, webllm: 5 } });
    await start();
    now.adapter = { ...ADAPTER, vendor: 'another' };
    expect(await start()).toBe('webllm');
    expect(log[0]).toBe('start webllm');
    expect(log).toHaveLength(5);
    await start();
    expect(log).toEqual(['start webllm']);
  });

  it('is the other one where one fails, and that is not remembered', async () => {
    const { start, log } = machine({ msPerToken: { builtin: 20, webllm: 5 }, fails: { webllm: broken } });
    expect(await start()).toBe('builtin');
    expect(await start()).toBe('builtin');
    expect(log).toContain('start webllm');
  });

  it('is none where all fail, with what the first one failed with', async () => {
    const lost = new WeftError('engine/device-lost', 'The GPU was lost.');
    const { start } = machine({ msPerToken: { builtin: 1, webllm: 1 }, fails: { builtin: lost, webllm: broken } });
    await expect(start()).rejects.toBe(lost);
  });

  it('is the one that was asked for, and nothing else', async () => {
    const { start, log } = machine({ msPerToken: { builtin: 20, webllm: 5 }, fails: { webllm: broken } });
    expect(await start({ runtime: 'builtin' })).toBe('builtin');
    expect(log).toEqual(['start builtin']);
    await expect(start({ runtime: 'webllm' })).rejects.toBe(broken);
  });

  it('is not measured where only one can, or for a part of a model', async () => {
    const refusal = new WeftError('model/unsupported', 'Not this architecture.');
    const one = machine({ msPerToken: { builtin: 1, webllm: 50 }, refuses: { builtin: refusal } });
    expect(await one.start()).toBe('webllm');
    expect(one.log).toEqual(['start webllm']);
    await expect(one.start({ runtime: 'builtin' })).rejects.toBe(refusal);
    const part = machine({ msPerToken: { builtin: 20, webllm: 5 }, refuses: { webllm: refusal } });
    expect(await part.start({ layers: { from: 0, to: 1 } })).toBe('builtin');
    expect(part.log).toEqual(['start builtin']);
  });

  it('is none where the model writes no answers', async () => {
    const { start, log } = machine({ msPerToken: { builtin: 1, webllm: 1 } });
    await expect(start({}, { model_type: 'bert' })).rejects.toMatchObject({ code: 'model/unsupported' });
    expect(log).toEqual([]);
  });
});
