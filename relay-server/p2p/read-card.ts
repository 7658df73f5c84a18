import { addressOfPeer } from '../../src/mesh/host/peer-address.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import { openCard } from '../../src/protocol/mesh/capability-card.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';

/** A card that `sender` made of itself: signed by the key of its peer id. Throws mesh/bad-message, eip712/bad-signature. */
export function readCard(sealed: Uint8Array, sender: string, nowS: number): CapabilityCard {
  const card = openCard(sealed, nowS);
  if (card.peerId !== sender || addressOfPeer(card.peerId) !== card.address) {
    throw new WeftError('mesh/bad-message', 'The card of a node names another node.');
  }
  return card;
}
