import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Engine, ModelRef } from '../engine.ts';
import { createModelEngine } from '../session/model-engine.ts';
import { createRuntimeMemory } from '../session/runtime-memory.ts';
import { storeModel } from './store-model.fixture.ts';
import { createWebLlmEmbedding } from './webllm-embedding.ts';

const variables: Readonly<Record<string, string | undefined>> = import.meta.env;
const baseUrl = variables['WEFT_TEST_MLC_EMBED_MODEL'] ?? '';
const libraryUrl = variables['WEFT_TEST_MLC_EMBED_LIB'] ?? '';
const isHere = baseUrl !== '' && libraryUrl !== '';

const model: ModelRef = { id: 'real-embedding', baseUrl, libraryUrl, runtime: 'webllm', contextLimit: null };
/** Largest difference of a coordinate between batches of different sizes; a vector's length is 1. */
const TOLERANCE = 1e-4;

let engine: Engine;

describe.skipIf(!isHere)(
  'a compiled embedding model (set WEFT_TEST_MLC_EMBED_MODEL and WEFT_TEST_MLC_EMBED_LIB to run this)',
  { timeout: 1_800_000 },
  () => {
    beforeAll(async () => {
      const fetchStored = await storeModel({ baseUrl, libraryUrl });
      engine = createModelEngine({
        fetch: fetchStored,
        runtimes: [],
        embedding: createWebLlmEmbedding({
          gpu: navigator.gpu,
          isSecureContext,
          userAgent: navigator.userAgent,
          caches,
          importWebLlm: () => import('@mlc-ai/web-llm'),
        }),
        importXgrammar: () => import('@mlc-ai/web-xgrammar'),
        memory: createRuntimeMemory(null),
        nowMs: () => performance.now(),
      });
    }, 1_800_000);
    afterAll(() => engine.unload());

    /** Of several lengths, some of them the same. */
    const inputs = ['the cat', 'the mat', 'on the mat sat the cat', 'the river', 'cat'];

    it('gives every text its vector of length 1, alone or among others', async () => {
      const startedAtMs = performance.now();
      const { vectors, promptTokens } = await engine.embed({ model, inputs }, {});
      console.info(`${promptTokens} tokens with the load: ${(performance.now() - startedAtMs).toFixed(0)} ms`);
      for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      const againAtMs = performance.now();
      const again = await engine.embed({ model, inputs }, {});
      console.info(`${promptTokens} tokens: ${(performance.now() - againAtMs).toFixed(0)} ms`);
      expect(again.vectors).toEqual(vectors);
      let worst = 0;
      for (const [at, input] of inputs.entries()) {
        const alone = (await engine.embed({ model, inputs: [input] }, {})).vectors[0]!;
        for (const [i, value] of alone.entries()) worst = Math.max(worst, Math.abs(value - vectors[at]![i]!));
      }
      console.info(`Alone and among others at most ${worst.toExponential(2)} apart.`);
      expect(worst).toBeLessThan(TOLERANCE);
    });

    it('gives different texts different vectors', async () => {
      const { vectors } = await engine.embed({ model, inputs: ['the cat', 'the sea', 'the cat'] }, {});
      const product = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0);
      expect(product(vectors[0]!, vectors[2]!)).toBeCloseTo(1, 4);
      expect(product(vectors[0]!, vectors[1]!)).toBeLessThan(0.999);
    });

    it('refuses a text that is longer than it reads', async () => {
      const long = 'cat '.repeat(600);
      await expect(engine.embed({ model, inputs: ['cat', long] }, {})).rejects.toMatchObject({
        code: 'engine/context-full',
        shortMessage: expect.stringContaining('inputs[1]') as string,
      });
    });
  },
);
