import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import { toHex } from '../../src/protocol/ids.ts';
import type { Authorized } from '../../src/protocol/mesh/authorization.ts';
import { wholeColumn } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import { MAX_MEMBER_NONCES, MAX_STRANGER_NONCES } from './constants.ts';
import { createNonceRoom } from './nonce-room.ts';

/** Lets each signed request count once, also after a restart and whichever relay of a database it reaches. */
export interface Nonces {
  /** Throws auth/replayed; auth/rate-limited where this key has sent too many; auth/unavailable. */
  use(request: Authorized, isMember: boolean): Promise<void>;
}

export interface NoncesDeps {
  readonly database: Database;
  readonly nowS: () => number;
}

/** Members and strangers have rooms of their own: keys cost nothing, so strangers could fill any common one. */
export function createNonces({ database, nowS }: NoncesDeps): Nonces {
  const ofMembers = createNonceRoom({ max: MAX_MEMBER_NONCES }, { nowS });
  const ofStrangers = createNonceRoom({ max: MAX_STRANGER_NONCES }, { nowS });
  return {
    async use({ address, nonce, forgetAt }, isMember) {
      const text = toHex(nonce);
      const outcome = (isMember ? ofMembers : ofStrangers).add(address, text, forgetAt);
      if (outcome === 'full') {
        throw new WeftError('auth/rate-limited', 'Too many signed requests came within a minute.', {
          hints: ['Wait a minute, then try again.'],
          retryable: true,
        });
      }
      const stored =
        outcome === 'new' &&
        (await database.rows(
          v.object({ forget_at: wholeColumn }),
          `insert into weft.nonces (address, nonce, forget_at) values ($1, $2, $3)
            on conflict do nothing returning forget_at`,
          [address, text, forgetAt],
        ));
      if (stored !== false && stored.length === 1) return;
      throw new WeftError('auth/replayed', 'This request came before. Each one counts once.', {
        hints: ['Try again: a new request is signed anew.'],
      });
    },
  };
}
