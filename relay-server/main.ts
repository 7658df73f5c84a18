import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { SiteChain } from '../src/protocol/site-chain.ts';
import { createRelayApp } from './app.ts';
import type { RelayPhase } from './app.ts';
import { openChain } from './chain/open-chain.ts';
import { readConfig } from './config.ts';
import { listen, type Listening } from './listen.ts';
import { createLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { openModelFolder } from './model-folder.ts';
import { openMesh } from './open-mesh.ts';
import type { RelayMesh } from './open-mesh.ts';
import { createForwardUpgrades } from './p2p/forward-upgrades.ts';
import { readTls } from './tls/read-tls.ts';
import type { TlsChoice } from './tls/read-tls.ts';

/** Milliseconds that open answers and relayed connections get to finish after SIGINT or SIGTERM. */
const DRAIN_MS = 3_000;
/** How long the parts themselves may take to stop after that. */
const STOP_MS = 5_000;
/** Signals closer together are one. */
const AGAIN_MS = 1_000;

/** A relay that listens, and what it lets the page offer. */
export interface RunningRelay extends Listening {
  readonly modelHosts: readonly string[];
  /** Models of the operator's folder, or null where none is configured. */
  readonly modelCount: number | null;
  /** Null where everything costs nothing. */
  readonly chain: SiteChain | null;
  /** Makes whoever opens it first the relay's admin; null where there is one. */
  readonly adminLink: string | null;
  /** Of a certificate that the server signed itself; else null. */
  readonly fingerprint: string | null;
}

/** Starts the relay over an already built page. Throws an Error whose message a person can act on. */
export async function startRelay(
  env: Readonly<Record<string, string | undefined>>,
  tlsChoice: TlsChoice = { kind: 'none' },
): Promise<RunningRelay> {
  const config = readConfig(env);
  const { modelHosts, isBehindProxy, hosts, mesh: meshConfig } = config;
  const root = new URL('../', import.meta.url);
  const { version } = JSON.parse(await readFile(new URL('package.json', root), 'utf8')) as { version: string };
  const log = createLog(
    { level: config.logLevel, isForPeople: process.stderr.isTTY },
    { write: (line) => process.stderr.write(line) },
  );
  const warn = (sentence: string) => log.warn(sentence);
  const models =
    config.modelsFolder === null
      ? null
      : await openModelFolder({ folder: config.modelsFolder }, { warn, nowMs: () => performance.now() });
  const tls = await readTls(tlsChoice, config);
  const chain = await openChain(config, { warn });
  let mesh: RelayMesh;
  try {
    mesh = await openMesh({ config, version }, { chain, log });
  } catch (error) {
    await chain?.stop();
    throw error;
  }

  let phase: RelayPhase = 'starting';
  const upgrades = createForwardUpgrades(
    { hosts, origins: meshConfig.relays, isBehindProxy },
    { port: () => (phase === 'ready' ? mesh.port() : null) },
  );
  const metrics = createMetrics({ token: config.metricsToken, isBehindProxy, hosts });
  for (const name of ['connections', 'members', 'reservations', 'circuits', 'cards', 'offences'] as const) {
    metrics.gauge(`weft_${name}`, `${name} of libp2p`, () => mesh.counts()[name]);
  }
  metrics.gauge('weft_websockets', 'open WebSockets', () => upgrades.count);
  metrics.gauge('weft_websockets_refused', 'WebSockets refused since the start', () => upgrades.refused);
  const app = createRelayApp(
    {
      pageFolder: fileURLToPath(new URL('dist/', root)),
      version,
      modelHosts,
      isBehindProxy,
      relays: meshConfig.relays,
    },
    {
      models,
      chain,
      members: mesh.routes,
      gateway: mesh.gateway,
      metrics,
      phase: () => phase,
      onError: ({ name, message }) => log.error('an answer failed', { name, message }),
    },
  );
  let listening: Listening;
  try {
    listening = await listen(app, { ...config, tls, onUpgrade: (...upgrade) => upgrades.handle(...upgrade) });
  } catch (error) {
    await mesh.stop();
    await chain?.stop();
    throw error;
  }
  log.info('listening', { port: listening.port });
  void mesh.start().then(
    () => {
      if (phase === 'starting') phase = 'ready';
    },
    (error: unknown) => log.error('libp2p did not start', { message: String(error) }),
  );

  let drainingSince = 0;
  const stop = async () => {
    if (phase === 'draining') {
      // Terminals and npm both pass one Ctrl+C on; who asks again later wants no more patience.
      if (performance.now() - drainingSince > AGAIN_MS) process.exit(1);
      return;
    }
    phase = 'draining';
    drainingSince = performance.now();
    log.info('draining');
    const deadline = AbortSignal.timeout(DRAIN_MS);
    await Promise.all([listening.drain(deadline), mesh.drain(deadline)]);
    // Answers to members' tools come over libp2p, so it goes after them.
    await Promise.race([mesh.stop(), sleep(STOP_MS, undefined, { ref: false })]);
    upgrades.stop();
    await chain?.stop();
    log.info('stopped');
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
  return {
    ...listening,
    modelHosts,
    modelCount: (await models?.list())?.length ?? null,
    chain: chain?.site ?? null,
    adminLink: await mesh.adminLink(originOf(listening, hosts, isBehindProxy)),
    fingerprint: tls?.fingerprint ?? null,
  };
}

/** As others reach it, as far as the operator said. */
function originOf({ url, port }: Listening, hosts: readonly string[], isBehindProxy: boolean): string {
  const [name] = hosts;
  if (name === undefined) return new URL(url).origin;
  return isBehindProxy ? `https://${name}` : new URL(`${new URL(url).protocol}//${name}:${port}`).origin;
}
