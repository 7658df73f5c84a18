import { randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { addressField } from '../../src/protocol/mesh/fields.ts';
import type { Invite } from '../../src/protocol/mesh/invite.ts';
import type { AdmissionMode } from '../../src/protocol/mesh/relay-info.ts';
import { MAX_LISTED_MEMBERS } from '../../src/protocol/mesh/relay-api.ts';
import type { MadeInvite, NewInvite, RelayMember } from '../../src/protocol/mesh/relay-api.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import { wholeColumn } from '../database/database.ts';
import type { Database, Sql } from '../database/database.ts';
import type { Admission } from '../p2p/admission.ts';
import type { Session } from './session.ts';
import { ADMIN_INVITE_S, MAX_MEMBERS, REFRESH_MS, SESSION_S, SWEEP_MS } from './constants.ts';
import { createInvites } from './invites.ts';
import { countsInvites, policyAllows } from './policy.ts';
import type { Policy } from './policy.ts';
import { createSessions } from './sessions.ts';
import { forget } from './forget.ts';
import { startRounds } from './rounds.ts';

/** Who belongs to a relay and who is let in now. Throws auth/unavailable where the database or the policy's source is silent. */
export interface Members extends Admission {
  readonly mode: AdmissionMode;
  sessionOf(address: Address): Session | null;
  /**
   * Begins or renews a session. Throws mesh/not-admitted (also for who is blocked), mesh/bad-invite, mesh/invite-expired,
   * mesh/invite-used, mesh/relay-full.
   */
  admit(address: Address, invite: string | null): Promise<Session>;
  /** Whether an account could be let in without an invitation: what its keys for tools depend on. */
  isMember(address: Address): Promise<boolean>;
  /** Throws app/bad-request where invitations let nobody in under this policy, app/busy. */
  invite(by: Address, wanted: NewInvite): Promise<MadeInvite>;
  /** Admins, then the last seen; at most {@link MAX_LISTED_MEMBERS}. */
  list(): Promise<readonly RelayMember[]>;
  /** Blocking ends the session at once. Throws app/bad-request for oneself and for who is no member. */
  setBlocked(by: Address, address: Address, isBlocked: boolean): Promise<void>;
  /** The text of an invitation for the first admin; null where there is an admin. A later one replaces an unused one. */
  firstAdminInvite(): Promise<string | null>;
  stop(): Promise<void>;
}

export interface MembersInit {
  readonly policy: Policy;
}

export interface MembersDeps {
  readonly database: Database;
  /** The relay's key, which signs invitations. */
  readonly relay: NodeSigner;
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
}

const role = v.picklist(['member', 'admin']);
const standingSchema = v.object({ role, via: v.picklist(['policy', 'invite']), is_blocked: v.boolean() });
type Standing = v.InferOutput<typeof standingSchema>;
const memberSchema = v.object({
  address: addressField,
  role,
  joined_at: wholeColumn,
  seen_at: v.nullable(wholeColumn),
  is_blocked: v.boolean(),
});
const countSchema = v.object({ count: wholeColumn });

/** Opens the list of members and takes up the sessions that still count. */
export async function openMembers({ policy }: MembersInit, deps: MembersDeps): Promise<Members> {
  const { database, relay, nowS } = deps;
  const sessions = createSessions({ database, nowS });
  const invites = createInvites({ relay, nowS, random: randomBytes });
  await sessions.refresh();
  const rounds = startRounds([
    { everyMs: REFRESH_MS, run: () => sessions.refresh() },
    { everyMs: SWEEP_MS, run: () => forget(database, nowS()) },
  ]);

  /** Null: not let in. What an invitation gives is taken from it here. */
  const settle = async (sql: Sql, address: Address, invite: Invite | null, isAllowed: boolean) => {
    const known = await standingOf(sql, address, true);
    if (known?.is_blocked === true) return null;
    const makesAdmin = invite?.role === 'admin' && known?.role !== 'admin';
    if (!makesAdmin && (isAllowed || stands(policy, known))) {
      return { role: known?.role ?? 'member', via: known?.via ?? 'policy', isNew: known === null } as const;
    }
    if (invite === null || !(invite.role === 'admin' || countsInvites(policy))) return null;
    await invites.redeem(sql, invite);
    return { role: invite.role, via: 'invite', isNew: known === null } as const;
  };

  return {
    mode: policy.mode,
    sessionOf: (address) => sessions.sessionOf(address),
    isAdmitted: (address) => sessions.isAdmitted(address),
    onEnded: (listener) => sessions.onEnded(listener),

    async admit(address, text) {
      const invite = text === null ? null : invites.open(text);
      const isAllowed = await allows(database, policy, address, invite);
      sessions.requireRoom(address);
      const expiresAt = nowS() + SESSION_S;
      const { endings } = sessions;
      const settled = await database.transaction(async (sql) => {
        const granted = await settle(sql, address, invite, isAllowed);
        if (granted === null) return null;
        if (granted.isNew) await requireRoom(sql);
        await sql.run(
          `insert into weft.members (address, role, via, joined_at, seen_at) values ($1, $2, $3, $4, $4)
            on conflict (address) do update set role = $2, via = $3, seen_at = $4`,
          [address, granted.role, granted.via, nowS()],
        );
        await sql.run(
          `insert into weft.sessions (address, expires_at) values ($1, $2)
            on conflict (address) do update set expires_at = $2`,
          [address, expiresAt],
        );
        return granted;
      });
      if (settled === null) throw notAdmitted();
      const session = { role: settled.role, expiresAt };
      sessions.begin(address, session);
      // An admin may have blocked somebody between the database's answer and now.
      if (sessions.endings !== endings) {
        await sessions.refresh();
        if (!sessions.isAdmitted(address)) throw notAdmitted();
      }
      return session;
    },

    async isMember(address) {
      const known = await standingOf(database, address, false);
      if (known === null || known.is_blocked) return false;
      return stands(policy, known) || (await policyAllows(policy, address));
    },

    async invite(by, wanted) {
      if (wanted.role === 'member' && !countsInvites(policy)) {
        throw new WeftError('app/bad-request', 'This relay does not let members in by invitation.', {
          hints: [
            policy.mode === 'allow-list'
              ? 'Add the address to the list in WEFT_ALLOW.'
              : 'Whoever wants to join needs a bond or tokens on the chain.',
          ],
        });
      }
      return database.transaction((sql) => invites.create(sql, by, wanted));
    },

    async list() {
      const rows = await database.rows(
        memberSchema,
        `select address, role, joined_at, seen_at, is_blocked from weft.members
          order by role, coalesce(seen_at, 0) desc, address limit $1`,
        [MAX_LISTED_MEMBERS],
      );
      return rows.map((row) => ({
        address: row.address,
        role: row.role,
        joinedAtMs: row.joined_at * 1_000,
        lastSeenAtMs: row.seen_at === null ? null : row.seen_at * 1_000,
        isBlocked: row.is_blocked,
      }));
    },

    async setBlocked(by, address, isBlocked) {
      if (by === address) throw new WeftError('app/bad-request', 'An admin cannot block their own node.');
      await database.transaction(async (sql) => {
        const changed = await sql.run('update weft.members set is_blocked = $2 where address = $1', [
          address,
          isBlocked,
        ]);
        if (changed === 0) throw new WeftError('app/bad-request', 'This node was never a member of this relay.');
        if (isBlocked) await sql.run('delete from weft.sessions where address = $1', [address]);
      });
      if (isBlocked) sessions.end(address);
    },

    firstAdminInvite: () =>
      database.transaction(async (sql) => {
        const [admins] = await sql.rows(
          countSchema,
          "select count(*) as count from weft.members where role = 'admin' and not is_blocked",
        );
        if ((admins?.count ?? 0) > 0) return null;
        await sql.run("delete from weft.invites where relay = $1 and role = 'admin'", [relay.address]);
        const made = await invites.create(sql, null, { uses: 1, expiresInS: ADMIN_INVITE_S, role: 'admin' });
        return made.invite;
      }),

    stop: () => rounds.stop(),
  };
}

/** An admin by name; a member by invitation where those count. */
function stands(policy: Policy, known: Standing | null): boolean {
  return known !== null && (known.role === 'admin' || (known.via === 'invite' && countsInvites(policy)));
}

/** The policy's word, which admins and those who become one do not need. */
async function allows(database: Database, policy: Policy, address: Address, invite: Invite | null): Promise<boolean> {
  if ('isQualified' in policy) {
    const known = await standingOf(database, address, false);
    if (known?.role === 'admin' || invite?.role === 'admin') return false;
  }
  return policyAllows(policy, address);
}

async function standingOf(sql: Sql, address: Address, isLocked: boolean): Promise<Standing | null> {
  const [row] = await sql.rows(
    standingSchema,
    `select role, via, is_blocked from weft.members where address = $1${isLocked ? ' for update' : ''}`,
    [address],
  );
  return row ?? null;
}

async function requireRoom(sql: Sql): Promise<void> {
  const [all] = await sql.rows(countSchema, 'select count(*) as count from weft.members');
  if ((all?.count ?? 0) < MAX_MEMBERS) return;
  // Keys cost nothing: who came once and went must not keep others out for a month.
  const forgotten = await sql.run(
    `delete from weft.members where address = (
      select address from weft.members
        where via = 'policy' and role = 'member' and not is_blocked
          and address not in (select member from weft.api_keys) and address not in (select address from weft.sessions)
        order by seen_at limit 1)`,
  );
  if (forgotten === 1) return;
  throw new WeftError('mesh/relay-full', `This relay remembers ${MAX_MEMBERS} members and takes no new ones.`, {
    hints: ['Ask whoever runs it for another relay.'],
  });
}

/** The same for who is unknown and who is blocked. */
function notAdmitted(): WeftError {
  return new WeftError('mesh/not-admitted', 'This relay does not let this node in.', {
    hints: ['Ask whoever runs the relay for an invitation.'],
  });
}
