import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '../protocol/ids.ts';
import { createBuiltinRuntime } from './builtin/builtin-runtime.ts';
import { DEFAULT_VARIANTS } from './builtin/kernels/kernel-variants.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import type { Quantization } from './builtin/model/model-config.ts';
import { createRandomModel } from './builtin/reference/random-model.ts';
import { relativeError } from './builtin/reference/relative-error.ts';
import { acquireDevice } from './device.ts';
import { guideRef, outcomeOf, user } from './engine.fixture.ts';
import type { Engine, ModelRef } from './engine.ts';
import type { Fetch } from './session/fetch-bytes.ts';
import { createModelEngine } from './session/model-engine.ts';
import { createRuntimeMemory } from './session/runtime-memory.ts';

const SIZES = { hiddenSize: 96, intermediateSize: 160, headCount: 6, kvHeadCount: 2, layerCount: 5, vocabSize: 2048 };
const opened: Engine[] = [];
afterEach(async () => {
  for (const engine of opened.splice(0)) await engine.unload();
});

function openEngine(fetch: Fetch): Engine {
  const engine = createModelEngine({
    fetch,
    runtimes: [
      createBuiltinRuntime({
        acquireDevice: () => acquireDevice({ gpu: navigator.gpu, isSecureContext: true, userAgent: '' }),
        createTransformer,
        chooseVariants: () => Promise.resolve(DEFAULT_VARIANTS),
      }),
    ],
    importXgrammar: () => import('@mlc-ai/web-xgrammar'),
    memory: createRuntimeMemory(null),
    nowMs: () => performance.now(),
  });
  opened.push(engine);
  return engine;
}

/** Random weights with the guide's tokenizer and template: a whole model folder as a publisher lays it out. */
async function randomFolder(family: 'llama' | 'qwen2' | 'qwen3', quantization: Quantization) {
  const { files } = createRandomModel({ config: { ...SIZES, family }, quantization, seed: 11 });
  const all = new Map<string, Uint8Array<ArrayBuffer>>(files);
  const guideFile = async (name: string) =>
    new Uint8Array(await (await fetch(new URL(name, guideRef.baseUrl))).arrayBuffer());
  all.set('tokenizer.json', await guideFile('tokenizer.json'));
  const text = (bytes: Uint8Array) => JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>;
  const { conv_template } = text(await guideFile('mlc-chat-config.json'));
  const config = { ...text(all.get('mlc-chat-config.json')!), conv_template };
  all.set('mlc-chat-config.json', new TextEncoder().encode(JSON.stringify(config)));
  const entries = [...all].map(async ([name, bytes]) => {
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    return [name, { sizeBytes: bytes.length, sha256: toHex(digest).slice(2) }] as const;
  });
  const manifest = {
    version: 1,
    model: `random-${family}`,
    quantization,
    files: Object.fromEntries(await Promise.all(entries)),
  };
  all.set('weft-manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));

  const ref: ModelRef = { ...guideRef, id: `random-${family}-${quantization}`, baseUrl: 'https://models.test/random/' };
  const fetchFile: Fetch = (url) => {
    const bytes = all.get(url.slice(ref.baseUrl.length));
    return Promise.resolve(bytes === undefined ? new Response(null, { status: 404 }) : new Response(bytes));
  };
  return { ref, fetchFile };
}

describe.each([
  ['llama', 'q4f32_1'],
  ['qwen2', 'q4f32_1'],
  ['qwen3', 'q4f16_1'],
] as const)('a %s model of random weights in %s', (family, quantization) => {
  it('writes the same answer twice, and its commitment covers it', async () => {
    const { ref, fetchFile } = await randomFolder(family, quantization);
    const engine = openEngine(fetchFile);
    const info = await engine.load(ref, {});
    expect(info).toMatchObject({ architecture: family, quantization, runtime: 'builtin', layerCount: 5 });
    const sampling = { ...info.defaults, temperature: 1, seed: 3, maxTokens: 12 };
    const ask = () =>
      outcomeOf(engine.generate({ model: ref, turns: [user('hello')], answerPrefix: '', sampling }, {}));
    const first = await ask();
    const second = await ask();
    expect(second.tokens).toEqual(first.tokens);
    expect(first.tokens.length).toBeGreaterThan(0);
    expect(first.done.commitment?.leafCount).toBe(first.done.stats.completionTokens);
  });

  it('gives the same logits in two parts on two engines, read at once and token by token', async () => {
    const { ref, fetchFile } = await randomFolder(family, quantization);
    const whole = openEngine(fetchFile);
    const ids = Uint32Array.from({ length: 40 }, (_, at) => (97 * at + 13) % SIZES.vocabSize);
    const positions = Uint32Array.of(36, 37, 38, 39);
    const expected = await whole.audit({ model: ref, ids, positions }, {});

    const parts = [
      { engine: openEngine(fetchFile), model: { ...ref, layers: { from: 0, to: 2 } } },
      { engine: openEngine(fetchFile), model: { ...ref, layers: { from: 2, to: SIZES.layerCount } } },
    ];
    const throughBoth = async (keep: number, input: Uint32Array) => {
      let output: Uint32Array | Float32Array = input;
      for (const { engine, model } of parts) output = await engine.forward({ model, keep, input: output }, {});
      return output as Float32Array;
    };
    const logits = [await throughBoth(0, ids.subarray(0, 37))];
    for (let at = 37; at < ids.length; at++) logits.push(await throughBoth(at, ids.subarray(at, at + 1)));
    for (const [at, row] of logits.entries()) expect(relativeError(row, expected[at]!)).toBeLessThan(1e-4);

    // What was read wrongly can be taken back.
    await throughBoth(20, Uint32Array.of(1, 2, 3));
    expect(relativeError(await throughBoth(20, ids.subarray(20, 37)), expected[0]!)).toBeLessThan(1e-4);
  });

  it('in a part writes no answers', async () => {
    const { ref, fetchFile } = await randomFolder(family, quantization);
    const part = { ...ref, layers: { from: 0, to: 2 } };
    const sampling = { temperature: 0, topP: 1, topK: 1, maxTokens: 1, seed: 1, stop: [] };
    const answer = openEngine(fetchFile).generate({ model: part, turns: [user('a')], answerPrefix: '', sampling }, {});
    await expect(outcomeOf(answer)).rejects.toMatchObject({ code: 'engine/bad-input' });
  });
});
