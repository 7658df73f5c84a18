import { setTimeout as sleep } from 'node:timers/promises';
import { noise } from '@libp2p/noise';
import { yamux } from '@libp2p/yamux';
import { RELAY_V2_STOP_CODEC } from '@libp2p/circuit-relay-v2';
import { privateKeyFromRaw } from '@libp2p/crypto/keys';
import { TopicValidatorResult } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { Connection, Libp2p, PeerId } from '@libp2p/interface';
import { ping } from '@libp2p/ping';
import { webSockets } from '@libp2p/websockets';
import { createLibp2p } from 'libp2p';
import type { Address } from '../../src/protocol/ids.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import { CARDS_TOPIC, HELLO_PROTOCOL } from '../../src/protocol/mesh/constants.ts';
import { createAccounts } from './accounts.ts';
import type { Admission } from './admission.ts';
import { createCardDesk } from './card-desk.ts';
import { createCardDirectory } from './card-directory.ts';
import * as limits from './constants.ts';
import { endSocketOnAbort } from './end-socket.ts';
import { createHelloService } from './hello-service.ts';
import { createMemberStreams } from './member-streams.ts';
import type { MemberStreams } from './member-streams.ts';
import { createNewcomers } from './newcomers.ts';
import { createOffences } from './offences.ts';
import { places, cardGossip } from './services.ts';

export interface RelayP2pInit {
  /** 32 bytes, secp256k1. */
  readonly privateKey: Uint8Array;
  /** Of the software; any node that connects may know it. */
  readonly version: string;
  /** Other limits than {@link limits} (tests). */
  readonly circuitMs?: number;
  readonly circuitBytes?: bigint;
}

export interface RelayP2pDeps {
  readonly admission: Admission;
  readonly nowMs: () => number;
}

/** What goes on, in numbers. */
export interface RelayP2pCounts {
  readonly connections: number;
  /** Of members; another may have no place and be here all the same. */
  readonly members: number;
  readonly reservations: number;
  /** Relayed connections that are open. */
  readonly circuits: number;
  readonly cards: number;
  /** Since the start. */
  readonly offences: number;
}

/** The relay's libp2p node. It listens on loopback only, behind the server's one port, and never dials. */
export interface RelayP2p {
  /** Port of the WebSocket on loopback. */
  readonly port: number;
  /** Cards of members that still count. */
  cards(): readonly CapabilityCard[];
  counts(): RelayP2pCounts;
  /** For the relay's own gateway. */
  readonly members: MemberStreams;
  /** Gives no more places and opens no more relayed connections; resolves when the open ones have ended, or at the signal. */
  drain(signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the node. */
export async function createRelayP2p(init: RelayP2pInit, { admission, nowMs }: RelayP2pDeps): Promise<RelayP2p> {
  const { circuitMs = limits.CIRCUIT_MS, circuitBytes = limits.CIRCUIT_BYTES } = init;
  const nowS = () => nowMs() / 1_000;
  const offences = createOffences({ nowS });
  const directory = createCardDirectory({ nowS });
  const accounts = createAccounts();
  let isDraining = false;

  const memberOf = (peer: PeerId): Address | null => {
    const address = offences.isBanned(peer.toString()) ? null : accounts.of(peer);
    return address !== null && admission.isAdmitted(address) ? address : null;
  };
  const isMember = (peer: PeerId) => memberOf(peer) !== null;
  const newcomers = createNewcomers({ isAdmitted: ({ remotePeer }) => isMember(remotePeer), nowMs });
  const desk = createCardDesk({ directory, isAdmitted: (address) => admission.isAdmitted(address), nowS });

  let port = 0;
  const libp2p = await createLibp2p({
    start: false,
    privateKey: privateKeyFromRaw(init.privateKey),
    nodeInfo: { name: 'weft-relay', version: init.version },
    addresses: {
      listen: ['/ip4/127.0.0.1/tcp/0/ws'],
      // Nodes know the way they came by; the one on loopback is nobody's but this server's.
      announceFilter: () => [],
    },
    transports: [webSockets()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionManager: {
      maxConnections: limits.MAX_CONNECTIONS,
      // Fewer, and whoever opens WebSockets and says nothing would keep all others out.
      maxIncomingPendingConnections: limits.MAX_CONNECTIONS,
      // All come from loopback; how many one visitor may open is for the server's port to say.
      inboundConnectionThreshold: limits.MAX_CONNECTIONS,
    },
    connectionGater: {
      denyInboundConnection: (connection) => {
        endSocketOnAbort(connection);
        return false;
      },
      denyDialPeer: () => true,
      denyDialMultiaddr: () => true,
      denyInboundRelayReservation: (source) => isDraining || !isMember(source),
      denyOutboundRelayedConnection: (source, destination) => isDraining || !isMember(source) || !isMember(destination),
    },
    services: {
      identify: identify(),
      ping: ping(),
      gossip: cardGossip((connection) => newcomers.whenAdmitted(connection)),
      relay: places({ circuitMs, circuitBytes }, ({ remotePeer }) => isMember(remotePeer)),
    },
  });
  const { gossip, relay } = libp2p.services;

  const giveUpPlace = (peer: PeerId) => {
    // Its timer would end the place that the same node has by then.
    relay.reservations.get(peer)?.signal.clear();
    relay.reservations.delete(peer);
  };
  const sendAway = (peer: PeerId) => {
    giveUpPlace(peer);
    for (const connection of libp2p.getConnections(peer)) {
      connection.abort(new Error('This relay serves its members.'));
    }
  };
  const report = (peer: PeerId) => {
    if (offences.report(peer.toString())) sendAway(peer);
  };
  const forget = (peer: PeerId) => {
    // A place of who is gone keeps others out.
    giveUpPlace(peer);
    const address = accounts.of(peer);
    if (address !== null) directory.delete(address);
    accounts.forget(peer);
  };

  gossip.topicValidators.set(CARDS_TOPIC, async (bringer, message) => {
    if (message.type !== 'signed') return TopicValidatorResult.Reject;
    const verdict = await desk.receive(message.data, message.from.toString(), bringer.toString());
    if (verdict === 'accept') return TopicValidatorResult.Accept;
    if (verdict === 'ignore') return TopicValidatorResult.Ignore;
    report(bringer);
    return TopicValidatorResult.Reject;
  });
  await libp2p.handle(
    HELLO_PROTOCOL,
    createHelloService({ memberOf: ({ remotePeer }) => memberOf(remotePeer), desk, directory, report }),
    { maxInboundStreams: limits.MAX_HELLOS_AT_ONCE },
  );
  libp2p.addEventListener('transport:listening', ({ detail }) => {
    for (const ma of detail.getAddrs()) port = Number(ma.getComponents().find(({ name }) => name === 'tcp')?.value);
  });
  libp2p.addEventListener('connection:open', ({ detail }) => {
    const peer = detail.remotePeer;
    const isOneTooMany = libp2p.getConnections(peer).length > limits.MAX_CONNECTIONS_PER_PEER;
    if (offences.isBanned(peer.toString()) || isOneTooMany) sendAway(peer);
    else newcomers.watch(detail);
  });
  libp2p.addEventListener('connection:close', ({ detail }) => newcomers.forget(detail));
  libp2p.addEventListener('peer:disconnect', ({ detail }) => forget(detail));
  await libp2p.start();
  gossip.subscribe(CARDS_TOPIC);

  const stopListening = admission.onEnded((address) => {
    directory.delete(address);
    for (const peer of libp2p.getPeers()) if (accounts.of(peer) === address) sendAway(peer);
  });
  const sweep = setInterval(() => void forgetStrangers(libp2p), limits.SWEEP_MS);

  const circuits = () => libp2p.getConnections().reduce((sum, connection) => sum + circuitsTo(connection), 0);
  return {
    port,
    cards: () => directory.cards(),
    members: createMemberStreams({ libp2p, memberOf, report }),
    counts: () => ({
      connections: libp2p.getConnections().length,
      members: libp2p.getPeers().filter(isMember).length,
      reservations: relay.reservations.size,
      circuits: circuits(),
      cards: directory.cards().length,
      offences: offences.count,
    }),
    async drain(signal) {
      isDraining = true;
      while (circuits() > 0 && !signal.aborted) await sleep(limits.DRAIN_LOOK_MS);
    },
    async stop() {
      stopListening();
      clearInterval(sweep);
      newcomers.stop();
      await libp2p.stop();
    },
  };
}

/** libp2p remembers every node that it ever met. */
async function forgetStrangers(libp2p: Libp2p) {
  try {
    for (const { id } of await libp2p.peerStore.all()) {
      if (!id.equals(libp2p.peerId) && libp2p.getConnections(id).length === 0) await libp2p.peerStore.delete(id);
    }
  } catch {
    // The node is being stopped; what it remembers goes with it.
  }
}

/** Each relayed connection is one stream from the relay to the node that was called. */
function circuitsTo(connection: Connection): number {
  return connection.streams.filter(
    ({ protocol, direction }) => protocol === RELAY_V2_STOP_CODEC && direction === 'outbound',
  ).length;
}
