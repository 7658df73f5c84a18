import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createRelayClient } from '../src/mesh/relay-client/relay-client.ts';
import type { NodeSigner } from '../src/protocol/mesh/signed.ts';

/** A relay as npm start runs it, in a process of its own. */
export interface RelayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
  /** Makes whoever opens it the first admin. */
  readonly adminLink: string;
  /** What it wrote to its log. */
  readonly log: () => string;
  /** The code it ended with, after SIGTERM. */
  stop(): Promise<unknown>;
}

const SCRIPT = fileURLToPath(new URL('../e2e/relay-process.fixture.ts', import.meta.url));

/** Resolves when nodes can come in. */
export async function startRelayProcess(env: Readonly<Record<string, string>>): Promise<RelayProcess> {
  const { NODE_OPTIONS: _, ...inherited } = process.env;
  const child = spawn(process.execPath, [SCRIPT], {
    env: { ...inherited, WEFT_CHAIN: 'none', WEFT_LOG: 'debug', PORT: String(await freePort()), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended: Promise<unknown[]> = once(child, 'exit');
  let log = '';
  let adminLink = '';
  child.stderr.setEncoding('utf8').on('data', (part: string) => (log += part));
  for await (const line of createInterface({ input: child.stdout })) {
    const [word, url = ''] = line.split(' ');
    if (word === 'admin') adminLink = url;
    if (word !== 'ready') continue;
    child.stdout.resume();
    while ((await fetch(new URL('readyz', url))).status !== 200) await sleep(50);
    return {
      child,
      url,
      port: Number(new URL(url).port),
      adminLink,
      log: () => log,
      async stop() {
        child.kill('SIGTERM');
        return (await ended)[0];
      },
    };
  }
  throw new Error(`The relay ended before it was ready: ${log}`);
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** What a node asks of the relay at an address. */
export const relayClientOf = (signer: NodeSigner, url: string) =>
  createRelayClient(
    { url: new URL(url).origin },
    {
      fetch,
      signer,
      nowS: () => Math.floor(Date.now() / 1_000),
      random: (length) => Uint8Array.from(randomBytes(length)),
    },
  );
