import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import { toHex } from '../../src/protocol/ids.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { INVITE_ID_BYTES, openInvite, sealInvite } from '../../src/protocol/mesh/invite.ts';
import type { Invite } from '../../src/protocol/mesh/invite.ts';
import type { MadeInvite, NewInvite } from '../../src/protocol/mesh/relay-api.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import { wholeColumn } from '../database/database.ts';
import type { Database, Sql } from '../database/database.ts';
import { MAX_OPEN_INVITES } from './constants.ts';

/** Invitations: signed by the relay, their uses counted in its database. */
export interface Invites {
  /** `by`: the admin who asks, or null for the relay itself. Throws app/busy where there are too many. */
  create(sql: Sql, by: Address | null, wanted: NewInvite): Promise<MadeInvite>;
  /** Reads one; throws mesh/bad-invite, mesh/invite-expired. */
  open(text: string): Invite;
  /** Takes one use, within the transaction that lets its bearer in. Throws mesh/invite-expired, mesh/invite-used. */
  redeem(sql: Sql, invite: Invite): Promise<void>;
}

export interface InvitesDeps {
  readonly database: Database;
  readonly relay: NodeSigner;
  readonly nowS: () => number;
  readonly random: (sizeBytes: number) => Uint8Array;
}

const countSchema = v.object({ count: wholeColumn });

export function createInvites({ relay, nowS, random }: Omit<InvitesDeps, 'database'>): Invites {
  return {
    async create(sql, by, { uses, expiresInS, role }) {
      const [open] = await sql.rows(
        countSchema,
        'select count(*) as count from weft.invites where relay = $1 and uses_left > 0 and expires_at > $2',
        [relay.address, nowS()],
      );
      if ((open?.count ?? 0) >= MAX_OPEN_INVITES) {
        throw new WeftError('app/busy', `There are ${MAX_OPEN_INVITES} invitations that nobody used yet.`, {
          hints: ['Make one that several people can use, or wait until the old ones expire.'],
        });
      }
      const id = Uint8Array.from(random(INVITE_ID_BYTES));
      const expiresAt = nowS() + expiresInS;
      await sql.run(
        `insert into weft.invites (id, relay, role, uses_left, expires_at, created_by, created_at)
          values ($1, $2, $3, $4, $5, $6, $7)`,
        [toHex(id), relay.address, role, role === 'admin' ? 1 : uses, expiresAt, by, nowS()],
      );
      const invite = sealInvite({ version: 1, id, relay: relay.address, role, expiresAt }, relay);
      return { invite, expiresAtMs: expiresAt * 1_000 };
    },
    open(text) {
      const invite = openInvite(text, relay.address);
      if (invite.expiresAt <= nowS()) throw expired();
      return invite;
    },
    async redeem(sql, invite) {
      const id = toHex(invite.id);
      const taken = await sql.run(
        `update weft.invites set uses_left = uses_left - 1
          where id = $1 and role = $2 and uses_left > 0 and expires_at > $3`,
        [id, invite.role, nowS()],
      );
      if (taken === 1) return;
      // Used up, or withdrawn: whoever holds the link has to ask for another in either case.
      throw new WeftError('mesh/invite-used', 'This invitation was used as often as it may be.', {
        hints: ['Ask whoever sent it for a new one.'],
      });
    },
  };
}

function expired(): WeftError {
  return new WeftError('mesh/invite-expired', 'This invitation has expired.', {
    hints: ['Ask whoever sent it for a new one.'],
  });
}
