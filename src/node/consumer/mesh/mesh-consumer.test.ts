import { describe, expect, it } from 'vitest';
import type { GenerateEvent } from '../../../engine/engine.ts';
import { createInferClient } from '../../../mesh/infer/client.ts';
import type { KnownNode, MeshStream } from '../../../mesh/host/mesh-host.ts';
import { DOMAIN, requestOf } from '../../../mesh/infer/jobs.fixture.ts';
import { serveInfer } from '../../../mesh/infer/server.ts';
import { createTestHost, testSigner } from '../../../mesh/talk/mesh-pair.fixture.ts';
import type { TestHost } from '../../../mesh/talk/mesh-pair.fixture.ts';
import { WeftError } from '../../../protocol/errors.ts';
import { hex32 } from '../../../protocol/ids.ts';
import type { CardModel } from '../../../protocol/mesh/capability-card.ts';
import { answerTo, createScriptedEngine, modelInfoOf, modelRefOf } from '../../engine.fixture.ts';
import { cardModel, knownNode } from '../../mesh/known-node.fixture.ts';
import { createProvider } from '../../provider/provider.ts';
import { createEngineTurns } from '../../tabs/engine-turns.ts';
import { createMeshConsumer } from './mesh-consumer.ts';

const info = modelInfoOf('guide');
const nowMs = () => Date.now();
const WORDS = 30;

/** Nodes that really serve over streams in memory, and one that asks them. */
async function mesh(
  numbers: readonly number[],
  models: readonly CardModel[] = [cardModel({ manifest: info.manifest })],
) {
  const hosts: TestHost[] = [];
  const consumer = testSigner(1);
  const own = createTestHost(consumer.peer, () => hosts);
  hosts.push(own);
  const providers = [];
  let nodes: KnownNode[] = [];
  for (const number of numbers) {
    const signer = testSigner(number);
    const scripted = createScriptedEngine(WORDS);
    const turns = createEngineTurns(scripted.engine);
    await turns.load(modelRefOf('guide'), {});
    const kept = new Set<string>();
    const provider = createProvider(
      { domain: DOMAIN },
      {
        engine: turns.guests,
        isHeldUp: turns.isHeldUp,
        signer,
        receipts: {
          has: (jobId) => Promise.resolve(kept.has(jobId)),
          add: (jobId) => Promise.resolve(kept.size < kept.add(jobId).size),
        },
        onActivity: () => undefined,
        nowMs,
      },
    );
    provider.serve({ ref: modelRefOf('guide'), info });
    provider.accept(true);
    provider.limit({ maxWaiting: 8, maxTokens: 500 });
    const test = createTestHost(signer.peer, () => hosts);
    const streams: MeshStream[] = [];
    const host: TestHost = {
      ...test,
      handle: (protocol, handler) =>
        test.handle(protocol, (stream) => {
          streams.push(stream);
          return handler(stream);
        }),
    };
    hosts.push(host);
    /** It is gone, with all that was under way. */
    const cut = () => {
      if (hosts.includes(host)) hosts.splice(hosts.indexOf(host), 1);
      for (const stream of streams) stream.abort();
    };
    await serveInfer({ host, provider, domain: DOMAIN, nowS: () => nowMs() / 1000 });
    // The lower its number, the nearer it is.
    nodes.push({ ...knownNode({ roundTripMs: number, models }), peer: signer.peer });
    providers.push({ scripted, turns, provider, cut, peerId: signer.peer.peerId });
  }
  const listeners = new Set<() => void>();
  const fetched: string[] = [];
  const asking = createMeshConsumer(
    { domain: DOMAIN, salt: new Uint8Array(32) },
    {
      signer: consumer,
      infer: createInferClient({ host: own, domain: DOMAIN }),
      fetchKit(peerId) {
        fetched.push(peerId);
        const none = new Uint8Array();
        return Promise.resolve({ tokenizer: none, chatConfig: none, digests: none });
      },
      connect: () => Promise.resolve('direct'),
      encodePrompt: () =>
        Promise.resolve({
          promptHash: hex32(new Uint8Array(32).fill(5)),
          promptTokens: 5,
          sampling: { temperatureQ: 717, topPBps: 9_000, topK: 32 },
          grammarHash: hex32(new Uint8Array(32)),
        }),
      nodes: () => nodes,
      onNodes(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      nowMs,
      randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
    },
  );
  return {
    asking,
    providers,
    fetched,
    setNodes: (change: (before: readonly KnownNode[]) => KnownNode[]) => {
      nodes = change(nodes);
      for (const listener of listeners) listener();
    },
    ask: (text: string, signal = new AbortController().signal) =>
      asking.generate(info.manifest, requestOf(text, 400), signal),
  };
}

async function collect(events: AsyncIterable<GenerateEvent>, onText?: (text: string) => void) {
  const all: GenerateEvent[] = [];
  let text = '';
  for await (const event of events) {
    all.push(event);
    if (event.type !== 'token') continue;
    text += event.text;
    onText?.(text);
  }
  const done = all.at(-1);
  if (done?.type !== 'done') throw new Error('There is no end.');
  return { text, done, served: all.flatMap((event) => (event.type === 'served-by' ? [event.node] : [])) };
}

describe('an answer from the mesh', () => {
  it('writes no prompt that cannot fit anywhere', async () => {
    const { ask, fetched } = await mesh([2]);
    const asked = collect(ask('x'.repeat(40 * cardModel().contextLimit)));
    await expect(asked).rejects.toMatchObject({ code: 'engine/context-full' });
    expect(fetched).toEqual([]);
  });

  it('comes from the best node, with papers that prove who wrote it', async () => {
    const { ask, providers, fetched } = await mesh([2, 3]);
    const { text, done, served } = await collect(ask('hello'));
    expect(text).toBe(answerTo('hello', WORDS));
    expect(served).toEqual([expect.objectContaining({ peerId: providers[0]!.peerId, afterTokens: 0 })]);
    expect(done.reason).toBe('stop');
    expect(done.proof?.receipt).toMatch(/^0x[0-9a-f]{486}$/u);
    expect(done.commitment?.leafCount).toBe(done.stats.completionTokens);
    await collect(ask('again'));
    expect(fetched).toEqual([providers[0]!.peerId]);
  });

  it('goes on with another node where the first one goes silent, and loses and doubles nothing', async () => {
    const { ask, providers } = await mesh([2, 3]);
    const { text, done, served } = await collect(ask('hello'), (soFar) => {
      if (soFar.includes('-9 ')) providers[0]!.cut();
    });
    expect(text).toBe(answerTo('hello', WORDS));
    expect(served.map(({ peerId }) => peerId)).toEqual(providers.map(({ peerId }) => peerId));
    expect(served[1]!.afterTokens).toBeGreaterThan(0);
    // Written by two: no one receipt covers it.
    expect(done.proof).toBeUndefined();
    expect(done.commitment).toBeNull();
    expect(done.stats.completionTokens).toBe(WORDS);
  });

  it('goes on elsewhere where the node’s own person wants it, and that person need not wait', async () => {
    const { ask, providers } = await mesh([2, 3]);
    let own: Promise<unknown> | undefined;
    const { text, served } = await collect(ask('hello'), () => {
      own ??= collect(providers[0]!.turns.generate({ ...requestOf('mine', 400), model: modelRefOf('guide') }, {}));
    });
    await own;
    expect(text).toBe(answerTo('hello', WORDS));
    expect(served).toHaveLength(2);
  });

  it('goes back to the only node there is once its person is done', async () => {
    const { ask, providers } = await mesh([2]);
    let own: Promise<unknown> | undefined;
    const { text, served } = await collect(ask('hello'), () => {
      own ??= collect(providers[0]!.turns.generate({ ...requestOf('mine', 400), model: modelRefOf('guide') }, {}));
    });
    await own;
    expect(text).toBe(answerTo('hello', WORDS));
    expect(served).toHaveLength(2);
  });

  it('asks the next one where a node refuses', async () => {
    const { ask, providers } = await mesh([2, 3]);
    providers[0]!.provider.accept(false);
    const { text, served } = await collect(ask('hello'));
    expect(text).toBe(answerTo('hello', WORDS));
    expect(served.at(-1)?.peerId).toBe(providers[1]!.peerId);
  });

  it('waits a moment for a node to come, and then goes on with it', async () => {
    const { ask, setNodes, providers } = await mesh([2]);
    let away: KnownNode[] = [];
    setNodes((before) => {
      away = [...before];
      return [];
    });
    const answer = collect(ask('hello'));
    setNodes(() => away);
    expect((await answer).served[0]?.peerId).toBe(providers[0]!.peerId);
  });

  it('says that nobody serves the model rather than waiting for ever', async () => {
    const { ask, asking } = await mesh([]);
    const { signal } = new AbortController();
    await expect(asking.describe(info.manifest, signal)).rejects.toMatchObject({ code: 'mesh/no-provider' });
    await expect(collect(ask('hello'))).rejects.toMatchObject({ code: 'mesh/no-provider' });
  }, 25_000);

  it('says so as well where the last one that served it has gone', async () => {
    const { ask, providers } = await mesh([2]);
    providers[0]!.cut();
    await expect(collect(ask('hello'))).rejects.toMatchObject({ code: 'mesh/no-provider' });
  }, 15_000);

  it('does not ask who wants money', async () => {
    const { ask } = await mesh([2], [cardModel({ manifest: info.manifest, pricePerTokenWei: '1' })]);
    await expect(collect(ask('hello'))).rejects.toMatchObject({ code: 'mesh/no-provider' });
  }, 15_000);

  it('ends at once and without an error when it is stopped, keeping what came', async () => {
    const { ask } = await mesh([2]);
    const controller = new AbortController();
    const { text, done } = await collect(ask('hello', controller.signal), (soFar) => {
      if (soFar.includes('-5 ')) controller.abort();
    });
    expect(done.reason).toBe('aborted');
    expect(answerTo('hello', WORDS).startsWith(text)).toBe(true);
    expect(text).toContain('-5 ');
  });

  it('ends so as well where it is stopped before anybody serves', async () => {
    const { ask } = await mesh([]);
    const controller = new AbortController();
    const answer = collect(ask('hello', controller.signal));
    controller.abort();
    expect((await answer).done.reason).toBe('aborted');
  });

  it('tells a failure that every node has with the question, without waiting for more nodes', async () => {
    const { ask, providers } = await mesh([2, 3]);
    for (const { scripted } of providers) {
      scripted.failNext(new WeftError('engine/bad-input', 'The turns are in no order.'), 3);
    }
    const sinceMs = performance.now();
    await expect(collect(ask('hello'))).rejects.toMatchObject({ code: 'infer/failed' });
    expect(performance.now() - sinceMs).toBeLessThan(5_000);
  });
});
