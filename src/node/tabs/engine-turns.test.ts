import { describe, expect, it } from 'vitest';
import type { GenerateRequest } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import { answerTo, createScriptedEngine, modelRefOf } from '../engine.fixture.ts';
import { createEngineTurns } from './engine-turns.ts';

const MODEL = modelRefOf('guide');
const OTHER = modelRefOf('other');

const requestOf = (content: string): GenerateRequest => ({
  model: MODEL,
  turns: [{ role: 'user', content }],
  answerPrefix: '',
  sampling: { temperature: 0, topP: 1, topK: 1, maxTokens: 100, seed: 1, stop: [] },
});

describe('one engine for many callers', () => {
  it('loads a model once for everybody who asks, and tells all of them how far it is', async () => {
    const scripted = createScriptedEngine();
    const turns = createEngineTurns(scripted.engine);
    const seen: number[][] = [[], []];
    await Promise.all(seen.map((list) => turns.load(MODEL, { onProgress: ({ ratio }) => list.push(ratio) })));
    await turns.load(MODEL, {});
    expect(scripted.loads).toEqual([MODEL]);
    expect(seen.map((list) => list.at(-1))).toEqual([1, 1]);
  });

  it('keeps loading for the others when one stops waiting', async () => {
    const scripted = createScriptedEngine();
    const turns = createEngineTurns(scripted.engine);
    const controller = new AbortController();
    const impatient = turns.load(MODEL, { signal: controller.signal });
    const patient = turns.load(MODEL, {});
    controller.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    expect((await patient).id).toBe('guide');
  });

  it('does not take the model from an answer that is being written', async () => {
    const scripted = createScriptedEngine();
    const turns = createEngineTurns(scripted.engine);
    await turns.load(MODEL, {});
    let text = '';
    let isOtherLoaded = false;
    let other: Promise<unknown> = Promise.resolve();
    for await (const event of turns.generate(requestOf('whole'), {})) {
      if (event.type !== 'token') continue;
      if (text === '') other = turns.load(OTHER, {}).then(() => (isOtherLoaded = true));
      text += event.text;
      expect(isOtherLoaded).toBe(false);
    }
    await other;
    expect(text).toBe(answerTo('whole'));
    expect(scripted.loads).toEqual([MODEL, OTHER]);
  });

  it('goes on when the line moved while its reader was away', async () => {
    const scripted = createScriptedEngine(3);
    const turns = createEngineTurns(scripted.engine);
    await turns.load(MODEL, {});
    const first = turns.generate(requestOf('first'), {})[Symbol.asyncIterator]();
    await first.next();
    const second = turns.generate(requestOf('second'), {})[Symbol.asyncIterator]();
    expect(await second.next()).toMatchObject({ value: { type: 'queued', ahead: 1 } });
    while ((await first.next()).done !== true);
    expect(await second.next()).toMatchObject({ value: { type: 'prefill' } });
  });

  it('asks the engine for the model again after vectors took its place on the GPU', async () => {
    const scripted = createScriptedEngine();
    const turns = createEngineTurns(scripted.engine);
    await turns.load(MODEL, {});
    expect((await turns.embed({ model: OTHER, inputs: ['a'] }, {})).vectors).toHaveLength(1);
    await turns.load(MODEL, {});
    expect(scripted.loads).toEqual([MODEL, MODEL]);
  });

  it('asks the engine again after an answer failed', async () => {
    const scripted = createScriptedEngine();
    const turns = createEngineTurns(scripted.engine);
    await turns.load(MODEL, {});
    scripted.failNext(new WeftError('engine/device-lost', 'The GPU was lost.'), 0);
    const failing = turns.generate(requestOf('gone'), {});
    const answer = (async () => {
      for await (const event of failing) expect(event.type).not.toBe('token');
    })();
    await expect(answer).rejects.toMatchObject({ code: 'engine/device-lost' });
    await turns.load(MODEL, {});
    expect(scripted.loads).toHaveLength(2);
  });

  it('lets the house go before guests that wait, and tells that a guest holds it up', async () => {
    const scripted = createScriptedEngine(5);
    const turns = createEngineTurns(scripted.engine);
    await turns.load(MODEL, {});
    const order: string[] = [];
    const finish = async (name: string, events: AsyncIterable<unknown>) => {
      for await (const event of events) if ((event as { type: string }).type === 'done') order.push(name);
    };
    const running = turns.guests.generate(requestOf('guest-one'), {})[Symbol.asyncIterator]();
    await running.next();
    expect(turns.isHeldUp.current).toBe(false);
    const waiting = finish('guest-two', turns.guests.generate(requestOf('guest-two'), {}));
    const own = finish('own', turns.generate(requestOf('own'), {}));
    await Promise.resolve();
    expect(turns.isHeldUp.current).toBe(true);
    while ((await running.next()).done !== true);
    expect(turns.isHeldUp.current).toBe(false);
    await Promise.all([waiting, own]);
    expect(order).toEqual(['own', 'guest-two']);
  });
});
