import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createBuiltinRuntime } from '../builtin/builtin-runtime.ts';
import { createTransformer } from '../builtin/model/create-transformer.ts';
import { tuneKernels } from '../builtin/model/tune.ts';
import { acquireDevice } from '../device.ts';
import type { ModelRef } from '../engine.ts';
import { logitTolerance } from '../logit-tolerance.ts';
import { measurePar1 } from '../measure-par1.ts';
import type { CachedSequence } from '../session/cached-sequence.ts';
import { createLoadTracker } from '../session/load-tracker.ts';
import { openModelFolder } from '../session/model-folder.ts';
import type { ModelFolder } from '../session/model-folder.ts';
import type { RunningModel } from '../session/runtime.ts';
import { storeModel } from './store-model.fixture.ts';
import { createWebLlmRuntime } from './webllm-runtime.ts';

const variables: Readonly<Record<string, string | undefined>> = import.meta.env;
const modelUrl = variables['WEFT_TEST_MLC_MODEL'] ?? '';
const libraryUrl = variables['WEFT_TEST_MLC_LIB'] ?? '';
const isHere = modelUrl !== '' && libraryUrl !== '';

/** Steps of each measurement. A software adapter takes seconds for one. */
const STEPS = Number(variables['WEFT_TEST_MLC_STEPS'] ?? 16);

const ref: ModelRef = {
  id: 'real-model',
  baseUrl: modelUrl,
  libraryUrl,
  runtime: 'webllm',
  contextLimit: 1024,
};
const gpu = navigator.gpu;
const facts = { gpu, isSecureContext, userAgent: navigator.userAgent };
const webllm = createWebLlmRuntime({ ...facts, caches, importWebLlm: () => import('@mlc-ai/web-llm') });

const start = (runtime: typeof webllm) =>
  runtime.start({ ref, folder, tracker: createLoadTracker(undefined), signal: undefined });

let folder: ModelFolder;
let running: RunningModel;
let tolerance: number;

describe.skipIf(!isHere)('a compiled model (set WEFT_TEST_MLC_MODEL and WEFT_TEST_MLC_LIB to run this)', () => {
  beforeAll(async () => {
    folder = await openModelFolder({ ref }, { fetch: await storeModel(ref) });
    running = await start(webllm);
    tolerance = logitTolerance({ ...running, quantization: folder.summary.quantization });
    console.info(`Adapter: ${JSON.stringify(running.adapter)}`);
  }, 3_600_000);
  afterAll(() => {
    running.destroy();
  });

  const text = (length: number) => Uint32Array.from({ length }, (_, at) => (11 * at + 5) % 250);
  const fresh = (sequence: CachedSequence) => {
    sequence.distrust();
    expect(sequence.keep(text(2))).toBe(0);
  };

  it(
    'gives the logits of one pass for a text read in parts, and for one wound back',
    { timeout: 1_800_000 },
    async () => {
      const { sequence } = running;
      const ids = text(21);
      fresh(sequence);
      const onePass = (await sequence.append(ids, {})).slice();
      fresh(sequence);
      await sequence.append(ids.subarray(0, 9), {});
      expectClose(onePass, await sequence.append(ids.subarray(9), {}));

      const other = Uint32Array.from([...ids.subarray(0, 10), 7, 8, 9]);
      await sequence.append(other.subarray(sequence.keep(other)), {});
      expect(sequence.keep(ids)).toBe(10);
      expectClose(onePass, await sequence.append(ids.subarray(10), {}));
    },
  );

  it('gives the logits of a prompt while it writes, and in an audit', { timeout: 1_800_000 }, async () => {
    const { sequence, audit } = running;
    const ids = text(14);
    fresh(sequence);
    const written = [(await sequence.append(ids.subarray(0, 10), {})).slice()];
    for (const id of ids.subarray(10)) written.push((await sequence.next(id)).slice());
    const positions = Uint32Array.of(9, 11, 13);
    const audited = await audit(ids, positions, {});
    for (const [at, position] of positions.entries()) expectClose(audited[at]!, written[position - 9]!);
    const again = await audit(ids, positions, {});
    expect(again).toEqual(audited);
  });

  it('chooses the tokens of the built-in engine', { timeout: 1_800_000 }, async () => {
    const builtin = createBuiltinRuntime({
      acquireDevice: () => acquireDevice(facts),
      createTransformer,
      chooseVariants: tuneKernels,
    });
    if (builtin.refuses({ ref, configJson: folder.configJson }) !== null) {
      console.info('The built-in engine does not run this model: nothing to compare with.');
      return;
    }
    const prompt = text(6);
    const steps = Math.min(STEPS, 6);
    fresh(running.sequence);
    const ours = await greedy(running.sequence, prompt, steps);
    const other = await start(builtin);
    const theirs = await greedy(other.sequence, prompt, steps);
    other.destroy();
    expectClose(theirs.first, ours.first);
    expect(ours.ids).toEqual(theirs.ids);
  });

  it('writes at its own speed with the tap on', { timeout: 1_800_000 }, async () => {
    const { par1Ratio, decodeTokensPerSecond } = await measurePar1(
      { sequence: running.sequence, promptTokens: 4, decodeTokens: STEPS, rounds: 1, plainSampler: likeliest },
      { nowMs: () => performance.now() },
    );
    console.info(
      `Tokens per second with the tap: ${decodeTokensPerSecond.toFixed(2)}; time with it over time without: ${par1Ratio.median.toFixed(3)}.`,
    );
    expect(decodeTokensPerSecond).toBeGreaterThan(0);
  });

  function expectClose(expected: Float32Array, actual: Float32Array) {
    let worst = 0;
    let scale = 1e-6;
    for (let i = 0; i < expected.length; i++) {
      worst = Math.max(worst, Math.abs(expected[i]! - actual[i]!));
      scale = Math.max(scale, Math.abs(expected[i]!));
    }
    console.info(`Logits at most ${worst.toExponential(2)} apart, the largest is ${scale.toFixed(2)}.`);
    expect(worst / scale).toBeLessThan(tolerance);
  }
});

async function greedy(sequence: CachedSequence, prompt: Uint32Array, steps: number) {
  let logits = await sequence.append(prompt.subarray(sequence.keep(prompt)), {});
  const first = logits.slice();
  const ids: number[] = [];
  for (;;) {
    const id = likeliest(logits);
    ids.push(id);
    if (ids.length === steps) return { first, ids };
    logits = await sequence.next(id);
  }
}

function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}
