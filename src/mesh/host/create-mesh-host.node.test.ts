import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HELLO_PROTOCOL } from '../../protocol/mesh/constants.ts';
import { decodeHello, encodeHello } from '../hello/hello.ts';
import type { HelloMessage } from '../hello/hello.ts';
import type { MeshStream } from './mesh-host.ts';
import { createTestHost, createTestRelay, isReady, untilState } from './relay.node.fixture.ts';
import type { TestHost, TestRelay } from './relay.node.fixture.ts';

const ECHO = '/test/echo/1';
const CARD = {
  roles: ['consumer' as const],
  models: [],
  load: { running: 0, waiting: 0, limit: 4 },
  isAccepting: true,
};

let relay: TestRelay;
const hosts: TestHost[] = [];

const cardsOf = (message: HelloMessage) => (message.t === 'cards' ? message.cards : []);

async function open(): Promise<TestHost> {
  const host = await createTestHost(relay);
  hosts.push(host);
  return host;
}

async function openReady(): Promise<TestHost> {
  const host = await open();
  await untilState(host, isReady);
  return host;
}

beforeEach(async () => {
  relay = await createTestRelay();
});

afterEach(async () => {
  await Promise.all(hosts.splice(0).map((host) => host.stop()));
  await relay.kill();
});

async function echo(stream: MeshStream): Promise<void> {
  for await (const message of stream.messages) await stream.send(message);
  await stream.close();
}

describe('two hosts at one relay', () => {
  it('see one another’s cards, and only the other’s', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard({ ...CARD, roles: ['provider'] });
    b.setCard(CARD);
    const seenByA = await untilState(a, ({ nodes }) => nodes.length > 0);
    const seenByB = await untilState(b, ({ nodes }) => nodes.length > 0);
    expect(seenByA.nodes.map(({ peer }) => peer)).toEqual([b.self]);
    expect(seenByB.nodes.map(({ peer, card }) => [peer, card.roles])).toEqual([[a.self, ['provider']]]);
  });

  it('hear of a change before the next greeting', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard(CARD);
    await untilState(b, ({ nodes }) => nodes.length > 0);
    a.setCard({ ...CARD, isAccepting: false });
    const { nodes } = await untilState(b, (state) => state.nodes.some(({ card }) => !card.isAccepting));
    expect(nodes).toHaveLength(1);
  });

  it('exchange messages of many sizes through the relay, whole and in order', async () => {
    const [a, b] = [await openReady(), await openReady()];
    await b.handle(ECHO, echo);
    const stream = await a.openStream(b.self.peerId, ECHO);
    expect(stream).toMatchObject({ path: 'relayed', peer: b.self });
    const sizes = [1, 16_377, 16_378, 30_000];
    const sent = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    for (const message of sent) await stream.send(message);
    void stream.close();
    const got: Uint8Array[] = [];
    for await (const message of stream.messages) got.push(message);
    expect(got.map((message) => [message.length, message[0], message.at(-1)])).toEqual(
      sizes.map((size, i) => [size, i + 1, i + 1]),
    );
  });

  it('learn that the other broke off, not that it ended', async () => {
    const [a, b] = [await openReady(), await openReady()];
    await b.handle(ECHO, async (stream) => {
      for await (const message of stream.messages) {
        await stream.send(message);
        break;
      }
      stream.abort();
    });
    const stream = await a.openStream(b.self.peerId, ECHO);
    await stream.send(Uint8Array.of(1));
    const read = async () => {
      for await (const message of stream.messages) expect(message).toEqual(Uint8Array.of(1));
    };
    await expect(read()).rejects.toMatchObject({ code: 'mesh/peer-lost' });
    expect(stream.signal.aborted).toBe(true);
  });

  it('forget one that said goodbye', async () => {
    const [a, b] = [await openReady(), await openReady()];
    b.setCard({ ...CARD, roles: ['provider'] });
    await untilState(a, ({ nodes }) => nodes.some(({ card }) => card.isAccepting));
    await b.stop();
    await untilState(a, ({ nodes }) => nodes.every(({ card }) => !card.isAccepting));
    await expect(a.openStream(b.self.peerId, ECHO)).rejects.toMatchObject({ code: 'mesh/dial-failed' });
  });
});

describe('the way to a relay', () => {
  it('is found again after the relay was gone', async () => {
    const [a, b] = [await openReady(), await openReady()];
    await b.handle(ECHO, echo);
    await relay.kill();
    await untilState(a, (state) => !isReady(state));
    await untilState(b, (state) => !isReady(state));
    await relay.start();
    await Promise.all([untilState(a, isReady), untilState(b, isReady)]);
    const stream = await a.openStream(b.self.peerId, ECHO);
    await stream.send(Uint8Array.of(7));
    for await (const message of stream.messages) {
      expect(message).toEqual(Uint8Array.of(7));
      break;
    }
    stream.abort();
  });

  it('says that it is refused, and is tried again when asked to', async () => {
    const a = await open();
    await untilState(a, isReady);
    const b = await createTestHost({ ...relay, door: () => relay.door(a.self.address) });
    hosts.push(b);
    relay.strangers.add(a.self.address);
    const { relays } = await untilState(b, (state) => state.relays.some(({ phase }) => phase === 'refused'));
    expect(relays[0]).toMatchObject({ error: { code: 'mesh/not-admitted' }, retryAtMs: null });
    relay.strangers.clear();
    b.retry(relay.url);
    await untilState(b, (state) => state.relays.some(({ phase }) => phase !== 'refused'));
  });

  it('is kept by asking for a new session before the old one ends', async () => {
    relay.sessionS = 8;
    const a = await openReady();
    const before = relay.sessionsGiven();
    await expect.poll(() => relay.sessionsGiven(), { timeout: 15_000 }).toBeGreaterThan(before);
    expect(isReady(a.state)).toBe(true);
  }, 20_000);

  it('is given up when it is left', async () => {
    const a = await openReady();
    a.leave(relay.url);
    const { relays } = await untilState(a, (state) => state.relays.length === 0);
    expect(relays).toEqual([]);
    // Its connection is closing or closed: either way nothing can be asked of it.
    const code = expect.stringMatching(/^mesh\/(?:dial-failed|peer-lost)$/u) as string;
    await expect(a.openStream(relay.peerId, ECHO)).rejects.toMatchObject({ code });
  });
});

describe('a peer that misbehaves', () => {
  it('loses its standing with a message that is too long, and is banned when it goes on', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard(CARD);
    await b.handle(ECHO, echo, { maxMessageBytes: 100 });
    await untilState(b, ({ nodes }) => nodes.length === 1);
    for (let i = 0; i < 4; i++) {
      const stream = await a.openStream(b.self.peerId, ECHO);
      await stream.send(new Uint8Array(101));
      await new Promise((resolve) => {
        stream.signal.addEventListener('abort', resolve);
      });
    }
    await untilState(b, ({ nodes }) => nodes.some(({ score }) => score < -80));
    await expect(a.openStream(b.self.peerId, ECHO)).rejects.toMatchObject({
      code: 'mesh/dial-failed',
    });
    await expect(b.openStream(a.self.peerId, ECHO)).rejects.toMatchObject({ code: 'mesh/dial-failed' });
  });

  it('loses its standing when it floods a node with streams', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard(CARD);
    await b.handle(ECHO, echo);
    await untilState(b, ({ nodes }) => nodes.length === 1);
    const burst = async () => {
      for (let i = 0; i < 60; i++) {
        const stream = await a.openStream(b.self.peerId, ECHO).catch(() => null);
        stream?.abort();
      }
    };
    await burst();
    await untilState(b, ({ nodes }) => nodes.some(({ score }) => score < 0));
  });

  it('with greetings that are none loses its standing, and the node goes on greeting others', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard(CARD);
    await untilState(b, ({ nodes }) => nodes.length === 1);
    const wrong = fc.sample(fc.uint8Array({ minLength: 1, maxLength: 300 }), 3);
    for (const message of [...wrong, encodeHello({ t: 'cards', cards: [] })]) {
      const stream = await a.openStream(b.self.peerId, HELLO_PROTOCOL).catch(() => null);
      await stream?.send(message).catch(() => undefined);
      await stream?.messages[Symbol.asyncIterator]()
        .next()
        .catch(() => undefined);
    }
    await untilState(b, ({ nodes }) => nodes.some(({ score }) => score < -80));
    const c = await openReady();
    const asking = await c.openStream(b.self.peerId, HELLO_PROTOCOL);
    await asking.send(encodeHello({ t: 'hello', card: null }));
    void asking.close();
    for await (const answer of asking.messages) expect(decodeHello(answer).t).toBe('cards');
  });

  it('gains nothing by sending an old card again', async () => {
    const [a, b] = [await openReady(), await openReady()];
    a.setCard({ ...CARD, roles: ['provider'] });
    const old = await untilState(b, ({ nodes }) => nodes.length === 1);
    const ask = async () => {
      const stream = await b.openStream(a.self.peerId, HELLO_PROTOCOL);
      await stream.send(encodeHello({ t: 'hello', card: null }));
      void stream.close();
      const cards: Uint8Array[] = [];
      for await (const answer of stream.messages) cards.push(...cardsOf(decodeHello(answer)));
      return cards;
    };
    const [sealed] = await ask();
    a.setCard({ ...CARD, isAccepting: false });
    await untilState(b, ({ nodes }) => nodes.some(({ card }) => !card.isAccepting));
    const stream = await a.openStream(b.self.peerId, HELLO_PROTOCOL);
    await stream.send(encodeHello({ t: 'hello', card: Uint8Array.from(sealed!) }));
    await stream.close();
    await stream.messages[Symbol.asyncIterator]().next();
    expect(old.nodes[0]?.card.isAccepting).toBe(true);
    expect(b.state.nodes.map(({ card, score }) => [card.isAccepting, score])).toEqual([[false, 0]]);
  });

  it('is told nothing of a handler that failed, only that the stream is over', async () => {
    const [a, b] = [await openReady(), await openReady()];
    await b.handle(ECHO, async (stream) => {
      await stream.messages[Symbol.asyncIterator]().next();
      throw new Error('A secret of the handler.');
    });
    const stream = await a.openStream(b.self.peerId, ECHO);
    await stream.send(Uint8Array.of(1));
    await expect(stream.messages[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'mesh/peer-lost' });
  });
});
