import type { PeerId } from '@libp2p/interface';
import { addressOfPeer } from '../../src/mesh/host/peer-address.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { MAX_CONNECTIONS } from './constants.ts';

/** The accounts of those who are connected: a point of the curve is not computed anew for each question. */
export interface Accounts {
  /** Null for a key of another kind: it has no account, so it is no member's. */
  of(peer: PeerId): Address | null;
  forget(peer: PeerId): void;
}

export function createAccounts(): Accounts {
  const known = new Map<string, Address | null>();
  return {
    of(peer) {
      const id = peer.toString();
      const account = known.get(id);
      if (account !== undefined) return account;
      const computed = compute(id);
      // Whom one calls may be anybody's id, so there is no end to them.
      if (known.size >= 2 * MAX_CONNECTIONS) known.clear();
      known.set(id, computed);
      return computed;
    },
    forget: (peer) => void known.delete(peer.toString()),
  };
}

function compute(peerId: string): Address | null {
  try {
    return addressOfPeer(peerId);
  } catch {
    return null;
  }
}
