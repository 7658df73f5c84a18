import * as v from 'valibot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import { onEachDatabase } from '../database/each-database.fixture.ts';
import type { Database } from '../database/database.ts';
import { wholeColumn } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { MAX_MEMBERS, SESSION_S } from './constants.ts';
import type { Policy } from './policy.ts';
import { randomSigner, startTestRelay } from './relay.fixture.ts';
import type { Clock, TestRelay } from './relay.fixture.ts';

onEachDatabase((init) => {
  let database: Database;
  let relay: TestRelay;
  let clock: Clock;
  const relayKey = randomSigner();
  const [admin, ann, ben] = [randomSigner(), randomSigner(), randomSigner()];
  const start = async (policy: Policy) => (relay = await startTestRelay({ policy, relay: relayKey, clock }, database));
  const restart = async (policy: Policy) => {
    await relay.stop();
    return start(policy);
  };
  /** Makes the first admin by the link that the start prints. */
  const adminClient = async () => {
    const text = await relay.members.firstAdminInvite();
    await relay.client(admin).session(text);
    return relay.client(admin);
  };

  beforeEach(async () => {
    clock = { nowS: 1_700_000_000 };
    database = await openDatabase(init(), { nowS: () => clock.nowS });
    await database.run('delete from weft.members');
    await database.run('delete from weft.invites');
    await database.run('delete from weft.nonces');
  }, 60_000);
  afterEach(async () => {
    await relay.stop();
    await database.close();
  });

  test('makes the bearer of the first link admin, once, and prints no other', async () => {
    await start({ mode: 'invite' });
    const text = await relay.members.firstAdminInvite();
    expect(await relay.client(admin).session(text)).toMatchObject({ role: 'admin', iceServers: [] });
    await expect(relay.client(ann).session(text)).rejects.toMatchObject({ code: 'mesh/invite-used' });
    expect(await relay.members.firstAdminInvite()).toBeNull();
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
  });

  test('forgets who was not seen for longest where it remembers as many as it may, and nobody who was blocked', async () => {
    await start({ mode: 'open' });
    const fill = (isBlocked: boolean) =>
      database.run(
        `insert into weft.members (address, role, via, joined_at, seen_at, is_blocked)
          select '0x' || lpad(to_hex(n), 40, '0'), 'member', 'policy', 0, n, $1 from generate_series(1, $2::int) n
          on conflict (address) do update set is_blocked = $1`,
        [isBlocked, MAX_MEMBERS],
      );
    await fill(false);
    await relay.client(ann).session(null);
    const [first, second] = await database.rows(
      v.object({ seen_at: wholeColumn }),
      'select seen_at from weft.members order by seen_at limit 2',
    );
    expect([first?.seen_at, second?.seen_at]).toEqual([2, 3]);
    await fill(true);
    await expect(relay.client(ben).session(null)).rejects.toMatchObject({ code: 'mesh/relay-full' });
  }, 60_000);

  test('replaces a first link that nobody used', async () => {
    await start({ mode: 'invite' });
    const old = await relay.members.firstAdminInvite();
    const fresh = await relay.members.firstAdminInvite();
    await expect(relay.client(ann).session(old)).rejects.toMatchObject({ code: 'mesh/invite-used' });
    await expect(relay.client(ann).session(fresh)).resolves.toMatchObject({ role: 'admin' });
  });

  test('lets an invitation in as often as it says, and its bearer again without using it up', async () => {
    await start({ mode: 'invite' });
    const { invite } = await (await adminClient()).invite({ uses: 1, expiresInS: 600, role: 'member' });
    await expect(relay.client(ben).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    const { expiresAt } = await relay.client(ann).session(invite);
    expect(expiresAt).toBe(clock.nowS + SESSION_S);
    expect(relay.members.isAdmitted(ann.address)).toBe(true);
    await relay.client(ann).session(invite);
    await relay.client(ann).session(null);
    await expect(relay.client(ben).session(invite)).rejects.toMatchObject({ code: 'mesh/invite-used' });
    expect(relay.members.isAdmitted(ben.address)).toBe(false);
  });

  test('lets only one of many in who use the last place of an invitation at once', async () => {
    await start({ mode: 'invite' });
    const { invite } = await (await adminClient()).invite({ uses: 1, expiresInS: 600, role: 'member' });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => relay.client(randomSigner()).session(invite)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  });

  test('refuses an invitation after its time, an altered one, and that of another relay', async () => {
    await start({ mode: 'invite' });
    const { invite } = await (await adminClient()).invite({ uses: 5, expiresInS: 60, role: 'member' });
    const altered = invite.slice(0, 40) + (invite[40] === 'A' ? 'B' : 'A') + invite.slice(41);
    await expect(relay.client(ann).session(altered)).rejects.toMatchObject({ code: 'mesh/bad-invite' });
    clock.nowS += 60;
    await expect(relay.client(ann).session(invite)).rejects.toMatchObject({ code: 'mesh/invite-expired' });
    await relay.stop();
    relay = await startTestRelay({ policy: { mode: 'invite' }, relay: randomSigner(), clock }, database);
    await expect(relay.client(ann).session(invite)).rejects.toMatchObject({ code: 'mesh/bad-invite' });
  });

  test('keeps sessions over a restart, until they run out', async () => {
    await start({ mode: 'open' });
    await relay.client(ann).session(null);
    await restart({ mode: 'open' });
    expect(relay.members.sessionOf(ann.address)).toEqual({ role: 'member', expiresAt: clock.nowS + SESSION_S });
    clock.nowS += SESSION_S;
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
    await restart({ mode: 'open' });
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
  });

  test('ends the session of a blocked member at once and tells whoever listens', async () => {
    await start({ mode: 'open' });
    const client = await adminClient();
    await relay.client(ann).session(null);
    const ended: Address[] = [];
    relay.members.onEnded((address) => ended.push(address));
    await client.setBlocked(ann.address, true);
    expect(ended).toEqual([ann.address]);
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
    await expect(relay.client(ann).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    await expect(relay.client(ann).status()).rejects.toMatchObject({ code: 'auth/not-a-member' });
    await restart({ mode: 'open' });
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
    await relay.client(admin).setBlocked(ann.address, false);
    await expect(relay.client(ann).session(null)).resolves.toMatchObject({ role: 'member' });
  });

  test('does not let a blocked member in again by an invitation, which stays unused', async () => {
    await start({ mode: 'invite' });
    const client = await adminClient();
    const { invite } = await client.invite({ uses: 2, expiresInS: 600, role: 'member' });
    await relay.client(ann).session(invite);
    await client.setBlocked(ann.address, true);
    await expect(relay.client(ann).session(invite)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    await expect(relay.client(ben).session(invite)).resolves.toMatchObject({ role: 'member' });
  });

  test('ends here what another relay of the same database ended', async () => {
    await start({ mode: 'open' });
    await relay.client(ann).session(null);
    await database.run('delete from weft.sessions where address = $1', [ann.address]);
    await expect.poll(() => relay.members.isAdmitted(ann.address), { timeout: 15_000 }).toBe(false);
  }, 20_000);

  test('tells admins who is a member, and nobody else', async () => {
    await start({ mode: 'open' });
    const client = await adminClient();
    await relay.client(ann).session(null);
    expect(await client.members()).toEqual([
      { address: admin.address, role: 'admin', joinedAtMs: 1.7e12, lastSeenAtMs: 1.7e12, isBlocked: false },
      { address: ann.address, role: 'member', joinedAtMs: 1.7e12, lastSeenAtMs: 1.7e12, isBlocked: false },
    ]);
    await expect(relay.client(ann).members()).rejects.toMatchObject({ code: 'auth/not-admin' });
    await expect(relay.client(ben).members()).rejects.toMatchObject({ code: 'auth/not-a-member' });
    await expect(relay.client(ann).setBlocked(admin.address, true)).rejects.toMatchObject({ code: 'auth/not-admin' });
    await expect(client.setBlocked(admin.address, true)).rejects.toMatchObject({ code: 'app/bad-request' });
    await expect(client.setBlocked(ben.address, true)).rejects.toMatchObject({ code: 'app/bad-request' });
  });

  test('goes by the list alone where there is one, besides admins', async () => {
    await start({ mode: 'allow-list', isQualified: (one) => Promise.resolve(one === ann.address) });
    const client = await adminClient();
    await expect(relay.client(ann).session(null)).resolves.toMatchObject({ role: 'member' });
    await expect(relay.client(ben).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    const wanted = { uses: 1, expiresInS: 600, role: 'member' } as const;
    await expect(client.invite(wanted)).rejects.toMatchObject({ code: 'app/bad-request' });
    await restart({ mode: 'allow-list', isQualified: () => Promise.resolve(false) });
    await expect(relay.client(ann).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    await expect(relay.client(admin).session(null)).resolves.toMatchObject({ role: 'admin' });
  });

  test('no longer lets in by invitation whom an open door once let in', async () => {
    await start({ mode: 'open' });
    await relay.client(ann).session(null);
    await restart({ mode: 'invite' });
    await expect(relay.client(ann).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
  });

  test('lets nobody in while the source of the policy is silent', async () => {
    let answer: () => Promise<boolean> = () => Promise.reject(new WeftError('auth/unavailable', 'Silent.'));
    await start({ mode: 'bonded', isQualified: () => answer() });
    await expect(relay.client(ann).session(null)).rejects.toMatchObject({ code: 'auth/unavailable', retryable: true });
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
    answer = () => Promise.resolve(false);
    await expect(relay.client(ann).session(null)).rejects.toMatchObject({ code: 'mesh/not-admitted' });
    answer = () => Promise.resolve(true);
    await expect(relay.client(ann).session(null)).resolves.toMatchObject({ role: 'member' });
  });
});
