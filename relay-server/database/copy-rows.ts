import * as v from 'valibot';
import type { Database } from './database.ts';
import { MIGRATIONS } from './migrations.ts';
import { stepsTaken, takeSteps } from './migrate.ts';

/** What outlives a relay, each after what it refers to. Sessions and nonces last minutes and are not copied. */
const TABLES = ['members', 'invites', 'api_keys', 'api_key_usage'] as const;
/** Rows that are written with one statement. */
const ROWS_AT_ONCE = 500;

const rowsSchema = v.object({
  table: v.picklist(TABLES),
  rows: v.pipe(v.array(v.record(v.string(), v.unknown())), v.maxLength(ROWS_AT_ONCE)),
});
/** Some rows of one table, as a copy holds them. */
type CopiedRows = v.InferOutput<typeof rowsSchema>;

export interface DatabaseCopy {
  /** Steps of the tables' making that were taken, see migrations.ts. */
  readonly steps: number;
  readonly parts: readonly CopiedRows[];
}

export const databaseCopySchema = v.object({
  steps: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(MIGRATIONS.length)),
  parts: v.array(rowsSchema),
});

/** All that has to be kept, as of one moment, also while relays go on writing. */
export function copyRows(database: Database): Promise<DatabaseCopy> {
  return database.transaction(async (sql) => {
    await sql.run('set transaction isolation level repeatable read');
    const parts: CopiedRows[] = [];
    for (const table of TABLES) {
      const rows = await sql.rows(
        v.object({ row: v.record(v.string(), v.unknown()) }),
        `select to_json(t) as row from weft.${table} t`,
      );
      for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
        parts.push({ table, rows: rows.slice(from, from + ROWS_AT_ONCE).map(({ row }) => row) });
      }
    }
    return { steps: await stepsTaken(sql), parts };
  });
}

/** Puts a copy into a database that holds nothing of a relay. Throws an Error where it does. */
export async function pasteRows(
  { steps, parts }: DatabaseCopy,
  database: Database,
  deps: { readonly nowS: () => number },
): Promise<void> {
  await database.transaction(async (sql) => {
    const [found] = await sql.rows(
      v.object({ has_any: v.boolean() }),
      "select to_regclass('weft.migrations') is not null as has_any",
    );
    if (found?.has_any !== false) {
      throw new Error('The database holds a relay already. Restore into an empty one.');
    }
    // First as it was, so that rows of an older version fit; then as it is now.
    await takeSteps(sql, steps, deps);
    for (const { table, rows } of parts) {
      await sql.run(
        `insert into weft.${table} select * from json_populate_recordset(null::weft.${table}, cast($1 as json))`,
        [JSON.stringify(rows)],
      );
    }
    await takeSteps(sql, MIGRATIONS.length, deps);
  });
}
