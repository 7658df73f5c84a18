import { WeftError } from '../../protocol/errors.ts';
import { openCard } from '../../protocol/mesh/capability-card.ts';
import type { CapabilityCard } from '../../protocol/mesh/capability-card.ts';
import { MAX_NODES } from './constants.ts';
import { addressOfPeer } from './peer-address.ts';

/** Whose cards are known. */
export interface Directory {
  /**
   * Reads a sealed card and keeps it. Returns whether it is news: null for a card that does not count now, is no newer than
   * the known one, or is this node's own. So is that of a node which no relay has told of and which did not bring it
   * itself: keys cost nothing, and a member could name so many that the others are forgotten. Throws mesh/bad-message and
   * eip712/bad-signature for one that nobody honest sends.
   */
  receive(sealed: Uint8Array, bringer: string): CapabilityCard | null;
  delete(peerId: string): void;
  has(peerId: string): boolean;
  /** The newest first. */
  cards(): readonly CapabilityCard[];
  /** Lets go of what has expired; returns whether there was any. */
  sweep(): boolean;
}

interface Entry {
  readonly card: CapabilityCard;
  /** By this node's own clock: two clocks may be two minutes apart, and a card counts for one. */
  readonly untilMs: number;
}

export interface DirectoryDeps {
  readonly self: string;
  /** Relays let members in only, and pass on what members say. */
  readonly isRelay: (peerId: string) => boolean;
  readonly nowMs: () => number;
}

export function createDirectory({ self, isRelay, nowMs }: DirectoryDeps): Directory {
  const entries = new Map<string, Entry>();
  return {
    receive(sealed, bringer) {
      const card = openCard(sealed, nowMs() / 1_000);
      if (addressOfPeer(card.peerId) !== card.address) {
        throw new WeftError('mesh/bad-message', 'The card of a node names the id of another.');
      }
      if (card.peerId === self) return null;
      const known = entries.get(card.peerId);
      if (known === undefined && bringer !== card.peerId && !isRelay(bringer)) return null;
      if (known !== undefined && known.card.issuedAt >= card.issuedAt) return null;
      entries.delete(card.peerId);
      entries.set(card.peerId, { card, untilMs: nowMs() + (card.expiresAt - card.issuedAt) * 1_000 });
      for (const oldest of entries.keys()) {
        if (entries.size <= MAX_NODES) break;
        entries.delete(oldest);
      }
      return card;
    },
    delete: (peerId) => void entries.delete(peerId),
    has: (peerId) => entries.has(peerId),
    cards: () => Array.from(entries.values(), ({ card }) => card).reverse(),
    sweep() {
      const now = nowMs();
      let isAny = false;
      for (const [peerId, { untilMs }] of entries) {
        if (untilMs > now) continue;
        entries.delete(peerId);
        isAny = true;
      }
      return isAny;
    },
  };
}
