import { describe, expect, it } from 'vitest';
import { createInferClient } from '../../mesh/infer/client.ts';
import type { JobEvent } from '../../mesh/infer/infer.ts';
import { DOMAIN, NOW_S, offerOf, requestOf } from '../../mesh/infer/jobs.fixture.ts';
import { serveInfer } from '../../mesh/infer/server.ts';
import { createTestHost, testSigner } from '../../mesh/talk/mesh-pair.fixture.ts';
import type { TestHost, TestSigner } from '../../mesh/talk/mesh-pair.fixture.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { CREDIT_TOKENS } from '../../protocol/mesh/constants.ts';
import { answerTo, createScriptedEngine, modelInfoOf, modelRefOf } from '../engine.fixture.ts';
import { createEngineTurns } from '../tabs/engine-turns.ts';
import { createProvider } from './provider.ts';
import type { ReceiptBook } from './sign-receipt.ts';

const prover = testSigner(9);
const info = modelInfoOf('guide');
const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted }) as Error;

function memoryBook(log: string[] = []): ReceiptBook {
  const kept = new Map<Hex32, Uint8Array>();
  return {
    has: (jobId) => Promise.resolve(kept.has(jobId)),
    add(jobId, receipt) {
      log.push('kept');
      if (kept.has(jobId)) return Promise.resolve(false);
      kept.set(jobId, receipt);
      return Promise.resolve(true);
    },
  };
}

async function serving(words = 20, receipts = memoryBook(), signer: TestSigner = prover) {
  const scripted = createScriptedEngine(words);
  const turns = createEngineTurns(scripted.engine);
  await turns.load(modelRefOf('guide'), {});
  const provider = createProvider(
    { domain: DOMAIN },
    {
      engine: turns.guests,
      isHeldUp: turns.isHeldUp,
      signer,
      receipts,
      onActivity: () => undefined,
      nowMs: () => performance.now(),
    },
  );
  provider.serve({ ref: modelRefOf('guide'), info });
  provider.accept(true);
  provider.limit({ maxWaiting: 8, maxTokens: 500 });
  const hosts: TestHost[] = [createTestHost(prover.peer, () => hosts)];
  await serveInfer({ host: hosts[0]!, provider, domain: DOMAIN, nowS: () => NOW_S });

  /** A question of member `number`. */
  const ask = (number: number, text: string, change: Parameters<typeof offerOf>[2] = {}) => {
    const consumer = testSigner(number);
    const host =
      hosts.find(({ self }) => self.peerId === consumer.peer.peerId) ?? createTestHost(consumer.peer, () => hosts);
    if (!hosts.includes(host)) hosts.push(host);
    const offer = offerOf(consumer, prover, { manifest: info.manifest, maxTokens: 500, ...change });
    return createInferClient({ host, domain: DOMAIN }).ask({
      ...{ peerId: prover.peer.peerId, offer, request: requestOf(text, 500) },
      ...{ conversation: new Uint8Array(16), signal: new AbortController().signal },
    });
  };
  return { provider, scripted, turns, ask };
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
const textOf = (events: readonly JobEvent[]) =>
  events.map((event) => (event.type === 'token' ? event.text : '')).join('');

describe('a provider', () => {
  it('answers by the order, with a receipt that its consumer accepts, and counts', async () => {
    const { ask, scripted, provider } = await serving();
    const events = await collect(ask(1, 'hello'));
    expect(textOf(events)).toBe(answerTo('hello'));
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'stop' });
    expect(scripted.requests[0]?.job).toMatchObject({ promptHash: expect.any(String) as string });
    expect(provider.activity()).toMatchObject({ running: 0, waiting: 0, consumers: 1, jobs: 1, tokens: 20 });
  });

  it('keeps a receipt before it signs it', async () => {
    const log: string[] = [];
    const signer = {
      ...prover,
      sign: (digest: Hex32) => {
        log.push('signed');
        return prover.sign(digest);
      },
    };
    const { ask } = await serving(3, memoryBook(log), signer);
    await collect(ask(1, 'hello'));
    expect(log).toEqual(['kept', 'signed']);
  });

  it('signs nothing that it could not keep', async () => {
    const full = { has: () => Promise.resolve(false), add: () => Promise.reject(new Error('full')) };
    const { ask } = await serving(3, full);
    await expect(collect(ask(1, 'hello'))).rejects.toEqual(code('infer/failed'));
  });

  it.each<[string, Parameters<typeof offerOf>[2], ErrorCode]>([
    ['another model', { manifest: `0x${'11'.repeat(32)}` as Hex32 }, 'infer/model-not-here'],
    ['a price', { pricePerToken: 1n }, 'infer/price'],
    ['more tokens than it gives', { maxTokens: 501 }, 'infer/too-long'],
    ['another form of answer', { grammarHash: `0x${'22'.repeat(32)}` as Hex32 }, 'infer/bad-offer'],
  ])('refuses an order for %s', async (_what, change, wanted) => {
    const { ask, scripted } = await serving();
    await expect(collect(ask(1, 'hello', change))).rejects.toEqual(code(wanted));
    expect(scripted.requests).toEqual([]);
  });

  it('does not count the tokens of what cannot fit', async () => {
    const { ask, scripted } = await serving();
    const long = 'x'.repeat(40 * info.contextLimit);
    await expect(collect(ask(1, long))).rejects.toEqual(code('infer/too-long'));
    expect(scripted.requests).toEqual([]);
  });

  it('ends the answer of a guest when its own person asks, and the guest has a receipt for what came', async () => {
    const { ask, turns } = await serving(400);
    const events: JobEvent[] = [];
    let own = '';
    for await (const event of ask(1, 'guest')) {
      events.push(event);
      if (event.type !== 'token' || own !== '') continue;
      own = 'asked';
      const request = { ...requestOf('own', 5), model: modelRefOf('guide') };
      void collect(turns.generate(request, {}) as AsyncIterable<JobEvent>).then((all) => (own = textOf(all)));
    }
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      reason: 'aborted',
      receipt: { bytes: expect.anything() as unknown },
    });
    expect(textOf(events).length).toBeLessThan(answerTo('guest', 400).length);
    await expect.poll(() => own).toBe(answerTo('own', 5));
  });

  it('lets its own person go on though the guest reads nothing', async () => {
    const { ask, turns, provider } = await serving(400);
    const guest = ask(1, 'guest');
    await guest.next();
    // All that it allowed: from here on it holds the answer up.
    await expect.poll(() => provider.activity().tokens).toBeGreaterThan(CREDIT_TOKENS);
    const request = { ...requestOf('own', 5), model: modelRefOf('guide') };
    const own = await collect(turns.generate(request, {}) as AsyncIterable<JobEvent>);
    expect(textOf(own)).toBe(answerTo('own', 5));
    expect((await collect(guest)).at(-1)).toMatchObject({ type: 'done', reason: 'aborted' });
  });

  it('lets members take turns', async () => {
    const { ask } = await serving(10);
    const order: string[] = [];
    const run = async (number: number, name: string) => {
      await collect(ask(number, name));
      order.push(name);
    };
    await Promise.all([run(1, 'a1'), run(1, 'a2'), run(1, 'a3'), run(2, 'b1')]);
    expect(order).toEqual(['a1', 'b1', 'a2', 'a3']);
  });

  it('takes nothing new while it drains, ends what runs, and turns away what waits too long', async () => {
    const { ask, provider } = await serving(400);
    const running = collect(ask(1, 'first'));
    await expect.poll(() => provider.activity().running).toBe(1);
    const draining = provider.drain(60_000);
    await expect(collect(ask(2, 'second'))).rejects.toEqual(code('infer/draining'));
    expect((await running).at(-1)).toMatchObject({ reason: 'stop' });
    await draining;
  });

  it('hands over at once where nothing is waited for', async () => {
    const { ask, provider } = await serving(400);
    const running = collect(ask(1, 'first'));
    await expect.poll(() => provider.activity().tokens).toBeGreaterThan(0);
    const waiting = collect(ask(2, 'second')).catch((error: unknown) => error);
    await expect.poll(() => provider.activity().waiting).toBe(1);
    await provider.drain(0);
    expect((await running).at(-1)).toMatchObject({ reason: 'aborted' });
    expect(await waiting).toEqual(code('infer/draining'));
  });
});
