import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import type { ErrorCode } from '../../protocol/errors.ts';
import { CREDIT_TOKENS } from '../../protocol/mesh/constants.ts';
import type { SignedOffer } from '../../protocol/mesh/signed-offer.ts';
import { createTestHost, testSigner } from '../talk/mesh-pair.fixture.ts';
import type { TestHost } from '../talk/mesh-pair.fixture.ts';
import { createInferClient } from './client.ts';
import type { InferProvider, JobEvent } from './infer.ts';
import {
  createCountingProvider,
  DOMAIN,
  NOW_S,
  offerOf,
  receiptOf,
  requestOf,
  MANIFEST,
  STATS,
} from './jobs.fixture.ts';
import { serveInfer } from './server.ts';

const consumer = testSigner(1);
const prover = testSigner(2);
const conversation = new Uint8Array(16);
const idle = new AbortController().signal;
const code = (wanted: ErrorCode) => expect.objectContaining({ code: wanted }) as Error;

async function meshOf(provider: InferProvider, init: { isMember?: () => boolean } = {}) {
  const hosts: TestHost[] = [];
  const asking = createTestHost(consumer.peer, () => hosts);
  const answering = createTestHost(prover.peer, () => hosts);
  hosts.push(asking, answering);
  await serveInfer({ host: answering, provider, domain: DOMAIN, nowS: () => NOW_S, ...init });
  const client = createInferClient({ host: asking, domain: DOMAIN });
  const ask = (offer: SignedOffer = offerOf(consumer, prover), signal = idle, request = requestOf('hello')) =>
    client.ask({ peerId: prover.peer.peerId, offer, request, conversation, signal });
  return { asking, answering, client, ask };
}

async function collect(events: AsyncIterable<JobEvent>): Promise<JobEvent[]> {
  const all: JobEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const tokensOf = (events: readonly JobEvent[]) => events.flatMap((event) => (event.type === 'token' ? [event.id] : []));

describe('a job between two nodes', () => {
  it('brings every event and every token in order, with a receipt that holds', async () => {
    const length = 3 * CREDIT_TOKENS;
    const { ask, asking, answering } = await meshOf(createCountingProvider(prover, length));
    const events = await collect(ask());
    expect(events.slice(0, 2).map(({ type }) => type)).toEqual(['queued', 'prefill']);
    expect(tokensOf(events)).toEqual(Array.from({ length }, (_, at) => at));
    expect(events.at(-1)).toMatchObject({ type: 'done', reason: 'length', stats: { completionTokens: length } });
    expect([asking.reports, answering.reports, asking.praised]).toEqual([[], [], [prover.peer.peerId]]);
  });

  it('makes a provider wait for a consumer that does not read', async () => {
    const provider = createCountingProvider(prover, 10 * CREDIT_TOKENS);
    const { ask } = await meshOf(provider);
    const events = ask();
    for (let type = ''; type !== 'token';) type = (await events.next()).value!.type;
    const settled = async (): Promise<number> => {
      const before = provider.written();
      await new Promise((resolve) => setTimeout(resolve, 100));
      return provider.written() === before ? before : settled();
    };
    expect(await settled()).toBeLessThanOrEqual(CREDIT_TOKENS + 1);
    const rest = await collect(events);
    expect(tokensOf(rest)).toHaveLength(10 * CREDIT_TOKENS - 1);
  });

  it('ends where it is stopped, with a receipt for what was written', async () => {
    const provider = createCountingProvider(prover, 1e9);
    const { ask, asking } = await meshOf(provider);
    const stop = new AbortController();
    const events: JobEvent[] = [];
    for await (const event of ask(offerOf(consumer, prover), stop.signal)) {
      events.push(event);
      if (tokensOf(events).length === 3) stop.abort();
    }
    expect(events.at(-1)).toMatchObject({
      type: 'done',
      reason: 'aborted',
      receipt: { bytes: expect.anything() as unknown },
    });
    expect(provider.log).toEqual(['begin', 'stopped']);
    expect(asking.reports).toEqual([]);
  });

  it('stops a provider whose consumer leaves', async () => {
    const provider = createCountingProvider(prover, 1e9);
    const { ask, answering } = await meshOf(provider);
    for await (const event of ask()) if (event.type === 'token') break;
    await expect.poll(() => provider.log).toEqual(['begin', 'stopped']);
    expect(answering.reports).toEqual([]);
  });

  it('asks nothing after it was aborted', async () => {
    const provider = createCountingProvider(prover, 1);
    const { ask } = await meshOf(provider);
    const reason = new Error('enough');
    await expect(collect(ask(undefined, AbortSignal.abort(reason)))).rejects.toBe(reason);
    expect(provider.log).toEqual([]);
  });

  it('brings a call, and text that was held back, with a receipt for the tokens alone', async () => {
    const calls = [{ id: 'call_1', name: 'lamp', arguments: '{"on":true}' }];
    const provider: InferProvider = {
      async *answer(job) {
        await Promise.resolve();
        yield { type: 'token', id: 7, text: 'Well' };
        yield { type: 'token', id: 8, text: '' };
        yield { type: 'token', id: 8, text: ', <', isRest: true };
        yield { type: 'tool-calls', calls };
        yield { type: 'done', reason: 'tool-calls', stats: STATS, receipt: receiptOf(job, [7, 8], prover) };
      },
      embed: () => Promise.reject(new Error('no')),
    };
    const { ask } = await meshOf(provider);
    expect(await collect(ask())).toMatchObject([
      { type: 'token', id: 7, text: 'Well' },
      { type: 'token', id: 8, text: '' },
      { type: 'token', id: 8, text: ', <', isRest: true },
      { type: 'tool-calls', calls },
      { type: 'done', reason: 'tool-calls', stats: { completionTokens: 2 } },
    ]);
  });

  it('brings vectors', async () => {
    const { client } = await meshOf(createCountingProvider(prover, 1));
    const inputs = ['a', 'bcd'];
    const question = { peerId: prover.peer.peerId, manifest: MANIFEST, inputs, signal: idle };
    expect(await client.embed(question)).toEqual({
      vectors: [Float32Array.of(1, 0.5), Float32Array.of(3, 0.5)],
      promptTokens: 2,
    });
  });
});

describe('an order', () => {
  const stranger = testSigner(3);
  it.each<[string, () => SignedOffer]>([
    ['of another consumer', () => offerOf(stranger, prover)],
    ['that another signed', () => ({ ...offerOf(consumer, prover), signature: offerOf(stranger, prover).signature })],
    ['that has expired', () => offerOf(consumer, prover, { expiry: BigInt(NOW_S - 1) })],
    ['that counts for years', () => offerOf(consumer, prover, { expiry: BigInt(NOW_S + 1e8) })],
    ['for another sampling', () => offerOf(consumer, prover, { temperatureQ: 0 })],
    ['for no token', () => offerOf(consumer, prover, { maxTokens: 0 })],
  ])('%s is refused', async (_what, offer) => {
    const provider = createCountingProvider(prover, 1);
    const { ask, answering } = await meshOf(provider);
    await expect(collect(ask(offer()))).rejects.toEqual(code('infer/bad-offer'));
    expect(provider.log).toEqual([]);
    expect(answering.reports).toEqual([{ peerId: consumer.peer.peerId, offence: 'lied' }]);
  });

  it('is done once', async () => {
    const provider = createCountingProvider(prover, 1);
    const { ask } = await meshOf(provider);
    const offer = offerOf(consumer, prover);
    await collect(ask(offer));
    await expect(collect(ask(offer))).rejects.toEqual(code('infer/bad-offer'));
    expect(provider.log).toEqual(['begin', 'end']);
  });

  it('of a stranger is refused', async () => {
    const { ask, client } = await meshOf(createCountingProvider(prover, 1), { isMember: () => false });
    await expect(collect(ask())).rejects.toEqual(code('infer/not-a-member'));
    const question = { peerId: prover.peer.peerId, manifest: MANIFEST, inputs: ['a'], signal: idle };
    await expect(client.embed(question)).rejects.toEqual(code('infer/not-a-member'));
  });
});

describe('a provider that does not do the job', () => {
  const failing = (error: Error, before: readonly JobEvent[]): InferProvider => ({
    async *answer() {
      await Promise.resolve();
      yield* before;
      throw error;
    },
    embed: () => Promise.reject(error),
  });
  const busy = new WeftError('infer/busy', 'secret words of a stranger', { hints: ['more of them'] });

  it('is heard by its code, not by its words', async () => {
    const { ask } = await meshOf(failing(busy, []));
    const error = await collect(ask()).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'infer/busy', retryable: true });
    expect(JSON.stringify((error as WeftError).toWire())).not.toContain('secret');
  });

  it.each<[ErrorCode, ErrorCode, ErrorCode]>([
    ['engine/device-lost', 'infer/refused', 'infer/failed'],
    ['engine/context-full', 'infer/too-long', 'infer/too-long'],
    ['infer/draining', 'infer/draining', 'infer/draining'],
    ['chain/no-gas', 'infer/refused', 'infer/failed'],
  ])('for %s says what is meant for others', async (thrown, refused, failed) => {
    const error = new WeftError(thrown, 'words');
    await expect(collect((await meshOf(failing(error, []))).ask())).rejects.toEqual(code(refused));
    const later = await meshOf(failing(error, [{ type: 'queued', ahead: 1 }]));
    await expect(collect(later.ask())).rejects.toEqual(code(failed));
  });

  it.each<[string, (ids: number[]) => void]>([
    ['other tokens', (ids) => ids.reverse()],
    ['fewer tokens', (ids) => ids.pop()],
  ])('but signs for %s is found out', async (_what, change) => {
    const provider: InferProvider = {
      async *answer(job) {
        await Promise.resolve();
        const ids = [1, 2, 3];
        for (const id of ids) yield { type: 'token', id, text: 'x' };
        change(ids);
        yield { type: 'done', reason: 'stop', stats: STATS, receipt: receiptOf(job, ids, prover) };
      },
      embed: () => Promise.reject(busy),
    };
    const { ask, asking } = await meshOf(provider);
    await expect(collect(ask())).rejects.toEqual(code('infer/bad-receipt'));
    expect(asking.reports).toEqual([{ peerId: prover.peer.peerId, offence: 'lied' }]);
    expect(asking.praised).toEqual([]);
  });
});
