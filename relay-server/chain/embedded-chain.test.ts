import { setTimeout as sleep } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createWalletClient, custom, parseEther, publicActions } from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findAnvil } from './anvil-binary.ts';
import { EMBEDDED_CHAIN_ID } from './constants.ts';
import { startEmbeddedChain } from './embedded-chain.ts';
import type { EmbeddedChain } from './embedded-chain.ts';
import { RpcError } from './json-rpc.ts';

const program = findAnvil();
const account = privateKeyToAccount(generatePrivateKey());
const other = privateKeyToAccount(generatePrivateKey()).address;

interface Call {
  readonly method: string;
  readonly params?: readonly unknown[];
}

let folder: string;
let chains: EmbeddedChain[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-chain-'));
});
afterEach(async () => {
  await Promise.all(chains.map((chain) => chain.stop()));
  chains = [];
  await rm(folder, { recursive: true });
});

async function start(): Promise<EmbeddedChain> {
  if (program === null) throw new Error('npm installed no anvil for this platform');
  const chain = await startEmbeddedChain({ program, chainId: EMBEDDED_CHAIN_ID, folder }, { warn: () => undefined });
  chains.push(chain);
  return chain;
}

function clientOf(chain: EmbeddedChain) {
  return createWalletClient({
    account,
    chain: {
      id: chain.chainId,
      name: 'test',
      nativeCurrency: { name: 'gas', symbol: 'GAS', decimals: 18 },
      rpcUrls: { default: { http: [] } },
    },
    transport: custom({ request: ({ method, params }: Call) => chain.call(method, params) }, { retryCount: 0 }),
    pollingInterval: 100,
  }).extend(publicActions);
}

async function fund(chain: EmbeddedChain) {
  await chain.call('anvil_setBalance', [account.address, '0x3635c9adc5dea00000']);
}

/** Waits until the chain runs again under another process. */
async function untilRestarted(chain: EmbeddedChain, pidBefore: number) {
  for (;;) {
    const pid = chain.pid();
    if (pid !== null && pid !== pidBefore) return;
    await sleep(50);
  }
}

describe('the chain that a relay brings along', { timeout: 60_000 }, () => {
  it('has no accounts of its own that anybody could send from', async () => {
    const chain = await start();
    expect(await chain.call('eth_accounts')).toEqual([]);
    await fund(chain);
    const send = chain.call('eth_sendTransaction', [{ from: account.address, to: other, value: '0x1' }]);
    await expect(send).rejects.toBeInstanceOf(RpcError);
  });

  it('keeps what it gave a receipt for when it is killed', async () => {
    const chain = await start();
    await fund(chain);
    const client = clientOf(chain);
    const hash = await client.sendTransaction({ to: other, value: parseEther('2') });
    await client.waitForTransactionReceipt({ hash });
    const pid = chain.pid()!;
    process.kill(pid, 'SIGKILL');
    await untilRestarted(chain, pid);
    expect(await client.getBalance({ address: other })).toBe(parseEther('2'));
    expect((await client.getTransactionReceipt({ hash })).status).toBe('success');
  });

  it('mines what it had taken when it was killed, although nobody sends it again', async () => {
    const chain = await start();
    await fund(chain);
    const client = clientOf(chain);
    // A stored state with the balance to pay from.
    await client.waitForTransactionReceipt({ hash: await client.sendTransaction({ to: other, value: 1n }) });
    const hash = await client.sendTransaction({ to: other, value: 5n });
    const pid = chain.pid()!;
    process.kill(pid, 'SIGKILL');
    await untilRestarted(chain, pid);
    await client.waitForTransactionReceipt({ hash });
    expect(await client.getBalance({ address: other })).toBe(6n);
  });

  it('goes on where it was after a stop, with the same blocks and the time of now', async () => {
    const first = await start();
    await fund(first);
    const hash = await clientOf(first).sendTransaction({ to: other, value: 7n });
    const { blockHash } = await clientOf(first).waitForTransactionReceipt({ hash });
    await first.stop();
    const second = clientOf(await start());
    expect((await second.getTransactionReceipt({ hash })).blockHash).toBe(blockHash);
    const next = await second.waitForTransactionReceipt({
      hash: await second.sendTransaction({ to: other, value: 1n }),
    });
    const { timestamp } = await second.getBlock({ blockNumber: next.blockNumber });
    expect(Math.abs(Number(timestamp) - Date.now() / 1000)).toBeLessThan(10);
  });

  it('does not keep a transaction that the chain refused', async () => {
    const chain = await start();
    const raw = await account.signTransaction({
      type: 'eip1559',
      chainId: chain.chainId,
      nonce: 0,
      to: other,
      gas: 21_000n,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    });
    await expect(chain.call('eth_sendRawTransaction', [raw])).rejects.toThrow(/funds/i);
    await expect(chain.call('eth_sendRawTransaction', ['0xzz'])).rejects.toBeInstanceOf(RpcError);
    expect(await readFile(join(folder, 'waiting-transactions.txt'), 'utf8')).toBe('');
  });

  it('says what to do with a state that cannot be read', async () => {
    await writeFile(join(folder, 'state.json'), '{"block":');
    await expect(start()).rejects.toThrow(/state\.json[\s\S]*move it away/);
  });

  it('does not outlive the process that started it', async () => {
    if (program === null) throw new Error('npm installed no anvil for this platform');
    // A process of its own that starts a chain, tells its id and is killed.
    const script = `
      import { startEmbeddedChain } from ${JSON.stringify(new URL('embedded-chain.ts', import.meta.url).href)};
      const chain = await startEmbeddedChain(${JSON.stringify({ program, chainId: EMBEDDED_CHAIN_ID, folder })}, { warn() {} });
      console.log(chain.pid());
      process.kill(process.pid, 'SIGKILL');`;
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script]);
    const { stdout } = await run.catch((error: unknown) => error as { stdout: string });
    const pid = Number(stdout);
    expect(pid).toBeGreaterThan(0);
    let isAlive = true;
    for (let waits = 0; isAlive && waits < 100; waits++) {
      await sleep(50);
      try {
        process.kill(pid, 0);
      } catch {
        isAlive = false;
      }
    }
    expect(isAlive).toBe(false);
  });
});
