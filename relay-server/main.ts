import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SiteChain } from '../src/protocol/site-chain.ts';
import { createRelayApp } from './app.ts';
import { openChain } from './chain/open-chain.ts';
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
  /** Null where everything costs nothing. */
  readonly chain: SiteChain | null;
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
  const chain = await openChain(config, { warn: console.warn });
  const app = createRelayApp({ pageFolder, version, modelHosts, isBehindProxy }, { models, chain });
  let listening: Listening;
  try {
    listening = await listen(app, config);
  } catch (error) {
    await chain?.stop();
    throw error;
  }
  const stop = async () => {
    await Promise.race([listening.close(), sleep(DRAIN_MS, undefined, { ref: false })]);
    await chain?.stop();
    process.exit(0);
  };
  process.once('SIGINT', () => void stop());
  process.once('SIGTERM', () => void stop());
  return { ...listening, modelHosts, modelCount: (await models?.list())?.length ?? null, chain: chain?.site ?? null };
}
