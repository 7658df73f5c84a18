import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { addressField } from '../../src/protocol/mesh/fields.ts';
import { wholeColumn } from '../database/database.ts';
import type { Database } from '../database/database.ts';
import type { Admission } from '../p2p/admission.ts';
import type { Session } from './session.ts';
import { MAX_SESSIONS } from './constants.ts';

/** Who is let in now, in memory for the gater and in the database for the next start. */
export interface Sessions extends Admission {
  /** How many were ended by hand: what was read before may still hold them. */
  readonly endings: number;
  sessionOf(address: Address): Session | null;
  /** Throws mesh/relay-full. To be called before anything is written. */
  requireRoom(address: Address): void;
  /** Takes over what was written to the database. */
  begin(address: Address, session: Session): void;
  /** Ends one at once; its row is deleted already. */
  end(address: Address): void;
  /** Reads the database anew and ends what has run out or was ended by another relay. */
  refresh(): Promise<void>;
}

const rowSchema = v.object({
  address: addressField,
  role: v.picklist(['member', 'admin']),
  expires_at: wholeColumn,
});

export function createSessions(deps: { readonly database: Database; readonly nowS: () => number }): Sessions {
  const { database, nowS } = deps;
  const open = new Map<Address, Session & { readonly order: number }>();
  const listeners = new Set<(address: Address) => void>();
  let order = 0;
  let endings = 0;

  const sessionOf = (address: Address): Session | null => {
    const session = open.get(address);
    if (session === undefined || session.expiresAt <= nowS()) return null;
    return { role: session.role, expiresAt: session.expiresAt };
  };
  const drop = (address: Address) => {
    if (!open.delete(address)) return;
    for (const listener of [...listeners]) listener(address);
  };

  return {
    get endings() {
      return endings;
    },
    sessionOf,
    isAdmitted: (address) => sessionOf(address) !== null,
    onEnded(listener) {
      const entry = (address: Address) => listener(address);
      listeners.add(entry);
      return () => void listeners.delete(entry);
    },
    requireRoom(address) {
      if (open.size < MAX_SESSIONS || open.has(address)) return;
      throw new WeftError('mesh/relay-full', `This relay has ${MAX_SESSIONS} members at once and takes no more.`, {
        hints: ['Try again later, or ask whoever runs it for a second relay.'],
        retryable: true,
      });
    },
    begin(address, { role, expiresAt }) {
      open.set(address, { role, expiresAt, order: ++order });
    },
    end(address) {
      endings++;
      drop(address);
    },
    async refresh() {
      for (const [address, { expiresAt }] of open) if (expiresAt <= nowS()) drop(address);
      const [orderBefore, endingsBefore] = [order, endings];
      const rows = await database.rows(
        rowSchema,
        `select s.address, m.role, s.expires_at from weft.sessions s join weft.members m on m.address = s.address
          where s.expires_at > $1 and not m.is_blocked order by s.expires_at desc limit $2`,
        [nowS(), MAX_SESSIONS],
      );
      if (endings !== endingsBefore) return;
      const read = new Map(rows.map((row) => [row.address, row]));
      for (const [address, session] of open) {
        // Begun since the question was asked: the answer cannot know it.
        if (session.order > orderBefore) continue;
        if (!read.has(address)) drop(address);
      }
      for (const { address, role, expires_at: expiresAt } of rows) {
        const known = open.get(address);
        if (known !== undefined && known.order > orderBefore) continue;
        if (known === undefined && open.size >= MAX_SESSIONS) continue;
        open.set(address, { role, expiresAt, order: orderBefore });
      }
    },
  };
}
