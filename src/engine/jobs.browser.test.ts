import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SamplingSettings } from '../protocol/chat.ts';
import { fromHex, hex32 } from '../protocol/ids.ts';
import { decodeReceipt, encodeReceipt } from '../protocol/par1/receipt.ts';
import { deriveSeed } from '../protocol/par1/seed.ts';
import { tokensHash } from '../protocol/par1/tokens-hash.ts';
import type { PromptRequest } from '../protocol/prompt-request.ts';
import { createEngineClient } from './client.ts';
import { guideRef, outcomeOf, user } from './engine.fixture.ts';
import type { Engine, JobOrder, ModelInfo, ModelRef } from './engine.ts';
import { closeEngines, openEngine, randomFolder } from './random-folder.fixture.ts';
import { HERMES_TOKENS } from './session/tool-tokens.fixture.ts';

vi.setConfig({ testTimeout: 240_000 });

/** One that answers, and one that orders: it runs where there is no WebGPU at all. */
const provider = createEngineClient();
const consumer = createEngineClient(
  () => new Worker(new URL('./worker-without-gpu.fixture.ts', import.meta.url), { type: 'module' }),
);
let model: ModelInfo;

beforeAll(async () => {
  model = await provider.load(guideRef, {});
});
afterAll(() => {
  provider.close();
  consumer.close();
});
afterEach(closeEngines);

const requestOf = (part: Partial<PromptRequest> = {}, sampling: Partial<SamplingSettings> = {}): PromptRequest => ({
  turns: [user('What is Weft?')],
  answerPrefix: '',
  sampling: { ...model.defaults, temperature: 1.5, topP: 1, maxTokens: 12, ...sampling },
  ...part,
});
const hash = (byte: number) => hex32(new Uint8Array(32).fill(byte));

/** Orders an answer with nothing but the kit of whoever answers, and has it written. */
async function order(
  request: PromptRequest,
  ref: ModelRef = guideRef,
  from: Engine = provider,
  manifest = model.manifest,
) {
  const kit = await from.tokenizerKit(ref, {});
  const encoded = await consumer.encodePrompt({ manifest, kit, request }, {});
  const job: JobOrder = { jobId: hash(1), nonce: hash(2), promptHash: encoded.promptHash };
  const answer = await outcomeOf(from.generate({ model: ref, ...request, job }, {}));
  return { encoded, job, ...answer };
}

describe('an answer that another node ordered', () => {
  it.each<[string, Partial<PromptRequest>]>([
    ['to a question', {}],
    ['under a system prompt', { turns: [{ role: 'system', content: 'Be brief.' }, user('Who are you?')] }],
    ['that is begun already', { answerPrefix: 'Weft is' }],
  ])('has the prompt, the seed and the sampling of its order: %s', async (_what, part) => {
    const { encoded, job, tokens, done } = await order(requestOf(part));
    expect(done.stats.promptTokens).toBe(encoded.promptTokens);
    expect(done.commitment).toMatchObject({
      manifest: model.manifest,
      promptHash: encoded.promptHash,
      params: encoded.sampling,
      seed: hex32(deriveSeed(fromHex(job.jobId, 32), fromHex(job.nonce, 32))),
      outputHash: hex32(tokensHash(tokens.map(({ id }) => id))),
    });
  });

  it('says all that its receipt names', async () => {
    const { job, done } = await order(requestOf());
    const receipt = { chainId: 1n, jobId: job.jobId, prover: `0x${'ab'.repeat(20)}` as never, ...done.commitment! };
    expect(decodeReceipt(encodeReceipt(receipt))).toEqual(receipt);
  });

  it('calls tools by the order, too', async () => {
    const { ref, fetchFile } = await randomFolder('qwen2', 'q4f32_1', HERMES_TOKENS);
    const engine = openEngine(fetchFile);
    const { manifest } = await engine.load(ref, {});
    const lamp = { name: 'lamp', description: 'Light.', parameters: '{"type":"object","properties":{}}' };
    const request = requestOf({ tools: [lamp], toolChoice: 'required' }, { maxTokens: 6 });
    const { encoded, done } = await order(request, ref, engine, manifest);
    expect(encoded.sampling.topPBps).toBe(9_990);
    expect(done.commitment).toMatchObject({ promptHash: encoded.promptHash, params: encoded.sampling, manifest });
  });

  it('is the same however the consumer would seed it', async () => {
    const one = await order(requestOf({}, { seed: 1 }));
    const other = await order(requestOf({}, { seed: null }));
    expect(other.text).toBe(one.text);
    expect(other.done.commitment).toEqual(one.done.commitment);
  });

  it('is not begun where its prompt is another one, or its order is none', async () => {
    const { job } = await order(requestOf());
    const events: string[] = [];
    const ask = (part: object) =>
      outcomeOf(
        provider.generate({ model: guideRef, ...requestOf({ answerPrefix: 'No' }), job: { ...job, ...part } }, {}),
        ({ type }) => events.push(type),
      );
    await expect(ask({})).rejects.toMatchObject({ code: 'infer/other-prompt' });
    await expect(ask({ nonce: '0x12' })).rejects.toMatchObject({ code: 'engine/bad-input' });
    expect(events).toEqual([]);
  });
});

describe('an engine without WebGPU', () => {
  it('gives the same kit of a model as one that runs it', async () => {
    expect(await consumer.tokenizerKit(guideRef, {})).toEqual(await provider.tokenizerKit(guideRef, {}));
  });

  it('refuses to load a model, and goes on counting', async () => {
    await expect(consumer.load(guideRef, {})).rejects.toMatchObject({ code: 'engine/no-webgpu' });
    const { encoded } = await order(requestOf());
    expect(encoded.promptTokens).toBeGreaterThan(0);
  });

  it('refuses the kit of another model', async () => {
    const kit = await provider.tokenizerKit(guideRef, {});
    const manifest = hash(3);
    await expect(consumer.encodePrompt({ manifest, kit, request: requestOf() }, {})).rejects.toMatchObject({
      code: 'model/altered',
    });
  });
});
