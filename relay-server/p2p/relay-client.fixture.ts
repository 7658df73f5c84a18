import { circuitRelayTransport } from '@libp2p/circuit-relay-v2';
import { generateKeyPair, privateKeyFromRaw } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { webSockets } from '@libp2p/websockets';
import { yamux } from '@libp2p/yamux';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { setTimeout as sleep } from 'node:timers/promises';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import { sealCard } from '../../src/protocol/mesh/capability-card.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import type { Admission } from './admission.ts';

/** Who is let in is for a test to say. */
export function createTestAdmission() {
  const admitted = new Set<Address>();
  const listeners = new Set<(address: Address) => void>();
  const admission: Admission = {
    isAdmitted: (address) => admitted.has(address),
    onEnded(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    ...admission,
    admit: (address: Address) => void admitted.add(address),
    end(address: Address) {
      admitted.delete(address);
      for (const listener of listeners) listener(address);
    },
  };
}

export interface TestNode {
  readonly privateKey: Uint8Array;
  readonly libp2p: Awaited<ReturnType<typeof startLibp2p>>;
  readonly signer: NodeSigner;
  readonly card: (changes?: Partial<CapabilityCard>) => Uint8Array<ArrayBuffer>;
}

/** A libp2p node as any client of the relay has one, on websockets and circuits alone. */
export async function startTestNode(privateKey: Uint8Array = secp256k1.utils.randomSecretKey()): Promise<TestNode> {
  const libp2p = await startLibp2p(privateKey);
  const signer: NodeSigner = {
    address: addressOf(secp256k1.getPublicKey(privateKey)),
    sign: (digest) => signDigest(digest, privateKey),
  };
  const card = (changes: Partial<CapabilityCard> = {}) => {
    const { issuedAt = Math.floor(Date.now() / 1_000) } = changes;
    return sealCard(
      {
        version: 1,
        address: signer.address,
        peerId: libp2p.peerId.toString(),
        roles: ['consumer'],
        issuedAt,
        expiresAt: issuedAt + 60,
        models: [],
        load: { running: 0, waiting: 0, limit: 0 },
        isAccepting: true,
        software: 'test',
        ...changes,
      },
      signer,
    );
  };
  return { privateKey, libp2p, signer, card };
}

/** One whose key is no account's. */
export async function startForeignNode() {
  const { raw } = await generateKeyPair('Ed25519');
  return startLibp2p(raw);
}

/** Connects, asks for a place and waits until it counts. */
export async function reserveAt(libp2p: TestNode['libp2p'], relay: Multiaddr) {
  const connection = await libp2p.dial(relay);
  const place = multiaddr(`${relay.toString()}/p2p/${connection.remotePeer.toString()}/p2p-circuit`);
  // libp2p listens at addresses that it is told later by its inner parts only.
  const { transportManager } = (libp2p as unknown as { components: { transportManager: TransportManager } }).components;
  await transportManager.listen([place]);
  while (libp2p.getMultiaddrs().length === 0) await sleep(20);
  return { connection, at: multiaddr(`${place.toString()}/p2p/${libp2p.peerId.toString()}`) };
}

interface TransportManager {
  listen(at: readonly Multiaddr[]): Promise<void>;
}

function startLibp2p(privateKey: Uint8Array) {
  return createLibp2p({
    privateKey: privateKeyFromRaw(privateKey),
    addresses: { listen: [] },
    transports: [webSockets(), circuitRelayTransport()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: { denyDialMultiaddr: () => false },
    services: {
      identify: identify(),
      ping: ping(),
      gossip: gossipsub({ allowPublishToZeroTopicPeers: true, fallbackToFloodsub: false }),
    },
  });
}
