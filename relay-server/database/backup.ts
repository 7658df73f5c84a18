import { link, mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { createHash, randomBytes } from 'node:crypto';
import * as v from 'valibot';
import { isMissing } from '../is-missing.ts';
import { RELAY_KEY_FILE } from '../p2p/relay-key.ts';
import { copyRows, databaseCopySchema, pasteRows } from './copy-rows.ts';
import type { Database } from './database.ts';
import { openPglite } from './open-pglite.ts';
import { openPostgres } from './open-postgres.ts';

export interface BackupInit {
  readonly dataFolder: string;
  /** `DATABASE_URL`, or null: PGlite in the data folder. */
  readonly databaseUrl: string | null;
  readonly file: string;
}

export interface BackupDeps {
  /** Seconds since 1970, a whole number. */
  readonly nowS: () => number;
}

/** What a backup held, for the operator to read. */
export interface BackupSummary {
  readonly rows: number;
  readonly madeAt: number;
}

const MAX_FILE_BYTES = 1_073_741_824;
const bodySchema = v.object({
  version: v.literal(1),
  madeAt: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  relayKey: v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/)),
  database: databaseCopySchema,
});

/** Writes the relay's key and its database to one new file that only its owner may read. Throws an Error that says why not. */
export async function writeBackup(init: BackupInit, { nowS }: BackupDeps): Promise<BackupSummary> {
  const file = resolve(init.file);
  await refuseExisting(file);
  const relayKey = await readKey(join(init.dataFolder, RELAY_KEY_FILE));
  const database = await openBare(init);
  try {
    const madeAt = nowS();
    const copy = await copyRows(database);
    const body = JSON.stringify({ version: 1, madeAt, relayKey, database: copy });
    await writeNew(file, `${digestOf(body)}\n${body}\n`);
    return { rows: countRows(copy.parts), madeAt };
  } finally {
    await database.close();
  }
}

/** Makes a relay from a backup, where there is none yet. Throws an Error that says why not. */
export async function restoreBackup(init: BackupInit, deps: BackupDeps): Promise<BackupSummary> {
  const body = await readBackup(resolve(init.file));
  const keyFile = join(init.dataFolder, RELAY_KEY_FILE);
  await refuseExisting(keyFile);
  await mkdir(init.dataFolder, { recursive: true, mode: 0o700 });
  const database = await openBare(init);
  try {
    await pasteRows(body.database, database, deps);
    await writeNew(keyFile, `${body.relayKey}\n`);
    return { rows: countRows(body.database.parts), madeAt: body.madeAt };
  } finally {
    await database.close();
  }
}

/** Without making tables. */
function openBare({ dataFolder, databaseUrl }: BackupInit): Promise<Database> {
  return databaseUrl === null ? openPglite(join(dataFolder, 'database')) : openPostgres(databaseUrl);
}

async function readBackup(file: string): Promise<v.InferOutput<typeof bodySchema>> {
  if ((await stat(file)).size > MAX_FILE_BYTES) throw new Error(`${file} is too large to be a backup.`);
  const [digest = '', body = ''] = (await readFile(file, 'utf8')).split('\n');
  if (digest !== digestOf(body)) throw new Error(`${file} is no backup of a relay, or it is damaged.`);
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), bodySchema), body);
  if (parsed.success) return parsed.output;
  throw new Error(`${file} was written by another version of the relay. Restore it with that one.`);
}

async function readKey(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) {
      throw new Error(`${path} is missing: no relay was started with this data folder.`, { cause: error });
    }
    throw error;
  }
}

async function refuseExisting(path: string): Promise<void> {
  try {
    await stat(path);
  } catch (error) {
    if (isMissing(error)) return;
    throw error;
  }
  throw new Error(`${path} exists already, and nothing is overwritten. Move it away first.`);
}

/** Whole or not at all, and never in the place of something else. */
async function writeNew(path: string, text: string): Promise<void> {
  const fresh = join(dirname(path), `.${randomBytes(6).toString('hex')}.new`);
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await file.close();
    await link(fresh, path);
  } finally {
    await rm(fresh, { force: true });
  }
}

function digestOf(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

function countRows(parts: readonly { readonly rows: readonly unknown[] }[]): number {
  return parts.reduce((sum, { rows }) => sum + rows.length, 0);
}
