import { describe, expect, it } from 'vitest';
import { createLogitsSink, createPrivatePass, createPublicPass } from './forward-pass.ts';
import { pipelineOf } from './pipeline.ts';
import type { Pipeline, TvmTensor } from './pipeline.ts';

const VOCAB = 6;
const ADDRESS = 16;

/** WebLLM exports no class for its integers; neither does this stand-in. */
class Scalar {
  readonly value: number;
  readonly dtype: string;
  constructor(value: number, dtype: string) {
    this.value = value;
    this.dtype = dtype;
  }
}

interface Shape {
  /** Logits can be seen in the runtime's memory. */
  hasView?: boolean;
  hasPopn?: boolean;
  isRecurrent?: boolean;
  logitCount?: number;
}

/** Stands in for WebLLM's pipeline: logits are the number of cached tokens and the last id. */
function createFakePipeline({ hasView = true, hasPopn = true, isRecurrent = false, logitCount = VOCAB }: Shape = {}) {
  const calls: string[] = [];
  const memory = new ArrayBuffer(64);
  const popped: unknown[] = [];
  let scopes = 0;
  let logits = new Float32Array(logitCount);
  const tensor: TvmTensor = {
    shape: [1, 1, logitCount],
    dtype: 'float32',
    toArray() {
      calls.push('toArray');
      return logits.slice();
    },
    ...(hasView && { getCPUDataAddress: () => ADDRESS }),
  };
  const pipeline: Pipeline = {
    tvm: {
      beginScope() {
        scopes++;
      },
      endScope() {
        scopes--;
      },
      getGlobalFunc(name) {
        if (!hasPopn) throw new Error(`Cannot find global function ${name}`);
        return (...args) => popped.push(name, ...args);
      },
      detachFromCurrentScope: (value) => value,
      memory: { viewRawBytes: (address, sizeBytes) => new Uint8Array(memory, address, sizeBytes) },
      lib: { webGPUContext: { flushCommands: () => void calls.push('flush') } },
    },
    device: {
      sync: async () => {
        await Promise.resolve();
        new Float32Array(memory, ADDRESS, logits.length).set(logits);
        calls.push('sync');
      },
    },
    prefillChunkSize: 1024,
    kvCache: 'the cache',
    rnnState: isRecurrent ? 'a state' : undefined,
    filledKVCacheLength: 0,
    fKVCacheAddSequence: () => undefined,
    sampleFromRawLogits: () => Promise.reject(new Error('sampled by WebLLM')),
    updateLogitsOnCPU: () => tensor,
    async forwardTokensAndSample(ids, isPrefill) {
      calls.push(isPrefill ? 'prefill' : 'decode');
      this.filledKVCacheLength += ids.length;
      logits = new Float32Array(logitCount).fill(this.filledKVCacheLength);
      logits[0] = ids.at(-1)!;
      await Promise.resolve();
      return this.sampleFromRawLogits(tensor);
    },
    resetChat() {
      this.resetKVCache();
      this.filledKVCacheLength = 0;
    },
    resetKVCache() {
      this.fKVCacheAddSequence('the cache', new Scalar(0, 'int64'));
    },
  };
  return { pipeline, calls, popped, openScopes: () => scopes };
}

const expected = (length: number, lastId: number) =>
  Float32Array.from({ length: VOCAB }, (_, at) => (at ? length : lastId));

describe('a pass over the private pipeline', () => {
  it.each([true, false])('reads the logits instead of sampling (view of memory: %s)', async (hasView) => {
    const { pipeline, calls, openScopes } = createFakePipeline({ hasView });
    const pass = createPrivatePass(pipeline, createLogitsSink(VOCAB));
    expect(await pass.forward(Uint32Array.of(3, 4, 5))).toEqual(expected(3, 5));
    expect(await pass.forward(Uint32Array.of(2))).toEqual(expected(4, 2));
    expect(pass.cachedTokens()).toBe(4);
    expect(calls.filter((call) => call === 'prefill' || call === 'decode')).toEqual(['prefill', 'decode']);
    expect(calls.includes('toArray')).toBe(!hasView);
    expect(openScopes()).toBe(0);
  });

  it('sends its commands before it returns', async () => {
    const { pipeline, calls } = createFakePipeline();
    const pass = createPrivatePass(pipeline, createLogitsSink(VOCAB));
    const step = pass.forward(Uint32Array.of(1));
    expect(calls).toEqual(['decode', 'flush']);
    await step;
  });

  it('keeps logits until the call after the next', async () => {
    const pass = createPrivatePass(createFakePipeline().pipeline, createLogitsSink(VOCAB));
    const first = await pass.forward(Uint32Array.of(3));
    await pass.forward(Uint32Array.of(4));
    expect(first).toEqual(expected(1, 3));
  });

  it('drops ids with integers as WebLLM makes them', async () => {
    const { pipeline, popped, openScopes } = createFakePipeline();
    const pass = createPrivatePass(pipeline, createLogitsSink(VOCAB));
    await pass.forward(Uint32Array.of(1, 2, 3));
    pass.drop!(2);
    expect(pass.cachedTokens()).toBe(1);
    expect(popped).toEqual(['vm.builtin.kv_state_popn', 'the cache', new Scalar(0, 'int64'), new Scalar(2, 'int32')]);
    expect(popped[3]).toBeInstanceOf(Scalar);
    expect(openScopes()).toBe(0);
  });

  it.each([{ hasPopn: false }, { isRecurrent: true }])('drops nothing where it cannot: %j', (shape) => {
    const { pipeline, openScopes } = createFakePipeline(shape);
    expect(createPrivatePass(pipeline, createLogitsSink(VOCAB)).drop).toBeNull();
    expect(openScopes()).toBe(0);
  });

  it('refuses logits of another vocabulary', async () => {
    const pass = createPrivatePass(createFakePipeline({ logitCount: VOCAB - 1 }).pipeline, createLogitsSink(VOCAB));
    await expect(pass.forward(Uint32Array.of(1))).rejects.toMatchObject({ code: 'model/bad-library' });
  });
});

describe('a pass over public calls', () => {
  it('gives the logits that were put into the sink, after a reset that was asked for', async () => {
    const sink = createLogitsSink(VOCAB);
    const calls: string[] = [];
    const pass = createPublicPass(
      {
        async resetChat() {
          await Promise.resolve();
          calls.push('reset');
        },
        forwardTokensAndSample(ids) {
          calls.push(`${ids.length}`);
          sink.put(expected(ids.length, ids.at(-1)!));
          return Promise.resolve(0);
        },
      },
      sink,
    );
    pass.reset();
    expect(await pass.forward(Uint32Array.of(8, 9))).toEqual(expected(2, 9));
    expect(calls).toEqual(['reset', '2']);
    expect(pass.cachedTokens()).toBeNull();
  });
});

describe('the pipeline of a model', () => {
  const engineOf = (pipeline: unknown) => ({ loadedModelIdToPipeline: new Map([['a', pipeline]]) });

  it('is found where it is as expected', () => {
    const { pipeline } = createFakePipeline();
    expect(pipelineOf(engineOf(pipeline), 'a')).toBe(pipeline);
  });

  it.each([
    'sampleFromRawLogits',
    'updateLogitsOnCPU',
    'tvm',
    'device',
    'filledKVCacheLength',
    'resetKVCache',
  ] as const)('is not used without %s', (name) => {
    const { pipeline } = createFakePipeline();
    expect(pipelineOf(engineOf({ ...pipeline, [name]: undefined }), 'a')).toBeNull();
  });

  it('is not found in another engine or under another name', () => {
    expect(pipelineOf({}, 'a')).toBeNull();
    expect(pipelineOf(engineOf(createFakePipeline().pipeline), 'b')).toBeNull();
  });
});
