import * as v from 'valibot';
import { WeftError } from '../../src/protocol/errors.ts';
import { wholeColumn } from './database.ts';
import type { Database, Sql } from './database.ts';
import { MIGRATIONS } from './migrations.ts';

/** "weft" in ASCII: relays that share a database take turns by it. */
const LOCK = 0x77656674;

interface MigrateDeps {
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
}

/** Brings the tables to what this version knows, in one transaction. Throws storage/newer-schema. */
export async function migrate(database: Database, deps: MigrateDeps): Promise<void> {
  await database.transaction((sql) => takeSteps(sql, MIGRATIONS.length, deps));
}

/** Takes the steps up to `last` that were not taken yet, within a transaction. Throws storage/newer-schema. */
export async function takeSteps(sql: Sql, last: number, { nowS }: MigrateDeps): Promise<void> {
  await sql.rows(v.unknown(), 'select pg_advisory_xact_lock($1)', [LOCK]);
  await sql.run('create schema if not exists weft');
  await sql.run('create table if not exists weft.migrations (version integer primary key, applied_at bigint not null)');
  const done = await stepsTaken(sql);
  if (done > MIGRATIONS.length) {
    throw new WeftError('storage/newer-schema', 'A newer version of this relay has written its database.', {
      hints: ['Run that version, or one that is newer still.'],
    });
  }
  for (const [index, statements] of MIGRATIONS.entries()) {
    if (index < done || index >= last) continue;
    for (const statement of statements) await sql.run(statement);
    await sql.run('insert into weft.migrations (version, applied_at) values ($1, $2)', [index + 1, nowS()]);
  }
}

/** How many steps were taken; they have to be kept somewhere already. */
export async function stepsTaken(sql: Sql): Promise<number> {
  const rows = await sql.rows(
    v.object({ version: wholeColumn }),
    'select coalesce(max(version), 0) as version from weft.migrations',
  );
  return rows[0]?.version ?? 0;
}
