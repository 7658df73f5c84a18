import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { wholeColumn } from './database.ts';
import type { Database } from './database.ts';
import { onEachDatabase } from './each-database.fixture.ts';
import { stepsTaken } from './migrate.ts';
import { MIGRATIONS } from './migrations.ts';
import { openDatabase } from './open-database.ts';
import { openPostgres } from './open-postgres.ts';

const nowS = () => 1_700_000_000;
const insert = (sql: Pick<Database, 'run'>, id: string) =>
  sql.run(
    "insert into weft.invites (id, relay, role, uses_left, expires_at, created_at) values ($1, 'r', 'member', 1, $2, 0)",
    [id, 4_102_444_800],
  );
const idsOf = async (sql: Database) =>
  (await sql.rows(v.object({ id: v.string() }), 'select id from weft.invites order by id')).map(({ id }) => id);

onEachDatabase((init) => {
  let database: Database;
  beforeEach(async () => {
    database = await openDatabase(init(), { nowS });
    await database.run('delete from weft.invites');
  }, 60_000);
  afterEach(() => database.close());

  test('has all tables at once, and not twice after a second opening', async () => {
    expect(await stepsTaken(database)).toBe(MIGRATIONS.length);
    await insert(database, 'kept');
    await database.close();
    database = await openDatabase(init(), { nowS });
    expect(await stepsTaken(database)).toBe(MIGRATIONS.length);
    expect(await idsOf(database)).toEqual(['kept']);
  });

  test('refuses tables that a newer version has written', async () => {
    await database.run('insert into weft.migrations (version, applied_at) values ($1, 0)', [MIGRATIONS.length + 1]);
    await database.close();
    await expect(openDatabase(init(), { nowS })).rejects.toMatchObject({ code: 'storage/newer-schema' });
    const { databaseUrl, dataFolder } = init();
    const { openPglite } = await import('./open-pglite.ts');
    database = databaseUrl === null ? await openPglite(`${dataFolder}/database`) : await openPostgres(databaseUrl);
    await database.run('delete from weft.migrations where version > $1', [MIGRATIONS.length]);
  });

  test('undoes a transaction that threw, and hands its error on', async () => {
    const failing = database.transaction(async (sql) => {
      await insert(sql, 'undone');
      throw new RangeError('on purpose');
    });
    await expect(failing).rejects.toBeInstanceOf(RangeError);
    expect(await idsOf(database)).toEqual([]);
    await database.transaction((sql) => insert(sql, 'done'));
    expect(await idsOf(database)).toEqual(['done']);
  });

  test('counts what it wrote and reads large numbers exactly', async () => {
    expect(await insert(database, 'one')).toBe(1);
    expect(await database.run("delete from weft.invites where id = 'none'")).toBe(0);
    const rows = await database.rows(
      v.object({ large: wholeColumn }),
      'select cast(9007199254740991 as bigint) as large',
    );
    expect(rows).toEqual([{ large: Number.MAX_SAFE_INTEGER }]);
    await expect(
      database.rows(v.object({ large: wholeColumn }), 'select cast(9007199254740993 as bigint) as large'),
    ).rejects.toMatchObject({ code: 'auth/unavailable' });
  });

  test('reports what it cannot do as unavailable, without the values', async () => {
    const failing = database.run('insert into weft.nowhere (id) values ($1)', ['a secret']);
    await expect(failing).rejects.toMatchObject({ code: 'auth/unavailable', retryable: true });
    await expect(failing).rejects.not.toThrow(/a secret/);
  });
});

describe('opening', () => {
  test('does not repeat the address of a server that is not there', async () => {
    const opening = openPostgres('postgres://user:a-password@127.0.0.1:1/none');
    await expect(opening).rejects.toThrow(/DATABASE_URL/);
    await expect(opening).rejects.not.toThrow(/a-password/);
  });
});
