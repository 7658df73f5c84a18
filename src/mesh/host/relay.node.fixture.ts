import { createServer } from 'node:net';
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { circuitRelayServer } from '@libp2p/circuit-relay-v2';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { PeerId } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { webSockets } from '@libp2p/websockets';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createLibp2p } from 'libp2p';
import { addressOf } from '../../protocol/eip712/address-of.ts';
import { signDigest } from '../../protocol/eip712/signature.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import { CARDS_TOPIC, HELLO_PROTOCOL } from '../../protocol/mesh/constants.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { decodeHello, encodeCards } from '../hello/hello.ts';
import { createMeshStream } from '../streams/create-mesh-stream.ts';
import { createMeshHost } from './create-mesh-host.ts';
import type { MeshHostDeps, RunningMeshHost } from './create-mesh-host.ts';
import type { MeshState } from './mesh-host.ts';
import { addressOfPeer, peerIdOfKey } from './peer-address.ts';
import type { RelayDoor } from './supervise-relay.ts';

const signerOf = (privateKey: Uint8Array): NodeSigner => ({
  address: addressOf(secp256k1.getPublicKey(privateKey)),
  sign: (digest) => signDigest(digest, privateKey),
});

/** A relay of libp2p's own parts: lets in whom its door has let in. */
export interface TestRelay {
  readonly url: string;
  readonly peerId: string;
  /** What a node with this account meets over HTTP. */
  door(account: Address): RelayDoor;
  /** Accounts that the door sends away. */
  readonly strangers: Set<Address>;
  /** Seconds that a session lasts. */
  sessionS: number;
  readonly sessionsGiven: () => number;
  kill(): Promise<void>;
  start(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}

/** `isOpen`: whoever dials is a member. */
export async function createTestRelay({ isOpen = false } = {}): Promise<TestRelay> {
  const privateKey = secp256k1.utils.randomSecretKey();
  const peerId = peerIdOfKey(privateKey);
  const { address } = signerOf(privateKey);
  const port = await freePort();
  const multiaddr = `/ip4/127.0.0.1/tcp/${port}/ws`;
  const strangers = new Set<Address>();
  const admitted = new Set<Address>();
  let given = 0;

  const isMember = (peer: PeerId) => isOpen || admitted.has(addressOfPeer(peer.toString()));
  const make = async () => {
    const cards = new Map<string, Uint8Array<ArrayBuffer>>();
    const node = await createLibp2p({
      privateKey: privateKeyFromRaw(privateKey),
      addresses: { listen: [multiaddr], announceFilter: () => [] },
      transports: [webSockets()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      connectionManager: { inboundConnectionThreshold: 1_000, maxIncomingPendingConnections: 100 },
      connectionGater: {
        denyInboundRelayReservation: (source) => !isMember(source),
        denyOutboundRelayedConnection: (source, destination) => !isMember(source) || !isMember(destination),
      },
      services: {
        identify: identify(),
        ping: ping(),
        relay: circuitRelayServer({ reservations: { maxReservations: 64 } }),
        gossip: gossipsub({ allowPublishToZeroTopicPeers: true, scoreParams: { IPColocationFactorWeight: 0 } }),
      },
    });
    node.services.gossip.subscribe(CARDS_TOPIC);
    await node.handle(HELLO_PROTOCOL, async (stream, connection) => {
      const peer = connection.remotePeer.toString();
      const mesh = createMeshStream(stream, { peer: { peerId: peer, address: addressOfPeer(peer) }, path: 'direct' });
      for await (const bytes of mesh.messages) {
        const message = decodeHello(bytes);
        if (message.t === 'bye') cards.delete(peer);
        if (message.t !== 'hello') break;
        if (message.card !== null) cards.set(peer, Uint8Array.from(message.card));
        for (const sealed of encodeCards([...cards.values()])) await mesh.send(sealed);
        break;
      }
      await mesh.close();
    });
    node.addEventListener('peer:disconnect', ({ detail }) => cards.delete(detail.toString()));
    return node;
  };
  let node: Awaited<ReturnType<typeof make>> | null = await make();

  const relay: TestRelay = {
    url: `http://127.0.0.1:${port}`,
    peerId,
    strangers,
    sessionS: 600,
    sessionsGiven: () => given,
    door: (account) => ({
      look() {
        if (node === null) return Promise.reject(down());
        return Promise.resolve({
          version: 1,
          name: 'Test',
          address,
          peerId,
          multiaddrs: [multiaddr],
          admission: 'open',
          chain: null,
          software: 'test',
          about: null,
          issuedAt: Math.floor(Date.now() / 1_000),
        });
      },
      session() {
        if (node === null) return Promise.reject(down());
        if (strangers.has(account)) {
          return Promise.reject(new WeftError('mesh/not-admitted', 'This relay does not let this node in.'));
        }
        admitted.add(account);
        given++;
        return Promise.resolve({
          role: 'member',
          expiresAt: Math.floor(Date.now() / 1_000) + relay.sessionS,
          iceServers: [],
        });
      },
    }),
    async kill() {
      const old = node;
      node = null;
      for (const connection of old?.getConnections() ?? []) connection.abort(new Error('Killed.'));
      await old?.stop();
    },
    async start() {
      node = await make();
    },
  };
  return relay;
}

const down = () => new WeftError('mesh/relay-unreachable', 'It is down.', { retryable: true });

export interface TestHost extends RunningMeshHost {
  readonly signer: NodeSigner;
  /** Of the page that is not there. */
  wake(): void;
}

/** A host that has asked this relay to let it in. */
export async function createTestHost(
  relay: TestRelay,
  { privateKey = secp256k1.utils.randomSecretKey(), ...deps }: Partial<MeshHostDeps> & { privateKey?: Uint8Array } = {},
): Promise<TestHost> {
  const signer = signerOf(privateKey);
  let onWake: () => void = () => undefined;
  const host = await createMeshHost(
    { privateKey, software: 'test', webRtc: false },
    {
      signer,
      door: () => relay.door(signer.address),
      guardIce: () => () => undefined,
      watchLifecycle(lifecycle) {
        onWake = lifecycle.onWake;
        return () => undefined;
      },
      nowMs: Date.now,
      random: Math.random,
      ...deps,
    },
  );
  host.join({ url: relay.url, known: null, invite: null });
  return Object.assign(host, { signer, wake: () => onWake() });
}

/** Resolves with the first state that fits, from now on. */
export function untilState(host: RunningMeshHost, fits: (state: MeshState) => boolean): Promise<MeshState> {
  return new Promise((resolve) => {
    if (fits(host.state)) {
      resolve(host.state);
      return;
    }
    const stop = host.subscribe((state) => {
      if (!fits(state)) return;
      stop();
      resolve(state);
    });
  });
}

export const isReady = (state: MeshState) => state.relays.some(({ phase }) => phase === 'ready');
