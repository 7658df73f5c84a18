import { multiaddr } from '@multiformats/multiaddr';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { decodeHello, encodeHello } from '../../src/mesh/hello/hello.ts';
import { createMeshStream } from '../../src/mesh/streams/create-mesh-stream.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { openCard } from '../../src/protocol/mesh/capability-card.ts';
import { CARDS_TOPIC, HELLO_PROTOCOL } from '../../src/protocol/mesh/constants.ts';
import { HELLOS_PER_WINDOW } from './constants.ts';
import { createRelayP2p } from './create-relay-p2p.ts';
import type { RelayP2p } from './create-relay-p2p.ts';
import { createTestAdmission, reserveAt, startForeignNode, startTestNode } from './relay-client.fixture.ts';
import type { TestNode } from './relay-client.fixture.ts';

let admission: ReturnType<typeof createTestAdmission>;
let relay: RelayP2p;
const stops: (() => void | Promise<void>)[] = [];

beforeEach(async () => {
  admission = createTestAdmission();
  relay = await createRelayP2p(
    { privateKey: secp256k1.utils.randomSecretKey(), version: '9.9.9' },
    { admission, nowMs: Date.now },
  );
  stops.push(() => relay.stop());
});

afterEach(async () => {
  await Promise.all(stops.splice(0).map(async (stop) => stop()));
});

async function startNode(isMember: boolean): Promise<TestNode> {
  const node = await startTestNode();
  stops.push(() => node.libp2p.stop());
  if (isMember) admission.admit(node.signer.address);
  return node;
}

const relayAddress = () => multiaddr(`/ip4/127.0.0.1/tcp/${relay.port}/ws`);
const join = async ({ libp2p }: TestNode) => ({ connection: await libp2p.dial(relayAddress()) });
/** What the node is told when it asks for a place. */
const reserve = ({ libp2p }: Pick<TestNode, 'libp2p'>) => reserveAt(libp2p, relayAddress());

describe('places', () => {
  test('go to members, who can then be called by members', async () => {
    const [called, caller] = [await startNode(true), await startNode(true)];
    const { at } = await reserve(called);
    await join(caller);
    const connection = await caller.libp2p.dial(at);
    expect(connection.limits).toBeDefined();
    expect(relay.counts()).toMatchObject({ reservations: 1, circuits: 1, members: 2 });
  });

  test('are refused to others', async () => {
    const stranger = await startNode(false);
    await expect(reserve(stranger)).rejects.toThrow(/PERMISSION_DENIED/);
    expect(relay.counts()).toMatchObject({ reservations: 0, members: 0 });
  });

  test('are refused to keys that are no account', async () => {
    const libp2p = await startForeignNode();
    stops.push(() => libp2p.stop());
    await expect(reserve({ libp2p })).rejects.toThrow(/PERMISSION_DENIED/);
  });
});

test.each([
  ['bytes', { circuitBytes: 100_000n }],
  ['time', { circuitMs: 600 }],
])('a relayed connection ends when its %s are used up', async (_what, limits) => {
  await relay.stop();
  relay = await createRelayP2p(
    { privateKey: secp256k1.utils.randomSecretKey(), version: '9.9.9', ...limits },
    { admission, nowMs: Date.now },
  );
  stops.push(() => relay.stop());
  const [called, caller] = [await startNode(true), await startNode(true)];
  const { at } = await reserve(called);
  await join(caller);
  await called.libp2p.handle('/sink', (stream) => stream.resume(), { runOnLimitedConnection: true });
  const relayed = await caller.libp2p.dial(at);
  const stream = await relayed.newStream('/sink', { runOnLimitedConnection: true });
  for (let count = 0; count < 8 && stream.status === 'open'; count++) stream.send(new Uint8Array(16_384));
  await vi.waitFor(() => expect(relayed.status).not.toBe('open'), { timeout: 4_000 });
  await vi.waitFor(() => expect(relay.counts().circuits).toBe(0));
  // The way to the relay itself has no such limits.
  expect(relay.counts()).toMatchObject({ connections: 2, reservations: 1 });
});

describe('a stranger', () => {
  test('keeps nobody out with connections on which nothing is said', async () => {
    const member = await startNode(true);
    const silent = Array.from({ length: 200 }, () => new WebSocket(`ws://127.0.0.1:${relay.port}/`));
    stops.push(() => {
      for (const socket of silent) socket.close();
    });
    await Promise.all(
      silent.map((socket) => new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))),
    );
    expect((await join(member)).connection.status).toBe('open');
  });

  test('cannot tell by calling which nodes are here', async () => {
    const [called, absent, stranger] = [await startNode(true), await startNode(true), await startNode(false)];
    const { at } = await reserve(called);
    await join(stranger);
    const absentAt = multiaddr(at.toString().replace(called.libp2p.peerId.toString(), absent.libp2p.peerId.toString()));
    await expect(stranger.libp2p.dial(at)).rejects.toThrow(/PERMISSION_DENIED/);
    await expect(stranger.libp2p.dial(absentAt)).rejects.toThrow(/PERMISSION_DENIED/);
    expect(relay.counts().circuits).toBe(0);
  });

  test('is told of no cards, and its own are not passed on', async () => {
    const [member, stranger] = [await startNode(true), await startNode(false)];
    const heard: string[] = [];
    stranger.libp2p.services.gossip.addEventListener('message', ({ detail }) => heard.push(detail.topic));
    stranger.libp2p.services.gossip.subscribe(CARDS_TOPIC);
    const { connection } = await join(stranger);
    await join(member);
    await greet(member, member.card());
    await vi.waitFor(() => expect(member.libp2p.services.gossip.getPeers()).toHaveLength(1));
    await member.libp2p.services.gossip.publish(CARDS_TOPIC, member.card({ isAccepting: false, issuedAt: nowS() + 1 }));
    await stranger.libp2p.services.gossip.publish(CARDS_TOPIC, stranger.card());
    await expect(greet(stranger, stranger.card())).rejects.toThrow();
    await vi.waitFor(() => expect(relay.cards()[0]?.isAccepting).toBe(false), { timeout: 5_000 });
    expect(relay.cards()).toHaveLength(1);
    expect(heard).toEqual([]);
    expect(connection.status).toBe('open');
  });

  test('is served from the moment that it is let in', async () => {
    const [member, late] = [await startNode(true), await startNode(false)];
    for (const { libp2p } of [member, late]) libp2p.services.gossip.subscribe(CARDS_TOPIC);
    let sent = 0;
    const heard: string[] = [];
    late.libp2p.services.gossip.addEventListener('message', ({ detail }) => heard.push(detail.topic));
    await join(late);
    await join(member);
    admission.admit(late.signer.address);
    await vi.waitFor(
      async () => {
        await member.libp2p.services.gossip.publish(CARDS_TOPIC, member.card({ issuedAt: nowS() - 20 + sent++ }));
        expect(heard).toContain(CARDS_TOPIC);
      },
      { timeout: 8_000, interval: 400 },
    );
  });
});

describe('a session that ends', () => {
  test('takes the place, the card and the relayed connections along', async () => {
    const [called, caller] = [await startNode(true), await startNode(true)];
    const { at } = await reserve(called);
    await join(caller);
    await greet(called, called.card());
    const relayed = await caller.libp2p.dial(at);
    expect(relay.cards()).toHaveLength(1);
    admission.end(called.signer.address);
    await vi.waitFor(() => expect(relayed.status).not.toBe('open'), { timeout: 5_000 });
    await vi.waitFor(() => expect(called.libp2p.getConnections()).toEqual([]), { timeout: 5_000 });
    expect(relay.counts()).toMatchObject({ reservations: 0, circuits: 0, cards: 0 });
    await expect(caller.libp2p.dial(at)).rejects.toThrow(/NO_RESERVATION|PERMISSION_DENIED/);
  });
});

test('a node with far more connections than it needs loses them', async () => {
  const node = await startNode(true);
  for (let count = 0; count < 9; count++) await node.libp2p.dial(relayAddress(), { force: true });
  await vi.waitFor(() => expect(relay.counts().connections).toBe(0));
});

describe('greetings', () => {
  test('give a member the cards of the others', async () => {
    const [first, second] = [await startNode(true), await startNode(true)];
    await join(first);
    await join(second);
    expect(await greet(first, first.card())).toEqual([]);
    expect(await greet(second, null)).toEqual([first.signer.address]);
    expect(await greet(second, second.card())).toEqual([first.signer.address]);
    expect(await greet(first, null)).toEqual([second.signer.address]);
  });

  test('with the card of another node are not believed', async () => {
    const [first, second] = [await startNode(true), await startNode(true)];
    await join(first);
    await greet(first, second.card());
    expect(relay.cards()).toEqual([]);
    expect(relay.counts().offences).toBe(1);
  });

  test('are answered so often and no more: each brings the cards of all', async () => {
    const node = await startNode(true);
    await join(node);
    let answered = 0;
    await vi.waitFor(
      async () => {
        // A stream may be refused where those before it are not all closed yet.
        answered += await greet(node, null).then(
          () => 1,
          () => 0,
        );
        expect(relay.counts().offences).toBe(1);
      },
      { timeout: 8_000, interval: 10 },
    );
    expect(answered).toBe(HELLOS_PER_WINDOW);
  });

  test('may be goodbyes', async () => {
    const node = await startNode(true);
    await join(node);
    await greet(node, node.card());
    expect(relay.cards()).toHaveLength(1);
    const stream = await openHello(node);
    await stream.send(encodeHello({ t: 'bye' }));
    await stream.close();
    await vi.waitFor(() => expect(relay.cards()).toEqual([]));
  });

  test('that are none, again and again, have a member sent away', async () => {
    const node = await startNode(true);
    const { connection } = await join(node);
    await vi.waitFor(
      async () => {
        if (connection.status !== 'open') return;
        const stream = await connection.newStream(HELLO_PROTOCOL);
        stream.send(new Uint8Array(5_000).fill(0xff));
        expect(connection.status).not.toBe('open');
      },
      { timeout: 8_000, interval: 20 },
    );
    expect(relay.counts().members).toBe(0);
    // Its key is known by now, and it is let in no more for a while.
    await expect(reserve(node)).rejects.toThrow();
  });
});

test('draining gives no more places and waits for what is relayed', async () => {
  const [called, caller, late] = [await startNode(true), await startNode(true), await startNode(true)];
  const { at } = await reserve(called);
  await join(caller);
  const relayed = await caller.libp2p.dial(at);
  let isDrained = false;
  const drained = relay.drain(new AbortController().signal).then(() => (isDrained = true));
  await expect(reserve(late)).rejects.toThrow(/PERMISSION_DENIED/);
  expect(isDrained).toBe(false);
  await relayed.close();
  await drained;
  expect(relay.counts().circuits).toBe(0);
});

const nowS = () => Math.floor(Date.now() / 1_000);

async function openHello({ libp2p, signer }: TestNode) {
  const stream = await libp2p.dialProtocol(relayAddress(), HELLO_PROTOCOL);
  return createMeshStream(stream, { peer: { peerId: 'relay', address: signer.address }, path: 'relay' });
}

/** The addresses of the cards that the relay answers with. */
async function greet(node: TestNode, card: Uint8Array<ArrayBuffer> | null) {
  const stream = await openHello(node);
  await stream.send(encodeHello({ t: 'hello', card }));
  const addresses: string[] = [];
  for await (const bytes of stream.messages) {
    const message = decodeHello(bytes);
    if (message.t !== 'cards') throw new Error(`Expected cards, got ${message.t}.`);
    addresses.push(...message.cards.map((sealed) => openCard(sealed, nowS()).address));
  }
  await stream.close();
  return addresses;
}
