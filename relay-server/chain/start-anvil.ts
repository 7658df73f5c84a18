import { fork } from 'node:child_process';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import * as v from 'valibot';
import { createRpcCall, quantitySchema } from './json-rpc.ts';
import type { RpcCall } from './json-rpc.ts';
import { CALL_TIMEOUT_MS } from './constants.ts';

export interface StartAnvilInit {
  readonly program: string;
  readonly chainId: number;
  /** State to go on from, or null for a new chain. */
  readonly statePath: string | null;
}

export interface Anvil {
  readonly call: RpcCall;
  /** Process id of the chain itself. */
  readonly pid: number;
  /** Settles when the process has ended. */
  readonly ended: Promise<void>;
  stop(): Promise<void>;
}

/** How long a start may take: a state of some hundred megabytes is read in this time. */
const START_MS = 60_000;
const PORT_TRIES = 5;
/** Of what the program wrote, this much is kept for the error. */
const KEPT_OUTPUT_CHARS = 2_000;

/**
 * Starts a chain on a free port of this computer; it mines nothing until it is told. Nobody but this process knows of
 * any key: the chain has no accounts of its own. Throws an Error with what the program wrote.
 */
export async function startAnvil(init: StartAnvilInit): Promise<Anvil> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(init, await freePort());
    } catch (error) {
      // Somebody else can take the port between the look and the start.
      if (attempt < PORT_TRIES && error instanceof Error && /address already in use|os error 98/i.test(error.message)) {
        continue;
      }
      throw error;
    }
  }
}

async function startOnce({ program, chainId, statePath }: StartAnvilInit, port: number): Promise<Anvil> {
  const args = ['--hardfork', 'cancun', '--host', '127.0.0.1', '--port', String(port), '--chain-id', String(chainId)];
  args.push('--no-mining', '--accounts', '0', '--disable-console-log');
  if (statePath !== null) args.push('--load-state', statePath);
  const guard = fork(fileURLToPath(new URL('guard.ts', import.meta.url)), [program, ...args], {
    execArgv: [],
    // A group of its own: Ctrl+C at the terminal must not end the chain before its state is stored.
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  const life = { hasEnded: false };
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARS);
  };
  guard.stdout?.on('data', keep);
  guard.stderr?.on('data', keep);
  const ended = new Promise<void>((resolve) => {
    guard.once('close', () => {
      life.hasEnded = true;
      resolve();
    });
  });
  const pid = new Promise<number>((resolve, reject) => {
    guard.once('message', (message) => {
      const parsed = v.safeParse(v.object({ pid: v.number() }), message);
      if (parsed.success) resolve(parsed.output.pid);
      else reject(new Error('The chain could not be started.'));
    });
    guard.once('error', reject);
    void ended.then(() => reject(new Error(`The chain ended at once.\n${output}`)));
  });
  const stop = async () => {
    guard.stdin?.end();
    await ended;
  };
  const call = createRpcCall({ url: `http://127.0.0.1:${port}`, timeoutMs: CALL_TIMEOUT_MS });
  const chainPid = await pid;
  const until = performance.now() + START_MS;
  for (;;) {
    if (life.hasEnded) throw new Error(output.trim() === '' ? 'The chain ended while it started.' : output.trim());
    try {
      const answered = v.parse(quantitySchema, await call('eth_chainId'));
      if (answered === chainId) break;
      await stop();
      throw new Error(
        `The chain on port ${port} has the id ${answered}, not ${chainId}: another program answers there.`,
      );
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (performance.now() > until) {
        await stop();
        throw new Error(`The chain did not answer within ${START_MS / 1000} s.\n${output}`, { cause: error });
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  // If the guard alone is killed, the chain under it would go on unseen.
  void ended.then(() => {
    try {
      process.kill(chainPid, 'SIGKILL');
    } catch {
      // It is gone, as it should be.
    }
  });
  return { call, pid: chainPid, ended, stop };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('This computer has no free port.');
  return address.port;
}
