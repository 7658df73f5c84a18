import { execFile, spawn } from 'node:child_process';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const execute = promisify(execFile);
const DEBIAN_FOLDER = '/usr/lib/postgresql';

export interface TestPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** Folder of the newest installed server's programs, as Debian lays them out; null where there is none. */
export async function findPostgres(): Promise<string | null> {
  const versions = await readdir(DEBIAN_FOLDER).catch(() => []);
  const newest = versions
    .map(Number)
    .filter(Number.isSafeInteger)
    .sort((a, b) => b - a)[0];
  return newest === undefined ? null : join(DEBIAN_FOLDER, String(newest), 'bin');
}

/** A real server on loopback, with its files in a folder of its own that is deleted at the end. */
export async function startPostgres(programs: string): Promise<TestPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-postgres-'));
  const user = await serverUser();
  if (user !== null) await chown(folder, user.uid, user.gid);
  const as = user ?? {};
  await execute(join(programs, 'initdb'), ['-D', folder, '-U', 'weft', '--auth=trust', '--no-sync', '-E', 'UTF8'], as);
  const port = await freePort();
  const server = spawn(
    join(programs, 'postgres'),
    ['-D', folder, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=', '-F'],
    { ...as, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    let text = '';
    server.stderr.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4_000);
      if (text.includes('ready to accept connections')) resolve();
    });
    void ended.then(() => reject(new Error(`postgres ended at once: ${text}`)));
  });
  return {
    url: `postgres://weft@127.0.0.1:${port}/postgres`,
    async stop() {
      server.kill('SIGINT');
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** PostgreSQL refuses to run as root; its Debian package makes a user for it. */
async function serverUser(): Promise<{ uid: number; gid: number } | null> {
  if (process.getuid?.() !== 0) return null;
  const idOf = async (flag: string) => Number((await execute('id', [flag, 'postgres'])).stdout);
  return { uid: await idOf('-u'), gid: await idOf('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as AddressInfo;
      probe.close(() => resolve(port));
    });
  });
}
