import { describe, expect, it } from 'vitest';
import type { RunningEmbedding } from './embedding-runtime.ts';
import { bertTokenizerJson, vocabSize } from './embedding-tokenizer.fixture.ts';
import { createEmbeddingTokenizer } from './embedding-tokenizer.ts';
import { embedTexts } from './embed-texts.ts';

const tokenize = createEmbeddingTokenizer(bertTokenizerJson, { vocabSize });

/** A network whose vector is the number of tokens and the last but one id; it notes its batches. */
function network(part: Partial<RunningEmbedding> = {}) {
  const batches: number[][] = [];
  const gpu: RunningEmbedding = {
    contextLimit: 8,
    batchSize: 2,
    embed(texts) {
      batches.push(texts.map(({ length }) => length));
      return Promise.resolve(texts.map((ids) => Float32Array.of(ids.length, ids.at(-2)!)));
    },
    lost: () => null,
    check: () => undefined,
    destroy: () => undefined,
    ...part,
  };
  return { batches, deps: { tokenize, gpu } };
}

describe('texts into vectors', () => {
  it('gives each text its own vector of length 1, in the order of the texts', async () => {
    const { deps, batches } = network();
    const inputs = ['the cat sat on mat', 'a', 'the cat', 'b', 'on'];
    const { vectors, promptTokens } = await embedTexts(inputs, deps, undefined);
    expect(promptTokens).toBe(7 + 3 + 4 + 3 + 3);
    for (const [at, input] of inputs.entries()) {
      const ids = tokenize(input);
      const length = Math.hypot(ids.length, ids.at(-2)!);
      expect(vectors[at]![0]).toBeCloseTo(ids.length / length, 6);
      expect(Math.hypot(...vectors[at]!)).toBeCloseTo(1, 6);
    }
    // As many together as there may be, and none that would have to be filled up.
    expect(batches).toEqual([[7], [3, 3], [3], [4]]);
  });

  it('names the text that is too long, before anything is computed', async () => {
    const { deps, batches } = network();
    await expect(embedTexts(['a', 'the cat sat on the mat the cat'], deps, undefined)).rejects.toMatchObject({
      code: 'engine/context-full',
      shortMessage: expect.stringContaining('inputs[1] has 10 tokens; the model reads at most 8') as string,
    });
    expect(batches).toEqual([]);
  });

  it('stops between batches', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const { deps, batches } = network({
      embed(texts) {
        batches.push(texts.map(({ length }) => length));
        controller.abort(reason);
        return Promise.resolve(texts.map(() => Float32Array.of(1)));
      },
    });
    await expect(embedTexts(['a', 'b', 'c'], deps, controller.signal)).rejects.toBe(reason);
    expect(batches).toHaveLength(1);
  });

  it.each([[Float32Array.of(0, 0)], [Float32Array.of(NaN, 1)], [Float32Array.of(Infinity, 1)]])(
    'refuses %s, which has no direction',
    async (vector) => {
      const { deps } = network({ embed: () => Promise.resolve([vector]) });
      await expect(embedTexts(['a'], deps, undefined)).rejects.toMatchObject({ code: 'engine/self-test' });
    },
  );
});
