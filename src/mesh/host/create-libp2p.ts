import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { gossipsub } from '@libp2p/gossipsub';
import type { GossipSub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Identify } from '@libp2p/identify';
import type { ConnectionGater, Libp2p } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import type { Ping } from '@libp2p/ping';
import { createLibp2p } from 'libp2p';
import { CARDS_TOPIC, MAX_CARD_BYTES } from '../../protocol/mesh/constants.ts';
import type { IceServer } from '../../protocol/mesh/relay-info.ts';
import { STREAM_WINDOW_BYTES } from '../streams/constants.ts';
import type { Circuit } from './circuit.ts';
import { MAX_CONNECTIONS, PING_WITHIN_MS } from './constants.ts';
import type { RelaySockets } from './relay-sockets.ts';

export type MeshLibp2p = Libp2p<{ identify: Identify; ping: Ping; gossip: GossipSub }>;

export interface Libp2pInit {
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  readonly software: string;
  /** Asked at each WebRTC connection; null: none are made. */
  readonly rtcConfiguration: (() => { readonly iceServers: IceServer[] }) | null;
}

export interface Libp2pDeps {
  readonly sockets: RelaySockets;
  readonly circuit: Circuit;
  readonly gater: ConnectionGater;
}

/** A libp2p node that listens nowhere and announces nothing: its relays know it by its connection to them. */
export async function createMeshLibp2p(init: Libp2pInit, { sockets, circuit, gater }: Libp2pDeps): Promise<MeshLibp2p> {
  const { rtcConfiguration } = init;
  // Read after the guard is in place: the library takes hold of RTCPeerConnection when it is loaded.
  const direct = rtcConfiguration === null ? [] : [(await import('@libp2p/webrtc')).webRTC({ rtcConfiguration })];
  return createLibp2p({
    privateKey: privateKeyFromRaw(init.privateKey),
    nodeInfo: { name: 'weft', version: init.software, userAgent: `weft/${init.software}` },
    addresses: { listen: [], announceFilter: () => [] },
    transports: [sockets.transport, circuit.transport, ...direct],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux({ streamOptions: { maxStreamWindowSize: STREAM_WINDOW_BYTES } })],
    connectionGater: gater,
    connectionManager: {
      maxConnections: MAX_CONNECTIONS,
      // Relays are dialled again by their supervisors, nobody by libp2p itself.
      reconnectRetries: 0,
      // The default asks public DNS servers about addresses that name others.
      resolvers: {},
      // Relayed connections look as if they came from the relay's one address.
      inboundConnectionThreshold: 32,
      maxIncomingPendingConnections: 32,
    },
    connectionMonitor: { pingTimeout: { minTimeout: PING_WITHIN_MS } },
    services: {
      identify: identify(),
      ping: ping(),
      gossip: gossipsub({
        allowedTopics: [CARDS_TOPIC],
        allowPublishToZeroTopicPeers: true,
        fallbackToFloodsub: false,
        maxInboundDataLength: 2 * MAX_CARD_BYTES,
        scoreParams: { IPColocationFactorWeight: 0 },
      }),
    },
  });
}
