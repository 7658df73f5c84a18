import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import type { OpenDatabaseInit } from './open-database.ts';
import { findPostgres, startPostgres } from './postgres.fixture.ts';
import type { TestPostgres } from './postgres.fixture.ts';

const programs = await findPostgres();

/** Runs the same tests on PGlite and on a real PostgreSQL server; each file has one of either, empty at its begin. */
export function onEachDatabase(tests: (init: () => OpenDatabaseInit) => void): void {
  for (const kind of ['pglite', 'postgres'] as const) {
    const name =
      kind === 'pglite' ? 'on PGlite' : 'on a PostgreSQL server (skipped where none is under /usr/lib/postgresql)';
    // A database server cannot come with npm: who has none still tests everything on PGlite, and .ci/run installs one.
    describe.skipIf(kind === 'postgres' && programs === null)(name, { timeout: 60_000 }, () => {
      let folder: string;
      let server: TestPostgres | null = null;
      beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), 'weft-database-'));
        if (kind === 'postgres') server = await startPostgres(programs!);
      }, 60_000);
      afterAll(async () => {
        await server?.stop();
        await rm(folder, { recursive: true, force: true });
      });
      tests(() => ({ dataFolder: folder, databaseUrl: server?.url ?? null }));
    });
  }
}
