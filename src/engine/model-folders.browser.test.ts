import { afterEach, describe, expect, it } from 'vitest';
import { relativeError } from './builtin/reference/relative-error.ts';
import { outcomeOf, user } from './engine.fixture.ts';
import { closeEngines, openEngine, randomFolder, SIZES } from './random-folder.fixture.ts';

afterEach(closeEngines);

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
