import { NONCE_SHARE } from './constants.ts';

/** Nonces that were seen and still count, in bounded memory. */
export interface NonceRoom {
  /** `new`: remembered from now on. `full`: this key has its share, or there is no room. */
  add(address: string, nonce: string, forgetAt: number): 'new' | 'seen' | 'full';
  readonly size: number;
}

export interface NonceRoomInit {
  readonly max: number;
}

export interface NonceRoomDeps {
  /** Seconds since 1970. */
  readonly nowS: () => number;
}

/**
 * No key holds more than a share of what is left, so one that asks without end meets its own bound and not the others'.
 * Nothing that still counts is ever dropped to make room: that would let it be used again.
 */
export function createNonceRoom({ max }: NonceRoomInit, { nowS }: NonceRoomDeps): NonceRoom {
  const byAddress = new Map<string, Map<string, number>>();
  let size = 0;
  let sweepAt = 0;

  const sweep = (now: number) => {
    if (now < sweepAt) return;
    sweepAt = now + 1;
    for (const [address, nonces] of byAddress) {
      for (const [nonce, forgetAt] of nonces) {
        if (forgetAt > now) continue;
        nonces.delete(nonce);
        size--;
      }
      if (nonces.size === 0) byAddress.delete(address);
    }
  };

  return {
    get size() {
      return size;
    },
    add(address, nonce, forgetAt) {
      const now = nowS();
      const own = byAddress.get(address);
      const known = own?.get(nonce);
      if (known !== undefined && known > now) return 'seen';
      const hasRoom = () => (byAddress.get(address)?.size ?? 0) < Math.ceil((max - size) * NONCE_SHARE);
      if (!hasRoom()) sweep(now);
      if (!hasRoom()) return 'full';
      const nonces = byAddress.get(address) ?? new Map<string, number>();
      byAddress.set(address, nonces);
      // One that has expired and was not swept yet is counted already.
      if (!nonces.has(nonce)) size++;
      nonces.set(nonce, forgetAt);
      return 'new';
    },
  };
}
