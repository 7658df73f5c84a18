import type { ConnectionGater } from '@libp2p/interface';

export interface GateDeps {
  /** Of the relays that the person joined, each with its peer id at the end. */
  readonly relayMultiaddrs: () => readonly string[];
  readonly isRelay: (peerId: string) => boolean;
  readonly isBanned: (peerId: string) => boolean;
}

const THROUGH_RELAY = /^\/p2p-circuit(?:\/webrtc)?\/p2p\/[1-9A-Za-z]+$/;

/** Dials joined relays and, through them, their members, and nothing else; who is banned comes in by no door. */
export function createGate({ relayMultiaddrs, isRelay, isBanned }: GateDeps): ConnectionGater {
  const isOurs = (address: string) =>
    relayMultiaddrs().some(
      (relay) =>
        address === relay || (address.startsWith(`${relay}/`) && THROUGH_RELAY.test(address.slice(relay.length))),
    );
  return {
    denyDialPeer: (peer) => isBanned(peer.toString()),
    denyDialMultiaddr: (address) => !isOurs(address.toString()),
    denyInboundRelayedConnection: (relay, peer) => !isRelay(relay.toString()) || isBanned(peer.toString()),
    denyInboundEncryptedConnection: (peer) => isBanned(peer.toString()),
    denyInboundUpgradedConnection: (peer) => isBanned(peer.toString()),
    // What peers say of where they are reached is not kept, so it is never dialled.
    filterMultiaddrForPeer: (_peer, address) => isOurs(address.toString()),
  };
}
