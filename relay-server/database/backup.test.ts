import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openRelayKey } from '../p2p/relay-key.ts';
import { restoreBackup, writeBackup } from './backup.ts';
import { onEachDatabase } from './each-database.fixture.ts';
import { openDatabase } from './open-database.ts';

const deps = { nowS: () => 1_700_000_000 };
const ADDRESS = `0x${'12'.repeat(20)}`;

onEachDatabase((init) => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-backup-'));
    file = join(folder, 'relay.backup');
    const database = await openDatabase(init(), deps);
    await database.run('drop schema weft cascade');
    await database.close();
    await rm(join(init().dataFolder, 'relay-key'), { force: true });
  }, 60_000);
  afterEach(() => rm(folder, { recursive: true }));

  /** A relay with something in each table. */
  const fill = async () => {
    const key = await openRelayKey(init().dataFolder);
    const database = await openDatabase(init(), deps);
    await database.run(
      "insert into weft.members values ($1, 'admin', 'invite', 5, null, false), ($2, 'member', 'policy', 6, 7, true)",
      [ADDRESS, ADDRESS.replaceAll('12', '34')],
    );
    await database.run("insert into weft.invites values ('0x01', $1, 'member', 3, 9, null, 4)", [ADDRESS]);
    await database.run(
      "insert into weft.api_keys values ('0a', $1, 'A “name” of\\ ünusual; signs', 'h', null, 8, null)",
      [ADDRESS],
    );
    await database.run("insert into weft.api_key_usage values ('0a', 20000, 9007199254740991)");
    await database.run('insert into weft.sessions values ($1, 2000000000)', [ADDRESS]);
    await database.close();
    return key;
  };
  const contents = async (from = init()) => {
    const database = await openDatabase(from, deps);
    const tables = ['members', 'invites', 'api_keys', 'api_key_usage'];
    const rows = await Promise.all(
      tables.map((table) =>
        database.rows(v.object({ row: v.string() }), `select cast(t as text) as row from weft.${table} t order by 1`),
      ),
    );
    await database.close();
    return rows;
  };

  test('a backup makes the same relay again, here and on the other kind of database', async () => {
    const key = await fill();
    const before = await contents();
    expect(await writeBackup({ ...init(), file }, deps)).toEqual({ rows: 5, madeAt: deps.nowS() });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const elsewhere = { dataFolder: join(folder, 'elsewhere'), databaseUrl: null };
    expect(await restoreBackup({ ...elsewhere, file }, deps)).toEqual({ rows: 5, madeAt: deps.nowS() });
    expect(await contents(elsewhere)).toEqual(before);
    expect((await openRelayKey(elsewhere.dataFolder)).peerId).toBe(key.peerId);
    expect((await stat(join(elsewhere.dataFolder, 'relay-key'))).mode & 0o777).toBe(0o600);

    const again = await openDatabase(init(), deps);
    await again.run('drop schema weft cascade');
    await again.close();
    await rm(join(init().dataFolder, 'relay-key'));
    await restoreBackup({ ...init(), file }, deps);
    expect(await contents()).toEqual(before);
  }, 60_000);

  test('overwrites no file, no key and no database', async () => {
    const key = await fill();
    await writeBackup({ ...init(), file }, deps);
    await expect(writeBackup({ ...init(), file }, deps)).rejects.toThrow(/exists already/);
    await expect(restoreBackup({ ...init(), file }, deps)).rejects.toThrow(/relay-key exists already/);
    expect((await openRelayKey(init().dataFolder)).peerId).toBe(key.peerId);
    await rm(join(init().dataFolder, 'relay-key'));
    await expect(restoreBackup({ ...init(), file }, deps)).rejects.toThrow(/holds a relay already/);
  }, 60_000);

  test('a damaged file and one that is no backup restore nothing', async () => {
    await fill();
    await writeBackup({ ...init(), file }, deps);
    const whole = await readFile(file, 'utf8');
    const elsewhere = { dataFolder: join(folder, 'elsewhere'), databaseUrl: null, file };
    for (const text of [whole.slice(0, -40), whole.replace('admin', 'member'), '', '{}']) {
      await writeFile(file, text);
      await expect(restoreBackup(elsewhere, deps)).rejects.toThrow(/damaged/);
    }
    await expect(stat(join(elsewhere.dataFolder, 'relay-key'))).rejects.toThrow(/ENOENT/);
    await expect(writeBackup({ ...elsewhere, file: join(folder, 'none') }, deps)).rejects.toThrow(/no relay/);
  }, 60_000);
});
