import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createRelayApp } from './app.ts';
import { readConfig } from './config.ts';
import { listen, type Listening } from './listen.ts';

/** Milliseconds that open answers get to finish after SIGINT or SIGTERM. */
const DRAIN_MS = 3_000;

/** Starts the relay over an already built page. Throws an Error whose message a person can act on. */
export async function startRelay(env: Readonly<Record<string, string | undefined>>): Promise<Listening> {
  const root = new URL('../', import.meta.url);
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  const app = createRelayApp({ pageFolder: fileURLToPath(new URL('dist/', root)), version });
  const listening = await listen(app, readConfig(env));
  const stop = () => {
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    void listening.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return listening;
}
