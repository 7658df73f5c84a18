import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { createRelayApp } from './app.ts';
import { readConfig } from './config.ts';
import { listen, type Listening } from './listen.ts';
import { openModelFolder } from './model-folder.ts';

/** Milliseconds that open answers get to finish after SIGINT or SIGTERM. */
const DRAIN_MS = 3_000;

/** A relay that listens, and what it lets the page offer. */
export interface RunningRelay extends Listening {
  readonly modelHosts: readonly string[];
  /** Models of the operator's folder, or null where none is configured. */
  readonly modelCount: number | null;
}

/** Starts the relay over an already built page. Throws an Error whose message a person can act on. */
export async function startRelay(env: Readonly<Record<string, string | undefined>>): Promise<RunningRelay> {
  const config = readConfig(env);
  const root = new URL('../', import.meta.url);
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  const models =
    config.modelsFolder === null
      ? null
      : await openModelFolder({ folder: config.modelsFolder }, { warn: console.warn, nowMs: () => performance.now() });
  const pageFolder = fileURLToPath(new URL('dist/', root));
  const { modelHosts, isBehindProxy } = config;
  const app = createRelayApp({ pageFolder, version, modelHosts, isBehindProxy }, { models });
  const listening = await listen(app, config);
  const stop = () => {
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    void listening.close().then(() => process.exit(0));
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  return { ...listening, modelHosts, modelCount: (await models?.list())?.length ?? null };
}
