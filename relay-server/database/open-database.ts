import { join } from 'node:path';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';

export interface OpenDatabaseInit {
  /** The relay's own folder; the database gets one within. */
  readonly dataFolder: string;
  /** `DATABASE_URL`; null: PGlite. */
  readonly databaseUrl: string | null;
}

/** Opens the database and brings its tables up to date. Throws an Error that says what to do. */
export async function openDatabase(
  { dataFolder, databaseUrl }: OpenDatabaseInit,
  deps: { readonly nowS: () => number },
): Promise<Database> {
  const database =
    databaseUrl === null ? await openPglite(join(dataFolder, 'database')) : await openPostgres(databaseUrl);
  try {
    await migrate(database, deps);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
