import type { KnownNode } from '../../src/mesh/host/mesh-host.ts';
import type { GatewayHost } from '../../src/node/gateway/consumer-of-host.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { RelayP2p } from '../p2p/create-relay-p2p.ts';

/** How often somebody who waits for a member looks again. */
const LOOK_EVERY_MS = 250;

/** The members that are here, as the relay's own gateway asks them: nobody before libp2p is up. */
export function createMemberHost(p2p: () => Pick<RelayP2p, 'cards' | 'members'> | null): GatewayHost {
  return {
    nodes: () =>
      (p2p()?.cards() ?? []).map((card): KnownNode => ({
        peer: { peerId: card.peerId, address: card.address },
        card,
        path: 'relay',
        roundTripMs: p2p()?.members.roundTripMs(card.peerId) ?? null,
        score: 0,
      })),
    onNodes(listener) {
      const timer = setInterval(listener, LOOK_EVERY_MS);
      return () => clearInterval(timer);
    },
    async openStream(peerId, protocol, options) {
      const members = p2p()?.members;
      if (members === undefined) throw new WeftError('mesh/peer-lost', 'The relay is starting.', { retryable: true });
      return members.openStream(peerId, protocol, options);
    },
    report: (peerId) => p2p()?.members.report(peerId),
    // The relay keeps no standing beyond whom it sends away.
    praise: () => undefined,
  };
}
