import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import * as v from 'valibot';
import { openChainFiles } from './chain-files.ts';
import { ACTIVE_MS, BLOCK_TIME_S, MAX_RESTARTS, MAX_TRANSACTION_BYTES, RESTART_WINDOW_MS } from './constants.ts';
import { quantitySchema, RpcError } from './json-rpc.ts';
import type { RpcCall } from './json-rpc.ts';
import { startAnvil } from './start-anvil.ts';
import type { Anvil } from './start-anvil.ts';

export interface EmbeddedChainInit {
  /** Path of anvil. */
  readonly program: string;
  readonly chainId: number;
  /** Where it keeps its state; nobody else may use it. */
  readonly folder: string;
}

export interface EmbeddedChainDeps {
  readonly warn: (sentence: string) => void;
}

/** A chain of the relay's own: nothing that it acknowledged is lost, however it ends. */
export interface EmbeddedChain {
  readonly chainId: number;
  /**
   * One call, as a client makes it. A transaction is stored before the chain sees it, a receipt is given out after the
   * state with it is stored. Throws {@link RpcError}; any method is passed on: who may call what is decided elsewhere.
   */
  readonly call: RpcCall;
  /** Process id of the chain now; for tests that end it. */
  readonly pid: () => number | null;
  stop(): Promise<void>;
}

const dumpSchema = v.pipe(v.string(), v.regex(/^0x(?:[0-9a-f]{2})+$/));
const receiptSchema = v.nullable(v.looseObject({ blockNumber: quantitySchema }));
const rawSchema = v.pipe(
  v.string(),
  v.maxLength(2 + 2 * MAX_TRANSACTION_BYTES),
  v.regex(/^0x(?:[0-9a-fA-F]{2})+$/),
  v.toLowerCase(),
);
const unzip = promisify(gunzip);

/** Starts it, or goes on where it was. Throws an Error that says what to do. */
export async function startEmbeddedChain(init: EmbeddedChainInit, deps: EmbeddedChainDeps): Promise<EmbeddedChain> {
  const files = await openChainFiles(init.folder);
  const restarts: number[] = [];
  let anvil: Anvil | null = null;
  let isStopping = false;
  let storedBlock = -1;
  let storing: Promise<void> | null = null;
  let storingNext: Promise<void> | null = null;
  let restTimer: ReturnType<typeof setTimeout> | undefined;
  let isActive = false;

  const down = () => new RpcError(-32_002, 'The chain is being started again. Try again in a moment.', undefined);
  const running = (): Anvil => {
    if (anvil === null) throw down();
    return anvil;
  };
  /** A call that the chain's death ends with the error of a chain that is down. */
  const ask: RpcCall = async (method, params) => {
    const asked = running();
    try {
      return await asked.call(method, params);
    } catch (error) {
      if (error instanceof RpcError || anvil === asked) throw error;
      throw down();
    }
  };

  const storeOnce = async () => {
    const waitingBefore = files.waiting();
    const block = v.parse(quantitySchema, await ask('eth_blockNumber'));
    const mined = new Set<string>();
    for (const raw of waitingBefore) {
      if ((await ask('eth_getTransactionReceipt', [hashOf(raw)])) !== null) mined.add(raw);
    }
    const dump = v.parse(dumpSchema, await ask('anvil_dumpState'));
    await files.writeState(await unzip(Buffer.from(dump.slice(2), 'hex')));
    storedBlock = Math.max(storedBlock, block);
    await files.forget((raw) => mined.has(raw));
  };
  /** Resolves when a state that was taken after this call is stored. Calls in the meantime share the next. */
  const store = (): Promise<void> => {
    if (storing === null) {
      storing = storeOnce().finally(() => {
        storing = null;
      });
      return storing;
    }
    storingNext ??= storing
      .catch(() => undefined)
      .then(() => {
        storingNext = null;
        return store();
      });
    return storingNext;
  };

  const rest = async () => {
    isActive = false;
    try {
      await ask('evm_setIntervalMining', [0]);
      await store();
    } catch (error) {
      if (anvil !== null) deps.warn(`The chain could not be stored: ${messageOf(error)}`);
    }
  };
  const wake = async () => {
    clearTimeout(restTimer);
    restTimer = setTimeout(() => void rest(), ACTIVE_MS);
    restTimer.unref();
    if (isActive) return;
    await ask('evm_setIntervalMining', [BLOCK_TIME_S]);
    isActive = true;
  };

  const start = async () => {
    const statePath = await files.statePath();
    const { program, chainId } = init;
    let started: Anvil;
    try {
      started = await startAnvil({ program, chainId, statePath });
    } catch (cause) {
      const place = statePath === null ? '' : ` with the state in ${statePath}`;
      const advice =
        statePath === null
          ? 'Set WEFT_CHAIN=none to go on without it.'
          : 'Put a backup in its place, or move it away to begin a new chain; balances on it are lost then.';
      throw new Error(`The chain did not start${place}: ${messageOf(cause)}\n${advice}`, { cause });
    }
    anvil = started;
    isActive = false;
    storedBlock = -1;
    void started.ended.then(() => {
      if (anvil === started) anvil = null;
      if (!isStopping) void restart();
    });
    // What was taken and not stored goes in again; the chain refuses what it knows.
    for (const raw of files.waiting()) {
      await ask('eth_sendRawTransaction', [raw]).catch((error: unknown) => {
        if (!(error instanceof RpcError)) throw error;
      });
    }
    if (statePath === null) await store();
    else storedBlock = v.parse(quantitySchema, await ask('eth_blockNumber'));
    await wake();
  };

  const restart = async () => {
    const now = performance.now();
    restarts.push(now);
    while ((restarts[0] ?? now) < now - RESTART_WINDOW_MS) restarts.shift();
    if (restarts.length > MAX_RESTARTS) {
      deps.warn(`The chain ended ${restarts.length} times within a minute and stays down. Start Weft again.`);
      return;
    }
    deps.warn('The chain ended and is started again.');
    try {
      await start();
    } catch (error) {
      deps.warn(messageOf(error));
      // Where it had started and ended meanwhile, that is another restart already.
      if (anvil === null && !isStopping && restarts.at(-1) === now) setTimeout(() => void restart(), 1_000).unref();
    }
  };

  const send = async (params: readonly unknown[]): Promise<unknown> => {
    const parsed = v.safeParse(rawSchema, params[0]);
    if (!parsed.success) throw new RpcError(-32_602, 'Expected one raw transaction of at most 128 KiB.', undefined);
    const raw = parsed.output;
    running();
    await files.append(raw);
    try {
      const hash = await ask('eth_sendRawTransaction', [raw]);
      await wake();
      return hash;
    } catch (error) {
      // A chain that went down gets it again after its start; one that refused it never had it.
      if (error instanceof RpcError && error.code !== down().code) await files.forget((other) => other === raw);
      throw error;
    }
  };

  const call: RpcCall = async (method, params = []) => {
    if (method === 'eth_sendRawTransaction') return send(params);
    const result = await ask(method, params);
    if (method !== 'eth_getTransactionReceipt') return result;
    const receipt = v.safeParse(receiptSchema, result);
    if (!receipt.success || receipt.output === null || receipt.output.blockNumber <= storedBlock) return result;
    await store();
    return result;
  };

  await start();
  return {
    chainId: init.chainId,
    call,
    pid: () => anvil?.pid ?? null,
    async stop() {
      isStopping = true;
      clearTimeout(restTimer);
      const last = anvil;
      if (last === null) return;
      // The journal has what this would miss.
      await store().catch((error: unknown) => deps.warn(`The chain's last state was not stored: ${messageOf(error)}`));
      await last.stop();
    },
  };
}

function hashOf(raw: string): string {
  return `0x${bytesToHex(keccak_256(hexToBytes(raw.slice(2))))}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
