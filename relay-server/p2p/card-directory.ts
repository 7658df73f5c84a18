import type { Address } from '../../src/protocol/ids.ts';
import type { CapabilityCard } from '../../src/protocol/mesh/capability-card.ts';
import { MAX_CARDS } from './constants.ts';

/** The newest card of each member that is there. */
export interface CardDirectory {
  /** Returns whether it is news: one that is not newer than the known one is left out. */
  put(card: CapabilityCard, sealed: Uint8Array): boolean;
  delete(address: Address): void;
  /** Those that still count. */
  cards(): readonly CapabilityCard[];
  /** Those of others that still count, as they were sealed, the newest first. */
  sealedFor(address: Address, limit: number): readonly Uint8Array<ArrayBuffer>[];
}

interface Entry {
  readonly card: CapabilityCard;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

export function createCardDirectory(deps: { readonly nowS: () => number }): CardDirectory {
  const entries = new Map<Address, Entry>();
  const current = (): Entry[] => {
    const now = deps.nowS();
    for (const [address, { card }] of entries) if (card.expiresAt <= now) entries.delete(address);
    return [...entries.values()];
  };
  return {
    put(card, sealed) {
      const known = entries.get(card.address)?.card;
      if (card.expiresAt <= deps.nowS() || (known !== undefined && known.issuedAt >= card.issuedAt)) return false;
      // Behind all others, so that the first is the one that was not heard of for longest.
      entries.delete(card.address);
      // A copy: what it was cut from is larger.
      entries.set(card.address, { card, sealed: Uint8Array.from(sealed) });
      if (entries.size > MAX_CARDS)
        for (const oldest of entries.keys()) {
          entries.delete(oldest);
          break;
        }
      return true;
    },
    delete: (address) => void entries.delete(address),
    cards: () => current().map(({ card }) => card),
    sealedFor: (address, limit) =>
      current()
        .filter(({ card }) => card.address !== address)
        .reverse()
        .slice(0, limit)
        .map(({ sealed }) => sealed),
  };
}
