import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Database } from '../database/database.ts';
import * as v from 'valibot';
import { onEachDatabase } from '../database/each-database.fixture.ts';
import { openDatabase } from '../database/open-database.ts';
import { DAY_S, SESSION_S } from './constants.ts';
import { randomSigner, startTestRelay } from './relay.fixture.ts';
import type { Clock, TestRelay } from './relay.fixture.ts';

onEachDatabase((init) => {
  let database: Database;
  let relay: TestRelay;
  let clock: Clock;
  const relayKey = randomSigner();
  const [admin, ann, ben] = [randomSigner(), randomSigner(), randomSigner()];
  const keyOf = async (dailyTokens: number | null = null) => {
    await relay.client(ann).session(null);
    return relay.client(ann).createApiKey({ name: 'My editor', dailyTokens });
  };

  beforeEach(async () => {
    clock = { nowS: 1_700_000_000 };
    database = await openDatabase(init(), { nowS: () => clock.nowS });
    for (const table of ['members', 'invites', 'nonces']) await database.run(`delete from weft.${table}`);
    relay = await startTestRelay({ policy: { mode: 'open' }, relay: relayKey, clock }, database);
  }, 60_000);
  afterEach(async () => {
    await relay.stop();
    await database.close();
  });

  test('counts for its member, whose text is told once and kept nowhere', async () => {
    const key = await keyOf();
    expect(await relay.apiKeys.check(key)).toMatchObject({ member: ann.address, tokensLeft: null });
    const listed = await relay.client(ann).apiKeys();
    expect(listed).toMatchObject([{ name: 'My editor', dailyTokens: null, usedToday: 0, lastUsedAtMs: null }]);
    const rows = await database.rows(v.unknown(), 'select * from weft.api_keys');
    expect(JSON.stringify([rows, listed])).not.toContain(key.slice(5));
    await relay.client(ben).session(null);
    expect(await relay.client(ben).apiKeys()).toEqual([]);
  });

  test('is refused when wrong, cut, revoked, or asked for by another than its member', async () => {
    const key = await keyOf();
    const other = key.slice(0, -2) + (key.endsWith('AA') ? 'QQ' : 'AA');
    for (const wrong of ['', 'weft_', key.slice(0, -1), `${key}A`, other, "' or true --"]) {
      await expect(relay.apiKeys.check(wrong)).rejects.toMatchObject({ code: 'gateway/bad-key' });
    }
    const id = (await relay.client(ann).apiKeys())[0]!.id;
    await relay.client(ben).session(null);
    await expect(relay.client(ben).revokeApiKey(id)).rejects.toMatchObject({ code: 'app/bad-request' });
    expect(await relay.apiKeys.check(key)).toMatchObject({ id });
    await relay.client(ann).revokeApiKey(id);
    await expect(relay.apiKeys.check(key)).rejects.toMatchObject({ code: 'gateway/bad-key' });
  });

  test('works while its member’s page is closed, and no more once the member is blocked', async () => {
    const key = await keyOf();
    await relay.client(admin).session(await relay.members.firstAdminInvite());
    clock.nowS += SESSION_S;
    expect(relay.members.isAdmitted(ann.address)).toBe(false);
    expect(await relay.apiKeys.check(key)).toMatchObject({ member: ann.address });
    await relay.client(admin).session(null);
    await relay.client(admin).setBlocked(ann.address, true);
    await expect(relay.apiKeys.check(key)).rejects.toMatchObject({ code: 'gateway/bad-key' });
  });

  test('has a budget for each day, which it may pass by one answer only', async () => {
    const key = await keyOf(100);
    const { id } = await relay.apiKeys.check(key);
    await Promise.all([relay.apiKeys.spend(id, 30), relay.apiKeys.spend(id, 30)]);
    expect(await relay.apiKeys.check(key)).toMatchObject({ tokensLeft: 40 });
    await relay.apiKeys.spend(id, 50);
    await expect(relay.apiKeys.check(key)).rejects.toMatchObject({ code: 'gateway/budget' });
    expect(await relay.client(ann).apiKeys()).toMatchObject([{ usedToday: 110, lastUsedAtMs: clock.nowS * 1_000 }]);
    clock.nowS += DAY_S;
    expect(await relay.apiKeys.check(key)).toMatchObject({ tokensLeft: 100 });
    await expect(relay.apiKeys.spend(id, -5)).rejects.toMatchObject({ code: 'app/bad-request' });
    await expect(relay.apiKeys.spend(id, Number.NaN)).rejects.toMatchObject({ code: 'app/bad-request' });
  });

  test('can be made twenty times, also when all are asked for at once', async () => {
    await relay.client(ann).session(null);
    const made = await Promise.allSettled(
      Array.from({ length: 24 }, () => relay.apiKeys.create(ann.address, { name: 'one', dailyTokens: null })),
    );
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
    expect(await relay.client(ann).apiKeys()).toHaveLength(20);
  });
});
