import { afterEach, describe, expect, it } from 'vitest';
import type { GenerateEvent, GenerateRequest } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import { answerTo, createScriptedEngine, modelInfoOf, modelRefOf } from '../engine.fixture.ts';
import { createTabEngine } from './tab-engine.ts';
import { openTestTab } from './tab.fixture.ts';

const MODEL = modelRefOf('guide');
const OTHER = modelRefOf('embedding');
let profiles = 0;
const running: { stop(): void }[] = [];
afterEach(() => {
  for (const tab of running.splice(0)) tab.stop();
});

function openTab(profile: string, words = 20, lockDelayMs = 0) {
  const tab = openTestTab(profile);
  // A browser asks another process for a lock; Node answers in the same turn.
  const locks = lockDelayMs === 0 ? tab.locks : slowLocks(tab.locks, lockDelayMs);
  const scripted = createScriptedEngine(words);
  let closed = 0;
  const shared = createTabEngine(
    { tabId: crypto.randomUUID(), pingEveryMs: 40, askEveryMs: 20 },
    { ...tab, locks, createLocalEngine: () => ({ engine: scripted.engine, close: () => closed++ }) },
  );
  running.push(shared);
  return { tab, scripted, shared, closedCount: () => closed };
}

function slowLocks(locks: LockManager, delayMs: number): LockManager {
  return {
    query: () => locks.query(),
    // The platform's overloads: options are optional in the middle.
    async request(name: string, second: unknown, third?: unknown) {
      await new Promise((resolve) => setTimeout(resolve, delayMs));
      const options = (third === undefined ? {} : second) as LockOptions;
      return locks.request(name, options, (third ?? second) as (lock: Lock | null) => unknown);
    },
  };
}

const freshProfile = () => `tabs-${profiles++}`;

/** Two tabs; the first leads. */
async function openTwo(words?: number) {
  const profile = freshProfile();
  const first = openTab(profile, words);
  await expect.poll(() => first.shared.role.current).toBe('leader');
  const second = openTab(profile, words);
  await expect.poll(() => second.shared.role.current).toBe('follower');
  return { profile, first, second };
}

function requestOf(question: string): GenerateRequest {
  return {
    model: MODEL,
    turns: [{ role: 'user', content: question }],
    answerPrefix: '',
    sampling: { temperature: 0, topP: 1, topK: 1, maxTokens: 1_000, seed: 1, stop: [] },
  };
}

async function collect(events: AsyncIterable<GenerateEvent>, onToken: (count: number) => void = () => undefined) {
  let text = '';
  let count = 0;
  let done: Extract<GenerateEvent, { type: 'done' }> | null = null;
  const types: string[] = [];
  for await (const event of events) {
    if (event.type === 'done') done = event;
    if (types.at(-1) !== event.type) types.push(event.type);
    if (event.type !== 'token') continue;
    text += event.text;
    onToken(++count);
  }
  return { text, types, done };
}

describe('a follower', () => {
  it('loads, asks, audits and tests through the leader, whose engine alone is used', async () => {
    const { first, second } = await openTwo();
    const seen: number[] = [];
    const model = await second.shared.load(MODEL, { onProgress: ({ ratio }) => seen.push(ratio) });
    expect(model).toEqual(modelInfoOf('guide'));
    expect(seen.at(-1)).toBe(1);
    const { text, types } = await collect(second.shared.generate(requestOf('hello'), {}));
    expect(text).toBe(answerTo('hello'));
    expect(types).toEqual(['prefill', 'token', 'done']);
    expect(
      await second.shared.audit({ model: MODEL, ids: Uint32Array.of(1, 2), positions: Uint32Array.of(1) }, {}),
    ).toEqual([Float32Array.of(1)]);
    expect(await second.shared.embed({ model: OTHER, inputs: ['four', 'seven77'] }, {})).toEqual({
      vectors: [Float32Array.of(4), Float32Array.of(7)],
      promptTokens: 2,
    });
    expect(await second.shared.selfTest({})).toEqual({ ok: true, checks: [] });
    const kit = await second.shared.tokenizerKit(MODEL, {});
    expect(new TextDecoder().decode(kit.tokenizer)).toBe('guide');
    const { model: _here, ...request } = requestOf('hello');
    const encoded = await second.shared.encodePrompt({ manifest: model.manifest, kit, request }, {});
    expect(encoded).toMatchObject({ promptTokens: 10, sampling: { temperatureQ: 0, topPBps: 10_000, topK: 1 } });
    expect(first.scripted.requests).toHaveLength(1);
    expect(second.scripted.requests).toHaveLength(0);
  });

  it('ends with what there is when its answer is stopped', async () => {
    const { second } = await openTwo(500);
    await second.shared.load(MODEL, {});
    const controller = new AbortController();
    const events: GenerateEvent[] = [];
    for await (const event of second.shared.generate(requestOf('long'), { signal: controller.signal })) {
      events.push(event);
      if (events.length === 6) controller.abort();
    }
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'aborted' });
  });

  it('gets the engine’s own errors with their codes', async () => {
    const { first, second } = await openTwo();
    await second.shared.load(MODEL, {});
    first.scripted.failNext(new WeftError('engine/context-full', 'Full.', { hints: ['Start a new chat.'] }), 2);
    await expect(collect(second.shared.generate(requestOf('full'), {}))).rejects.toMatchObject({
      code: 'engine/context-full',
      hints: ['Start a new chat.'],
    });
  });

  it('waits its turn and is told how many are before it', async () => {
    const { first, second } = await openTwo(30);
    await first.shared.load(MODEL, {});
    first.scripted.delayMs = 5;
    const own = collect(first.shared.generate(requestOf('first'), {}));
    await expect.poll(() => first.scripted.requests.length).toBe(1);
    const others = await collect(second.shared.generate(requestOf('second'), {}));
    expect(others.types).toEqual(['queued', 'prefill', 'token', 'done']);
    expect(others.text).toBe(answerTo('second', 30));
    expect((await own).text).toBe(answerTo('first', 30));
  });

  it('frees the engine when it goes', async () => {
    const { first, second } = await openTwo(2_000);
    await second.shared.load(MODEL, {});
    const lost = collect(second.shared.generate(requestOf('lost'), {}), (count) => {
      if (count === 5) second.tab.crash();
    });
    lost.catch(() => undefined);
    await expect.poll(() => first.scripted.requests.length).toBe(1);
    const { types } = await collect(
      first.shared.generate({ ...requestOf('next'), answerPrefix: answerTo('next', 1_990) }, {}),
    );
    expect(types.at(-1)).toBe('done');
  });
});

describe('a leader', () => {
  it('refuses what another build calls vectors of', async () => {
    const { first, second } = await openTwo();
    await expect(second.shared.embed({ model: OTHER, inputs: [] }, {})).rejects.toMatchObject({
      code: 'channel/bad-frame',
    });
    expect(first.scripted.loads).toHaveLength(0);
  });
});

describe('when the leader goes', () => {
  it.each(['closes', 'crashes'] as const)(
    'goes on with its answer where it %s, nothing lost or doubled',
    async (how) => {
      const { first, second } = await openTwo(60);
      await second.shared.load(MODEL, {});
      const { text, types, done } = await collect(second.shared.generate(requestOf('carry on'), {}), (count) => {
        if (count !== 10) return;
        if (how === 'closes') first.shared.stop();
        else first.tab.crash();
      });
      expect(text).toBe(answerTo('carry on', 60));
      expect(types).toEqual(['prefill', 'token', 'loading', 'prefill', 'token', 'done']);
      expect(second.shared.role.current).toBe('leader');
      expect(second.scripted.loads).toEqual([MODEL]);
      expect(second.scripted.requests[0]?.answerPrefix).not.toBe('');
      expect(done).toMatchObject({ reason: 'stop', stats: { completionTokens: 60 }, commitment: null });
      // What the first part used up is not given again.
      expect(second.scripted.requests[0]?.sampling.maxTokens).toBeLessThan(1_000);
    },
  );

  it('does not go on with what another node ordered: the rest is another order', async () => {
    const { first, second } = await openTwo(60);
    await second.shared.load(MODEL, {});
    const hash = hex32(new Uint8Array(32));
    const request = { ...requestOf('ordered'), job: { jobId: hash, nonce: hash, promptHash: hash } };
    const events = second.shared.generate(request, {});
    const ordered = collect(events, (count) => {
      if (count === 10) first.shared.stop();
    });
    await expect(ordered).rejects.toMatchObject({ code: 'app/no-leader', retryable: true });
    expect(first.scripted.requests).toMatchObject([{ job: request.job }]);
    expect(second.scripted.requests).toHaveLength(0);
  });

  it('lets exactly one of the others lead, and the rest follow it', async () => {
    const { profile, first, second } = await openTwo();
    const third = openTab(profile);
    await expect.poll(() => third.shared.role.current).toBe('follower');
    first.shared.stop();
    await expect
      .poll(() => [second.shared.role.current, third.shared.role.current].sort())
      .toEqual(['follower', 'leader']);
    const follower = second.shared.role.current === 'follower' ? second : third;
    await follower.shared.load(MODEL, {});
    expect((await collect(follower.shared.generate(requestOf('still here'), {}))).text).toBe(answerTo('still here'));
    expect(first.closedCount()).toBe(1);
  });

  it('takes the lead from a tab that is frozen, and the answer goes on', async () => {
    const { first, second } = await openTwo(60);
    await second.shared.load(MODEL, {});
    const silence: boolean[] = [];
    second.shared.isLeaderSilent.subscribe((isSilent) => silence.push(isSilent));
    const { text } = await collect(second.shared.generate(requestOf('frozen'), {}), (count) => {
      if (count === 10) first.tab.freeze();
    });
    expect(silence).toEqual([false, true, false]);
    expect(text).toBe(answerTo('frozen', 60));
    expect(second.shared.role.current).toBe('leader');
    // The frozen tab learns that its lock was taken and lets go of the GPU.
    await expect.poll(() => first.closedCount()).toBe(1);
  });

  it('says so where a tab is frozen before this one could reach it', async () => {
    const profile = freshProfile();
    const first = openTab(profile);
    await expect.poll(() => first.shared.role.current).toBe('leader');
    first.tab.freeze();
    const second = openTab(profile);
    const loading = second.shared.load(MODEL, {});
    await expect.poll(() => second.shared.isLeaderSilent.current, { interval: 5 }).toBe(true);
    await loading;
    expect(second.shared.role.current).toBe('leader');
    expect(second.shared.isLeaderSilent.current).toBe(false);
  });

  it('takes the lead once, however many of its calls wait for it', async () => {
    const profile = freshProfile();
    const first = openTab(profile);
    await expect.poll(() => first.shared.role.current).toBe('leader');
    const second = openTab(profile, 20, 5);
    await second.shared.load(MODEL, {});
    first.tab.freeze();
    const models = await Promise.all(Array.from({ length: 4 }, () => second.shared.load(MODEL, {})));
    expect(models).toHaveLength(4);
    expect(second.scripted.loads).toHaveLength(1);
    expect(second.closedCount()).toBe(0);
    expect(second.shared.role.current).toBe('leader');
  });
});

describe('a tab alone', () => {
  it('leads without Web Locks', async () => {
    const tab = openTestTab(freshProfile());
    const { engine } = createScriptedEngine();
    const shared = createTabEngine(
      { tabId: 'only' },
      { locks: null, openBroadcast: tab.openBroadcast, createLocalEngine: () => ({ engine, close: () => undefined }) },
    );
    running.push(shared);
    expect(shared.role.current).toBe('leader');
    await shared.load(MODEL, {});
    expect((await collect(shared.generate(requestOf('alone'), {}))).text).toBe(answerTo('alone'));
  });

  it('refuses an answer when too many wait', async () => {
    const only = openTab(freshProfile(), 200);
    await only.shared.load(MODEL, {});
    only.scripted.delayMs = 20;
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = Array.from({ length: 9 }, () => collect(only.shared.generate(requestOf('many'), { signal })));
    const settled = Promise.allSettled(waiting);
    await expect(collect(only.shared.generate(requestOf('one more'), {}))).rejects.toMatchObject({ code: 'app/busy' });
    controller.abort();
    await settled;
  });

  it('ends open calls when it stops', async () => {
    const only = openTab(freshProfile(), 50);
    await only.shared.load(MODEL, {});
    const answer = collect(only.shared.generate(requestOf('stopping'), {}), (count) => {
      if (count === 3) only.shared.stop();
    });
    // Its own engine was closed under it; the scripted one writes on to the end.
    expect((await answer).types.at(-1)).toBe('done');
    await expect(only.shared.load(MODEL, {})).rejects.toMatchObject({ code: 'app/no-leader' });
  });
});
