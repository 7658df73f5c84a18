import { circuitRelayServer } from '@libp2p/circuit-relay-v2';
import type { CircuitRelayService } from '@libp2p/circuit-relay-v2';
import { gossipsub } from '@libp2p/gossipsub';
import type { GossipSub, GossipSubComponents } from '@libp2p/gossipsub';
import type { Connection } from '@libp2p/interface';
import { CARDS_TOPIC, MAX_CARD_BYTES } from '../../src/protocol/mesh/constants.ts';
import * as limits from './constants.ts';
import { deniesStrangers, membersOnly } from './members-only.ts';

/** Gossip of cards, among members only. */
export function cardGossip(
  whenAdmitted: (connection: Connection) => Promise<boolean>,
): (components: GossipSubComponents) => GossipSub {
  const create = gossipsub({
    allowedTopics: [CARDS_TOPIC],
    allowPublishToZeroTopicPeers: true,
    fallbackToFloodsub: false,
    maxInboundDataLength: 8 * MAX_CARD_BYTES,
    maxInboundStreams: 4,
    maxOutboundStreams: 4,
    // All come from loopback: that many share an address means nothing here.
    scoreParams: { IPColocationFactorWeight: 0 },
  });
  // libp2p's components are no plain object, so each is named.
  return ({ privateKey, peerId, peerStore, registrar, connectionManager, logger }) =>
    create({
      privateKey,
      peerId,
      peerStore,
      connectionManager,
      logger,
      registrar: membersOnly(registrar, whenAdmitted),
    });
}

type CircuitComponents = Parameters<ReturnType<typeof circuitRelayServer>>[0];

export interface PlacesInit {
  readonly circuitMs: number;
  readonly circuitBytes: bigint;
}

/** Places under which members can be called, and the relayed connections to them. */
export function places(
  { circuitMs, circuitBytes }: PlacesInit,
  isAdmitted: (connection: Connection) => boolean,
): (components: CircuitComponents) => CircuitRelayService {
  const create = circuitRelayServer({
    maxInboundHopStreams: limits.MAX_CIRCUITS_PER_PEER,
    maxOutboundStopStreams: limits.MAX_CIRCUITS_TO_PEER,
    reservations: {
      maxReservations: limits.MAX_RESERVATIONS,
      reservationTtl: limits.RESERVATION_TTL_MS,
      defaultDurationLimit: circuitMs,
      defaultDataLimit: circuitBytes,
    },
  });
  return (components) => {
    const { peerStore, addressManager, peerId, privateKey, registrar, connectionManager, connectionGater, logger } =
      components;
    return create({
      peerStore,
      addressManager,
      peerId,
      privateKey,
      connectionManager,
      connectionGater,
      logger,
      registrar: deniesStrangers(registrar, isAdmitted),
    });
  };
}
