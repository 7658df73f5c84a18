import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { PGlite, Transaction } from '@electric-sql/pglite';
import { lockFolder } from '../chain/lock-folder.ts';
import { checkRows, unanswered } from './database.ts';
import type { Database, Sql } from './database.ts';

/** PostgreSQL within this process, its files in a folder that no second process may open. Throws an Error that says so. */
export async function openPglite(folder: string): Promise<Database> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const unlock = await lockFolder(folder);
  let client: PGlite;
  try {
    // Several megabytes of WebAssembly: only read where they are used.
    const { PGlite } = await import('@electric-sql/pglite');
    client = await PGlite.create({ dataDir: join(folder, 'pglite') });
  } catch (cause) {
    await unlock();
    throw new Error(
      `The database in ${folder} cannot be opened. Restore it from a backup, or move the folder away to begin anew.`,
      { cause },
    );
  }
  return {
    kind: 'pglite',
    ...sqlOf(client),
    async transaction(work) {
      const outcome = { hasThrown: false };
      try {
        return await client.transaction(async (transaction) => {
          try {
            return await work(sqlOf(transaction));
          } catch (error) {
            outcome.hasThrown = true;
            throw error;
          }
        });
      } catch (error) {
        throw outcome.hasThrown ? error : unanswered(error);
      }
    },
    async close() {
      try {
        await client.close();
      } finally {
        await unlock();
      }
    },
  };
}

function sqlOf(client: Pick<Transaction, 'query'>): Sql {
  const query = async (text: string, values: readonly unknown[]) => {
    try {
      return await client.query<unknown>(text, [...values]);
    } catch (error) {
      throw unanswered(error);
    }
  };
  return {
    rows: async (schema, text, values = []) => checkRows(schema, (await query(text, values)).rows),
    run: async (text, values = []) => (await query(text, values)).affectedRows ?? 0,
  };
}
