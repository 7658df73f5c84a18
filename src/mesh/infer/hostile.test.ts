import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../../protocol/cbor.ts';
import { WeftError } from '../../protocol/errors.ts';
import { CREDIT_TOKENS, INFER_PROTOCOL } from '../../protocol/mesh/constants.ts';
import { offerToWire } from '../../protocol/mesh/job.ts';
import type { MeshStream } from '../host/mesh-host.ts';
import { createTestHost, testSigner } from '../talk/mesh-pair.fixture.ts';
import type { TestHost } from '../talk/mesh-pair.fixture.ts';
import { createInferClient } from './client.ts';
import { CREDIT_STALL_MS, MAX_STREAMS_PER_PEER } from './constants.ts';
import type { JobEvent } from './infer.ts';
import { createCountingProvider, DOMAIN, NOW_S, offerOf, requestOf, MANIFEST, STATS } from './jobs.fixture.ts';
import { serveInfer } from './server.ts';

const consumer = testSigner(1);
const prover = testSigner(2);
const conversation = new Uint8Array(16);
const signal = new AbortController().signal;
const words = { code: 'infer/busy', message: '', hints: [], retryable: true };

const accept = { t: 'accept' };
const tokens = (from: number, count = 1) => ({
  t: 'tokens',
  from,
  ids: Array.from({ length: count }, (_, at) => from + at),
  texts: Array.from({ length: count }, () => 'x'),
});
const prefill = { t: 'prefill', prompt: 3, cached: 0, done: 1 };
const noTokens = { t: 'done', reason: 'stop', stats: STATS, receipt: null };

/** A node that answers whatever it is asked with these messages. */
async function answeredWith(messages: readonly Uint8Array[], end: 'close' | 'abort' = 'close') {
  const hosts: TestHost[] = [];
  const asking = createTestHost(consumer.peer, () => hosts);
  const answering = createTestHost(prover.peer, () => hosts);
  hosts.push(asking, answering);
  await answering.handle(INFER_PROTOCOL, async (stream) => {
    await stream.messages[Symbol.asyncIterator]().next();
    for (const message of messages) await stream.send(message);
    if (end === 'close') await stream.close();
    else stream.abort();
  });
  const client = createInferClient({ host: asking, domain: DOMAIN });
  const events: JobEvent[] = [];
  try {
    const offer = offerOf(consumer, prover, { maxTokens: 1_000 });
    const question = { peerId: prover.peer.peerId, offer, request: requestOf('hello'), conversation, signal };
    for await (const event of client.ask(question)) events.push(event);
    return { events, error: null, reports: asking.reports };
  } catch (error) {
    return { events, error, reports: asking.reports };
  }
}

/** Any bytes, any CBOR, and messages that could be right with something else in one field. */
const anyMessage = (right: readonly object[]) =>
  fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Uint8Array.from(bytes)),
    fc.jsonValue().map((value) => encodeCbor(value)),
    fc.tuple(fc.constantFrom(...right), fc.jsonValue(), fc.nat(8)).map(([message, value, at]) => {
      const names = Object.keys(message);
      return encodeCbor({ ...message, [names[at % names.length]!]: value });
    }),
    fc.constantFrom(...right).map((message) => encodeCbor(message)),
    fc
      .constantFrom(...right)
      .map((message) => encodeCbor(message))
      .chain((bytes) => fc.nat(bytes.length - 1).map((length) => bytes.slice(0, length))),
  );

describe('a consumer whose provider does as it likes', () => {
  it.each<[string, readonly object[]]>([
    ['begins with tokens', [tokens(0)]],
    ['accepts twice', [accept, accept]],
    ['refuses after it accepted', [accept, { t: 'refuse', error: words }]],
    ['leaves a gap', [accept, tokens(0), tokens(2)]],
    ['tells a part twice', [accept, tokens(0, 2), tokens(0, 2)]],
    ['tells texts for fewer tokens', [accept, { ...tokens(0, 2), texts: ['x'] }]],
    [
      'sends more text than its tokens can have',
      [accept, ...Array.from({ length: 20 }, (_, at) => ({ ...tokens(at), texts: ['x'.repeat(4_096)] }))],
    ],
    ['sends a rest of nothing', [accept, { t: 'rest', text: 'x' }]],
    ['sends tokens after the rest', [accept, tokens(0), { t: 'rest', text: 'x' }, tokens(1)]],
    ['sends tokens after a call', [accept, tokens(0), { t: 'calls', calls: [] }, tokens(1)]],
    ['sends calls twice', [accept, { t: 'calls', calls: [] }, { t: 'calls', calls: [] }]],
    ['ends in calls that did not come', [accept, { ...noTokens, reason: 'tool-calls' }]],
    ['ends without a receipt', [accept, tokens(0), noTokens]],
    ['sends vectors', [accept, { t: 'vectors', data: new Uint8Array(4), dimensions: 1, promptTokens: 1 }]],
    ['speaks as a consumer', [{ t: 'credit', tokens: 4 }]],
    ['sends more than it may', [accept, ...Array.from({ length: 9 }, (_, at) => tokens(at * 256, 256))]],
    ['sends a message that is too long', [accept, { ...prefill, more: new Uint8Array(2_000_000) }]],
    ['says a thousand times that it is there', Array.from({ length: 1_000 }, () => ({ t: 'alive' }))],
    ['queues without end', [accept, ...Array.from({ length: 3_000 }, () => ({ t: 'queued', ahead: 1 })), tokens(7)]],
  ])('ends it where it %s', async (_what, messages) => {
    const { error, reports } = await answeredWith(messages.map((message) => encodeCbor(message)));
    expect((error as WeftError).code).toMatch(/^mesh\/(bad-message|too-large)$/u);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.offence).toMatch(/^(bad-message|too-large)$/u);
  });

  it.each<['close' | 'abort']>([['close'], ['abort']])(
    'hears that it is gone where it ends in the middle: %s',
    async (end) => {
      const { error, reports } = await answeredWith([encodeCbor(accept), encodeCbor(tokens(0))], end);
      expect(error).toMatchObject({ code: 'mesh/peer-lost', retryable: true });
      expect(reports).toEqual([]);
    },
  );

  it('gives an answer once, and lowers who goes on after its end', async () => {
    const messages = [accept, noTokens, tokens(0)].map((message) => encodeCbor(message));
    const { events, error, reports } = await answeredWith(messages);
    // Whichever is seen first: an answer that had ended stands.
    if (error === null) expect(events.at(-1)?.type).toBe('done');
    await expect.poll(() => reports.map(({ offence }) => offence)).toEqual(['bad-message']);
  });

  it('never crashes or hangs, whatever comes', async () => {
    const right = [accept, tokens(0, 3), prefill, noTokens, { t: 'failed', error: words }, { t: 'queued', ahead: 1 }];
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage(right), { maxLength: 8 }), async (messages) => {
        const { events, error } = await answeredWith(messages);
        if (error === null) expect(events.at(-1)?.type).toBe('done');
        else expect(error).toBeInstanceOf(WeftError);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a provider whose consumer does as it likes', () => {
  async function served(length = 5, nowMs = () => performance.now()) {
    const hosts: TestHost[] = [];
    const asking = createTestHost(consumer.peer, () => hosts);
    const answering = createTestHost(prover.peer, () => hosts);
    hosts.push(asking, answering);
    const provider = createCountingProvider(prover, length);
    await serveInfer({ host: answering, provider, domain: DOMAIN, nowS: () => NOW_S, nowMs });
    const open = () => asking.openStream(prover.peer.peerId, INFER_PROTOCOL);
    return { provider, open, asking, answering };
  }

  const askOf = () => {
    const { offer, signature } = offerOf(consumer, prover);
    return { t: 'ask', offer: offerToWire(offer), signature, request: requestOf('hello'), conversation };
  };

  const say = async (stream: MeshStream, messages: readonly Uint8Array[]) => {
    for (const message of messages) await stream.send(message).catch(() => undefined);
  };

  it.each<[string, () => readonly object[]]>([
    ['begins with a credit', () => [{ t: 'credit', tokens: 1 }]],
    ['begins as a provider', () => [accept]],
    ['asks twice', () => [askOf(), askOf()]],
    ['asks for no vectors', () => [{ t: 'embed', manifest: MANIFEST, inputs: [] }]],
    ['stops twice', () => [askOf(), { t: 'stop' }, { t: 'stop' }]],
    ['allows nothing', () => [askOf(), { t: 'credit', tokens: 0 }]],
    [
      'says a thousand times that it is there',
      () => [askOf(), ...Array.from({ length: 1_000 }, () => ({ t: 'alive' }))],
    ],
  ])('is lowered where it %s', async (_what, messages) => {
    const { open, answering, provider } = await served(1e9);
    const stream = await open();
    await say(
      stream,
      messages().map((message) => encodeCbor(message)),
    );
    await expect.poll(() => answering.reports).toEqual([{ peerId: consumer.peer.peerId, offence: 'bad-message' }]);
    await expect.poll(() => stream.signal.aborted).toBe(true);
    await expect.poll(() => provider.log).toEqual(provider.log.length === 0 ? [] : ['begin', 'stopped']);
  });

  it('stops working where it says nothing any more', async () => {
    const { open, provider } = await served(1e9);
    const stream = await open();
    await stream.send(encodeCbor(askOf()));
    await expect.poll(() => provider.log, { timeout: 10_000 }).toEqual(['begin', 'stopped']);
    expect(stream.signal.aborted).toBe(true);
    expect(provider.written()).toBeLessThanOrEqual(CREDIT_TOKENS + 1);
  }, 15_000);

  it('does not hold a provider up for hours by asking for one token at a time', async () => {
    let clockMs = 0;
    const { open, provider, answering } = await served(1e9, () => clockMs);
    const stream = await open();
    await stream.send(encodeCbor(askOf()));
    const beat = setInterval(() => void stream.send(encodeCbor({ t: 'alive' })).catch(() => undefined), 300);
    const reads = (async () => {
      for await (const message of stream.messages) expect(message.length).toBeGreaterThan(0);
    })().catch(() => undefined);
    for (let allowed = CREDIT_TOKENS; allowed < CREDIT_TOKENS + 10; allowed++) {
      const isHeldUp = () => provider.written() > allowed || stream.signal.aborted;
      await expect.poll(isHeldUp, { timeout: 5_000 }).toBe(true);
      // Each wait is shorter than one may be.
      clockMs += CREDIT_STALL_MS / 2;
      await stream.send(encodeCbor({ t: 'credit', tokens: 1 })).catch(() => undefined);
    }
    clearInterval(beat);
    await reads;
    expect(stream.signal.aborted).toBe(true);
    expect(answering.reports).toEqual([{ peerId: consumer.peer.peerId, offence: 'broke-off' }]);
    await expect.poll(() => provider.log).toEqual(['begin', 'stopped']);
  }, 20_000);

  it('is refused more streams than a consumer of ours opens', async () => {
    const { open, answering } = await served(1e9);
    const streams = await Promise.all(Array.from({ length: MAX_STREAMS_PER_PEER }, open));
    expect(answering.reports).toEqual([]);
    const one = await open();
    await expect.poll(() => one.signal.aborted).toBe(true);
    expect(answering.reports).toEqual([{ peerId: consumer.peer.peerId, offence: 'flood' }]);
    for (const stream of streams) stream.abort();
    const hears = async () => {
      const again = await open();
      const first: IteratorResult<unknown> = await again.messages[Symbol.asyncIterator]().next();
      again.abort();
      return first.value instanceof Uint8Array;
    };
    await expect.poll(() => hears().catch(() => false)).toBe(true);
  });

  it('goes on serving others after anything', async () => {
    const right = [
      askOf(),
      { t: 'embed', manifest: MANIFEST, inputs: ['a'] },
      { t: 'credit', tokens: 5 },
      { t: 'stop' },
    ];
    const { open, provider, asking } = await served(3);
    await fc.assert(
      fc.asyncProperty(fc.array(anyMessage(right), { maxLength: 6 }), async (messages) => {
        const stream = await open();
        await say(stream, messages);
        await stream.close();
      }),
      { numRuns: 300 },
    );
    const client = createInferClient({ host: asking, domain: DOMAIN });
    const question = {
      ...{ peerId: prover.peer.peerId, offer: offerOf(consumer, prover), request: requestOf('still there?') },
      ...{ conversation, signal },
    };
    const ask = async () => {
      const events: JobEvent[] = [];
      for await (const event of client.ask(question)) events.push(event);
      return events.at(-1)?.type;
    };
    await expect.poll(ask, { timeout: 10_000 }).toBe('done');
    expect(provider.log.filter((line) => line === 'begin').length).toBeLessThan(provider.log.length);
  });
});
