import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ChatTurn, SamplingSettings } from '../protocol/chat.ts';
import { createEngineClient } from './client.ts';
import { guideRef, outcomeOf, user } from './engine.fixture.ts';
import type { Engine, GenerateRequest, LoadProgress, ModelInfo } from './engine.ts';

const engine = createEngineClient();
let model: ModelInfo;
const progress: LoadProgress[] = [];

beforeAll(async () => {
  model = await engine.load(guideRef, { onProgress: (one) => progress.push(one) });
});
afterAll(() => engine.close());

const question: readonly ChatTurn[] = [user('What is Weft?')];
const sampling = (part: Partial<SamplingSettings> = {}): SamplingSettings => ({
  ...model.defaults,
  temperature: 0,
  maxTokens: 48,
  ...part,
});
const ask = (part: Partial<GenerateRequest> = {}, from: Engine = engine, signal?: AbortSignal) =>
  outcomeOf(
    from.generate(
      { model: guideRef, turns: question, answerPrefix: '', sampling: sampling(), ...part },
      signal ? { signal } : {},
    ),
  );

describe('loading', () => {
  it('tells what was loaded', () => {
    expect(model).toMatchObject({
      id: 'weft-guide',
      architecture: 'llama',
      quantization: 'q0f16',
      vocabSize: 2048,
      layerCount: 5,
      contextLimit: 1024,
      runtime: 'builtin',
    });
    expect(model.parameterCount).toBeGreaterThan(3_000_000);
    expect(model.adapter.maxBufferBytes).toBeGreaterThan(0);
  });

  it('rises from nothing to everything', () => {
    const ratios = progress.map(({ ratio }) => ratio);
    expect(ratios).toEqual([...ratios].sort((a, b) => a - b));
    expect(progress.at(-1)).toMatchObject({ phase: 'self-test' });
    expect(progress.at(-1)!.loadedBytes).toBe(progress.at(-1)!.totalBytes);
  });

  it('of the same model again is no work', async () => {
    const again: LoadProgress[] = [];
    expect(await engine.load(guideRef, { onProgress: (one) => again.push(one) })).toEqual(model);
    expect(again).toEqual([]);
  });
});

describe('an answer', () => {
  it('comes as prefill, tokens and an end with figures and a commitment', async () => {
    const { events, text, tokens, done } = await ask();
    expect(events[0]).toMatchObject({ type: 'prefill', promptTokens: 12, doneTokens: expect.any(Number) as number });
    expect(text).toMatch(/^Weft is /u);
    expect(done).toMatchObject({ reason: 'stop', commitment: { leafCount: tokens.length } });
    expect(done.stats).toMatchObject({ promptTokens: 12, completionTokens: tokens.length, contextLimit: 1024 });
    expect(done.stats.decodeTokensPerSecond).toBeGreaterThan(0);
    expect(tokens.at(-1)!.id).toBe(2);
    expect(text).not.toContain('<|');
  });

  it('is the same for the same seed, and another for another', async () => {
    const draw = (seed: number) => ask({ sampling: sampling({ temperature: 1.5, topP: 1, seed, maxTokens: 16 }) });
    const [one, same, other] = [await draw(7), await draw(7), await draw(8)];
    expect(same.text).toBe(one.text);
    expect(same.done.commitment).toEqual(one.done.commitment);
    expect(other.done.commitment!.seed).not.toBe(one.done.commitment!.seed);
    expect(other.text).not.toBe(one.text);
  });

  it('differs between draws without a seed', async () => {
    const seeds = new Set<string>();
    const texts = new Set<string>();
    // Of what the guide knows well, two draws are the same now and then.
    for (let draws = 0; draws < 4; draws++) {
      const turns = [user('Sing about a green horse.')];
      const { text, done } = await ask({ turns, sampling: sampling({ temperature: 2, topP: 1, maxTokens: 24 }) });
      seeds.add(done.commitment!.seed);
      texts.add(text);
    }
    expect(seeds.size).toBe(4);
    expect(texts.size).toBeGreaterThan(1);
  });

  it('uses what the cache holds of the conversation, and says the same without', async () => {
    const first = await ask();
    const turns = [...question, { role: 'assistant', content: first.text } as const, user('Who are you?')];
    const warm = await ask({ turns });
    await ask({ turns: [user('Hello')] });
    const cold = await ask({ turns });
    expect(warm.done.stats.cachedTokens).toBe(12 + first.tokens.length - 1);
    expect(cold.done.stats.cachedTokens).toBeLessThan(4);
    expect(cold.text).toBe(warm.text);
    expect(cold.done.stats.promptTokens).toBe(warm.done.stats.promptTokens);
  });

  it('goes on from the beginning of an answer', async () => {
    const whole = await ask();
    const answerPrefix = whole.text.slice(0, whole.text.indexOf(' language'));
    expect(answerPrefix.length).toBeGreaterThan(10);
    const rest = await ask({ answerPrefix });
    expect(answerPrefix + rest.text).toBe(whole.text);
  });

  it('ends before a stop text, cut from the middle of tokens', async () => {
    const whole = await ask();
    const stop = whole.text.slice(9, 14);
    const cut = await ask({ sampling: sampling({ stop: [stop] }) });
    expect(cut.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(cut.done.reason).toBe('stop');
  });

  it('ends at its largest length', async () => {
    const { done, tokens } = await ask({ sampling: sampling({ maxTokens: 3 }) });
    expect(done.reason).toBe('length');
    expect(tokens.length).toBe(3);
  });

  it('reads a long prompt in steps and ends where the context ends', async () => {
    const { contextLimit } = model;
    const turns = [user(' a'.repeat(contextLimit - 20))];
    const { events, done } = await ask({ turns, sampling: sampling({ temperature: 2, maxTokens: 500, seed: 1 }) });
    const steps = events.flatMap((event) => (event.type === 'prefill' ? [event.doneTokens] : []));
    expect(steps.length).toBeGreaterThan(3);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(['context', 'stop']).toContain(done.reason);
    expect(done.stats.contextTokens).toBeLessThanOrEqual(contextLimit);
    if (done.reason === 'context') expect(done.stats.contextTokens).toBe(contextLimit);
  });

  it('is refused with both figures when the chat is longer than the context', async () => {
    await expect(ask({ turns: [user(' a'.repeat(1100))] })).rejects.toMatchObject({
      code: 'engine/context-full',
      shortMessage: expect.stringMatching(/11\d\d tokens.* 1024/u) as string,
      hints: expect.arrayContaining([expect.stringContaining('summary')]) as string[],
    });
    expect((await ask()).done.reason).toBe('stop');
  });

  it.each<[string, Partial<SamplingSettings>]>([
    ['a temperature of 3', { temperature: 3 }],
    ['a nucleus of 0', { topP: 0 }],
    ['33 candidates', { topK: 33 }],
    ['no tokens', { maxTokens: 0 }],
    ['half a seed', { seed: 0.5 }],
    ['five stops', { stop: ['a', 'b', 'c', 'd', 'e'] }],
  ])('is refused with %s', async (_what, part) => {
    await expect(ask({ sampling: sampling(part) })).rejects.toMatchObject({ code: 'engine/bad-input' });
  });
});

describe('an answer of a fixed form', () => {
  const schema = JSON.stringify({
    type: 'object',
    properties: {
      choice: { enum: ['relay', 'browser', 'chain'] },
      isSure: { type: 'boolean' },
      parts: { type: 'array', items: { type: 'integer', minimum: 1, maximum: 9 }, minItems: 2, maxItems: 2 },
    },
    required: ['choice', 'isSure', 'parts'],
    additionalProperties: false,
  });
  const inForm = { format: { type: 'json-schema', schema } } as const;

  it.each([0, 1.5])('is JSON of the schema at temperature %d, and committed to', async (temperature) => {
    const { text, done } = await ask({
      ...inForm,
      sampling: sampling({ temperature, topP: 1, maxTokens: 120, seed: 4 }),
    });
    expect(done).toMatchObject({ reason: 'stop', commitment: { leafCount: done.stats.completionTokens } });
    const value = JSON.parse(text) as Record<string, unknown>;
    expect(Object.keys(value)).toEqual(['choice', 'isSure', 'parts']);
    expect(['relay', 'browser', 'chain']).toContain(value['choice']);
    expect(value['isSure']).toBeTypeOf('boolean');
    expect(value['parts']).toEqual([expect.any(Number), expect.any(Number)]);
  });

  it('goes on from a beginning that has it, and refuses one that has not', async () => {
    const answerPrefix = '{"choice": "relay", "isSure": ';
    const { text } = await ask({ ...inForm, answerPrefix, sampling: sampling({ maxTokens: 120 }) });
    expect(JSON.parse(answerPrefix + text)).toMatchObject({ choice: 'relay' });
    await expect(ask({ ...inForm, answerPrefix: 'Weft is ' })).rejects.toMatchObject({ code: 'engine/bad-input' });
  });

  it('may be any JSON', async () => {
    const { text } = await ask({ format: { type: 'json' }, sampling: sampling({ maxTokens: 40 }) });
    expect(text.trim()).toMatch(/^[[{"\d\-tfn]/u);
  });

  it('needs a schema that is one', async () => {
    const broken = { type: 'json-schema', schema: '{"type": 5' } as const;
    await expect(ask({ format: broken })).rejects.toMatchObject({ code: 'engine/bad-input' });
    expect((await ask()).text).toMatch(/^Weft is /u);
  });
});

describe('stopping', () => {
  it('ends an answer within a token, keeps its text and a cache that is right', async () => {
    const controller = new AbortController();
    const events = engine.generate(
      {
        model: guideRef,
        turns: question,
        answerPrefix: '',
        sampling: sampling({ temperature: 2, topP: 1, maxTokens: 400 }),
      },
      { signal: controller.signal },
    );
    let after = 0;
    const stopped = await outcomeOf(events, (event) => {
      if (event.type !== 'token') return;
      if (controller.signal.aborted) after += 1;
      else if (event.id >= 0) controller.abort();
    });
    expect(stopped.done).toMatchObject({
      reason: 'aborted',
      commitment: { leafCount: stopped.done.stats.completionTokens },
    });
    // What the worker had sent before the abort reached it is not lost.
    expect(after).toBeLessThan(6);
    const whole = await ask();
    expect(whole.done.stats.cachedTokens).toBe(11);
    expect((await ask()).text).toBe(whole.text);
  });

  it('ends an answer that has not begun', async () => {
    const { done, tokens } = await ask({}, engine, AbortSignal.abort());
    expect(done.reason).toBe('aborted');
    expect(tokens).toEqual([]);
  });

  it('ends a long reading of the prompt', async () => {
    const controller = new AbortController();
    const turns = [user(' b'.repeat(900))];
    const events = engine.generate(
      { model: guideRef, turns, answerPrefix: '', sampling: sampling() },
      { signal: controller.signal },
    );
    const { done, tokens } = await outcomeOf(events, () => controller.abort());
    expect(done).toMatchObject({ reason: 'aborted', commitment: null });
    expect(tokens).toEqual([]);
    expect((await ask()).text).toMatch(/^Weft is /u);
  });

  it('leaves the engine free when the reader just leaves', async () => {
    for await (const event of engine.generate(
      { model: guideRef, turns: question, answerPrefix: '', sampling: sampling() },
      {},
    )) {
      if (event.type === 'token') break;
    }
    expect((await ask()).done.reason).toBe('stop');
  });
});

describe('several answers at once', () => {
  it('come one after the other and are told how many are before them', async () => {
    const short = { sampling: sampling({ maxTokens: 4 }) };
    const all = await Promise.all([ask(short), ask(short), ask(short)]);
    const ahead = all.map(({ events }) => events.flatMap((event) => (event.type === 'queued' ? [event.ahead] : [])));
    expect(ahead).toEqual([[], [1], [2, 1]]);
    expect(new Set(all.map(({ text }) => text)).size).toBe(1);
  });

  it('are refused where nine are there already', async () => {
    const controller = new AbortController();
    const short = { sampling: sampling({ maxTokens: 2 }) };
    const nine = Array.from({ length: 9 }, () => ask(short, engine, controller.signal));
    await expect(ask(short)).rejects.toMatchObject({ code: 'app/busy', retryable: true });
    controller.abort();
    const reasons = (await Promise.all(nine)).map(({ done }) => done.reason);
    expect(reasons.slice(1)).toEqual(Array.from({ length: 8 }, () => 'aborted'));
  });
});

describe('a self-test', () => {
  it('knows its answers on this device', async () => {
    const report = await engine.selfTest({});
    expect(report).toMatchObject({ ok: true });
    expect(report.checks.map(({ name }) => name)).toEqual([
      'known-answers',
      'append-vs-one-pass',
      'copy-bandwidth',
      'decode-speed',
    ]);
    for (const { value } of report.checks) expect(value).toBeGreaterThanOrEqual(0);
    expect((await ask()).text).toMatch(/^Weft is /u);
  });
});

describe('the worker', () => {
  it('that dies rejects what is open, and the next load starts another', async () => {
    const workers: Worker[] = [];
    const other = createEngineClient(() => {
      const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
      workers.push(worker);
      return worker;
    });
    await expect(other.selfTest({})).rejects.toMatchObject({ code: 'engine/not-loaded' });
    await other.load(guideRef, {});
    const events = other.generate({ model: guideRef, turns: question, answerPrefix: '', sampling: sampling() }, {});
    const dies = outcomeOf(events, (event) => {
      // The one thing that a script sees of a worker that crashed.
      if (event.type === 'token') workers[0]!.dispatchEvent(new ErrorEvent('error', { message: 'crashed' }));
    });
    await expect(dies).rejects.toMatchObject({ code: 'app/worker-dead', retryable: true });
    await expect(other.selfTest({})).rejects.toMatchObject({ code: 'engine/not-loaded' });
    expect(await other.load(guideRef, {})).toMatchObject({ id: 'weft-guide' });
    expect((await ask({}, other)).text).toMatch(/^Weft is /u);
    expect(workers.length).toBe(2);
    other.close();
    await expect(other.selfTest({})).rejects.toMatchObject({ code: 'engine/not-loaded' });
  });

  it('refuses an address where no model is', async () => {
    const other = createEngineClient();
    const baseUrl = new URL('/models/none/', location.href).href;
    await expect(other.load({ ...guideRef, id: 'none', baseUrl }, {})).rejects.toMatchObject({
      code: 'model/not-found',
    });
    other.close();
  });
});
