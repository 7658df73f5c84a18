import { afterEach, describe, expect, it } from 'vitest';
import { encodeReceipt, decodeReceipt } from '../protocol/par1/receipt.ts';
import { createPositionChecker } from '../protocol/par1/check.ts';
import { tokensHash } from '../protocol/par1/tokens-hash.ts';
import { address, hex32 } from '../protocol/ids.ts';
import { createBuiltinRuntime } from './builtin/builtin-runtime.ts';
import type { BuiltinRuntimeDeps } from './builtin/builtin-runtime.ts';
import { createModelEngine } from './session/model-engine.ts';
import type { ModelEngineDeps } from './session/model-engine.ts';
import { createRuntimeMemory } from './session/runtime-memory.ts';
import type { CommittedAnswer } from './session/committed-answer.ts';
import { DEFAULT_VARIANTS } from './builtin/kernels/kernel-variants.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import { acquireDevice } from './device.ts';
import { guideRef, outcomeOf, user } from './engine.fixture.ts';
import type { Engine, GenerateEvent } from './engine.ts';
import { importXgrammar } from './import-xgrammar.ts';

let opened: Engine | null = null;
afterEach(async () => {
  await opened?.unload();
  opened = null;
});

type Part = Partial<Pick<BuiltinRuntimeDeps, 'createTransformer'> & Pick<ModelEngineDeps, 'fetch'>>;

/** The engine as the worker makes it, with its devices, requests and commitments in reach. */
async function open(part: Part = {}) {
  const devices: GPUDevice[] = [];
  const committed: CommittedAnswer[] = [];
  const fetched: string[] = [];
  let nowMs = 0;
  const clock = { addMs: (ms: number) => (nowMs += ms) };
  const runtime = createBuiltinRuntime({
    async acquireDevice() {
      const acquired = await acquireDevice({ gpu: navigator.gpu, isSecureContext: true, userAgent: '' });
      devices.push(acquired.device);
      return acquired;
    },
    createTransformer,
    chooseVariants: () => Promise.resolve(DEFAULT_VARIANTS),
    ...part,
  });
  const engine = createModelEngine({
    fetch(url, init) {
      fetched.push(url.slice(url.lastIndexOf('/') + 1));
      return fetch(url, init);
    },
    runtimes: [runtime],
    importXgrammar,
    memory: createRuntimeMemory(null),
    nowMs: () => nowMs + performance.now(),
    onCommitted: (answer) => committed.push(answer),
    ...part,
  });
  opened = engine;
  const model = await engine.load(guideRef, {});
  const sampling = { ...model.defaults, temperature: 0.9, seed: 5, maxTokens: 24 };
  const ask = (onEvent?: (event: GenerateEvent) => void) =>
    outcomeOf(
      engine.generate({ model: guideRef, turns: [user('What is Weft?')], answerPrefix: '', sampling }, {}),
      onEvent,
    );
  return { engine, model, devices, committed, fetched, clock, ask };
}

const lost = { code: 'engine/device-lost', retryable: true };

describe('a GPU that is lost', () => {
  it('is replaced in the middle of an answer, which goes on as if nothing had happened', async () => {
    const { ask, devices, fetched, committed } = await open();
    const whole = await ask();
    fetched.length = 0;
    let tokens = 0;
    const broken = await ask((event) => {
      if (event.type === 'token' && ++tokens === 5) devices[0]!.destroy();
    });
    expect(devices.length).toBe(2);
    expect(broken.text).toBe(whole.text);
    expect(broken.done.commitment!.leafCount).toBe(whole.done.commitment!.leafCount);
    // The weights again, and nothing else.
    expect(new Set(fetched)).toEqual(new Set(['params_shard_0.bin', 'params_shard_1.bin']));
    expect(committed.length).toBe(2);
  });

  it('twice within a minute is told, and the next load starts anew', async () => {
    const { ask, devices, engine } = await open();
    const failure = ask((event) => {
      if (event.type === 'token') devices.at(-1)!.destroy();
    });
    await expect(failure).rejects.toMatchObject({ ...lost, shortMessage: expect.stringContaining('twice') as string });
    await expect(engine.selfTest({})).rejects.toMatchObject({ code: 'engine/not-loaded' });
    expect((await ask()).done.commitment).not.toBeNull();
  });

  it('between calls is replaced, and again when a minute has passed', async () => {
    const { ask, devices, engine, clock } = await open();
    const whole = await ask();
    devices[0]!.destroy();
    expect((await ask()).text).toBe(whole.text);
    clock.addMs(61_000);
    devices[1]!.destroy();
    const [logits] = await engine.audit(
      { model: guideRef, ids: Uint32Array.of(1, 273, 13), positions: Uint32Array.of(2) },
      {},
    );
    expect(logits!.length).toBe(2048);
    expect(devices.length).toBe(3);
  });
});

describe('weights that are not what the manifest says', () => {
  const shardWith = (change: (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>): ModelEngineDeps['fetch'] => {
    return async (url, init) => {
      const response = await fetch(url, init);
      if (!url.endsWith('params_shard_1.bin')) return response;
      return new Response(change(new Uint8Array(await response.arrayBuffer())));
    };
  };

  it.each<[string, string, (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>]>([
    ['cut', 'model/truncated', (bytes) => bytes.slice(0, 100_000)],
    ['changed in one bit', 'model/altered', (bytes) => bytes.map((byte, at) => (at === 77 ? byte ^ 16 : byte))],
  ])('are refused when %s, and nothing is loaded', async (_what, code, change) => {
    const failed = open({ fetch: shardWith(change) });
    await expect(failed).rejects.toMatchObject({
      code,
      shortMessage: expect.stringContaining('params_shard_1') as string,
    });
    const answer = opened!.generate(
      {
        model: guideRef,
        turns: [user('a')],
        answerPrefix: '',
        sampling: { temperature: 0, topP: 1, topK: 1, maxTokens: 1, seed: 1, stop: [] },
      },
      {},
    );
    await expect(outcomeOf(answer)).rejects.toMatchObject({ code });
  });

  it('that compute other answers than the known ones are refused', async () => {
    const mirrored: BuiltinRuntimeDeps['createTransformer'] = async (init, deps) => {
      const transformer = await createTransformer(init, deps);
      // A GPU that computes wrongly is not ours to make; its logits are.
      return {
        ...transformer,
        get length() {
          return transformer.length;
        },
        prefill: async (ids, options) => (await transformer.prefill(ids, options)).map((logit) => -logit),
      };
    };
    await expect(open({ createTransformer: mirrored })).rejects.toMatchObject({ code: 'engine/self-test' });
  });
});

describe('what an answer commits to', () => {
  it('passes every check that an auditor makes, and nothing else does', async () => {
    const { ask, committed, engine } = await open();
    const { tokens, done } = await ask();
    const [answer] = committed;
    const output = Uint32Array.from(answer!.output);
    expect([...output]).toEqual(tokens.map(({ id }) => id));

    const zero = '00'.repeat(32);
    const receipt = decodeReceipt(
      encodeReceipt({
        chainId: 31_337n,
        jobId: hex32(`0x${zero}`),
        prover: address(`0x${'11'.repeat(20)}`),
        manifest: hex32(`0x${zero}`),
        promptHash: hex32(tokensHash(Uint32Array.from(answer!.prompt))),
        outputHash: hex32(tokensHash(output)),
        params: answer!.commitment.params,
        seed: hex32(done.commitment!.seed),
        leafCount: done.commitment!.leafCount,
        root: hex32(done.commitment!.root),
      }),
    );
    const check = createPositionChecker({ receipt, output, vocabSize: answer!.vocabSize });
    for (let index = 0; index < receipt.leafCount; index++) {
      expect(check(index, answer!.opening(index))).toMatchObject({ ok: true });
    }
    expect(check(0, answer!.opening(1))).toMatchObject({ ok: false });

    // The committed logits are those of one pass over prompt and output.
    const ids = Uint32Array.from([...answer!.prompt, ...output]);
    const positions = Uint32Array.from(output, (_, at) => answer!.prompt.length - 1 + at);
    const logits = await engine.audit({ model: guideRef, ids, positions }, {});
    for (const [index, row] of logits.entries()) {
      const verdict = check(index, answer!.opening(index));
      if (!verdict.ok) throw new Error(verdict.detail);
      const { ids: candidates, zq, zmax } = verdict.leaf;
      expect(Math.abs(row[candidates[0]!]! - zmax)).toBeLessThan(2e-3);
      for (const [rank, id] of candidates.entries()) {
        expect(Math.abs(row[id]! - zmax - zq[rank]! / 1024)).toBeLessThan(4e-3);
      }
    }
  });
});

describe('a failure that leaves the GPU in place', () => {
  it('costs the cache, so that the next answer does not build on what was half written', async () => {
    let isArmed = false;
    const { ask } = await open({
      async createTransformer(init, deps) {
        const transformer = await createTransformer(init, deps);
        const faulty = Object.create(transformer) as typeof transformer;
        // What a refused dispatch does: rows are there, but not those of the ids that were asked for.
        faulty.prefill = async (ids, options) => {
          if (!isArmed) return transformer.prefill(ids, options);
          isArmed = false;
          await transformer.prefill(ids.toReversed(), options);
          throw new Error('a step was refused');
        };
        return faulty;
      },
    });
    const whole = await ask();
    isArmed = true;
    await expect(ask()).rejects.toThrow('a step was refused');
    expect((await ask()).text).toBe(whole.text);
  });

  it('is not made by leaving while the prompt is read: the next answer finds the GPU free', async () => {
    const { ask, engine, model } = await open();
    const whole = await ask();
    const long = user('Tell me everything about relays and browsers. '.repeat(30));
    const sampling = { ...model.defaults, maxTokens: 4 };
    for (let left = 0; left < 3; left++) {
      for await (const event of engine.generate({ model: guideRef, turns: [long], answerPrefix: '', sampling }, {})) {
        expect(event.type).toBe('prefill');
        if (event.type === 'prefill' && event.doneTokens > event.cachedTokens) break;
      }
      expect((await ask()).text).toBe(whole.text);
    }
  });
});
