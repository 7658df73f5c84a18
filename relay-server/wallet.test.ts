import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createChainClient } from '../src/chain/chain-client.ts';
import { nodeRegistryAbi } from '../src/chain/generated/node-registry-abi.ts';
import type { KeyState } from '../src/node/identity/identity-view.ts';
import { createLive } from '../src/node/live.ts';
import { createWallet } from '../src/node/wallet/create-wallet.ts';
import type { WalletProgress, WalletState } from '../src/node/wallet/wallet.ts';
import { addressOf } from '../src/protocol/eip712/address-of.ts';
import { signDigest } from '../src/protocol/eip712/signature.ts';
import { WeftError } from '../src/protocol/errors.ts';
import { createRelayApp } from './app.ts';
import { openChain } from './chain/open-chain.ts';
import type { RelayChain } from './chain/open-chain.ts';
import { readConfig } from './config.ts';
import { listen, type Listening } from './listen.ts';

const ONE = 10n ** 18n;

let folder: string;
let chain: RelayChain | null;
let relay: Listening;
let bare: Listening;
const stops: (() => void)[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-wallet-'));
  chain = await openChain(readConfig({ WEFT_DATA_DIR: folder, WEFT_CHAIN: 'embedded' }), { warn: () => undefined });
  const at = { host: '127.0.0.1', port: null };
  relay = await listen(createRelayApp({ pageFolder: folder, version: '1' }, { chain }), at);
  bare = await listen(createRelayApp({ pageFolder: folder, version: '1' }), at);
}, 60_000);
afterAll(async () => {
  for (const stop of stops) stop();
  await Promise.all([relay.close(), bare.close()]);
  await chain?.stop();
  await rm(folder, { recursive: true });
});

function openWallet({ server = relay, key = secp256k1.utils.randomSecretKey() } = {}) {
  const address = addressOf(secp256k1.getPublicKey(key));
  const isOpen = { isLasting: true, hasPassphrase: false, delegation: null, replaced: [], address } as const;
  const state = createLive<KeyState>({ status: 'open', ...isOpen });
  const notes = new Map<string, unknown>();
  let isLocked = false;
  const wallet = createWallet(
    { origin: server.url },
    {
      fetch: (url, init) => fetch(url, init),
      readNote: (name) => Promise.resolve(notes.get(name)),
      writeNote: (name, value) => Promise.resolve(void notes.set(name, value)),
      locks: null,
      key: state,
      sign(digest) {
        if (isLocked) throw new WeftError('identity/locked', 'The key is locked.');
        return signDigest(digest, key);
      },
      nowMs: Date.now,
    },
  );
  stops.push(() => wallet.stop());
  return { wallet, key, address, keyState: state, lock: () => (isLocked = true) };
}

function ready(state: WalletState) {
  if (state.status !== 'ready' || state.figures === null)
    throw new Error(`The wallet is ${JSON.stringify(state.status)}.`);
  return state.figures;
}

describe('a wallet', { timeout: 120_000 }, () => {
  it('gets test tokens, deposits, withdraws, and shows each movement with its transaction and time', async () => {
    const { wallet, address } = openWallet();
    await wallet.refresh();
    expect(ready(wallet.state.current)).toMatchObject({ balance: 0n, deposit: 0n, stake: null, movements: [] });

    const given = await wallet.faucet();
    expect(ready(wallet.state.current)).toMatchObject({ balance: 20_000n * ONE, gas: 10n * ONE });

    const progress: WalletProgress[] = [];
    const deposited = await wallet.deposit(5_000n * ONE, { onProgress: (step) => progress.push(step) });
    expect(progress.map(({ status, step, steps }) => `${status} ${step}/${steps}`)).toEqual([
      'asking 1/1',
      ...['signing 1/2', 'sent 1/2', 'confirmed 1/2'],
      ...['signing 2/2', 'sent 2/2', 'confirmed 2/2'],
    ]);
    expect(progress.at(-1)).toMatchObject({ action: 'deposit', transaction: deposited });
    expect(ready(wallet.state.current)).toMatchObject({ balance: 15_000n * ONE, deposit: 5_000n * ONE });

    await wallet.announceWithdrawal(2_000n * ONE);
    const { withdrawal } = ready(wallet.state.current);
    expect(withdrawal?.amount).toBe(2_000n * ONE);
    await expect(wallet.withdraw()).rejects.toMatchObject({ code: 'chain/reverted', hints: [/Wait/] as unknown });
    await sleep(Math.max(0, withdrawal!.opensAtMs - Date.now()) + 1_500);
    const withdrawn = await wallet.withdraw();
    const figures = ready(wallet.state.current);
    expect(figures).toMatchObject({ balance: 17_000n * ONE, deposit: 3_000n * ONE, withdrawal: null });

    expect(figures.movements.map(({ kind, amount }) => [kind, amount / ONE])).toEqual([
      ['withdrawn', 2_000n],
      ['withdrawal-announced', 2_000n],
      ['deposited', 5_000n],
      ['received', 20_000n],
    ]);
    expect(figures.movements.map(({ transaction }) => transaction)).toMatchObject([withdrawn, /0x/, deposited, given]);
    for (const { atMs } of figures.movements) expect(Math.abs(Date.now() - atMs)).toBeLessThan(120_000);
    expect(wallet.state.current).toMatchObject({ address, progress: null, error: null });

    // Somebody else with the same key sees the same.
    expect(figures.areMovementsCut).toBe(false);
  });

  it('stakes under the node’s own peer id, leaves, and says when the stake is free', async () => {
    const { wallet, key, address } = openWallet();
    await wallet.faucet();
    await expect(wallet.stake(5n * ONE)).rejects.toMatchObject({ code: 'chain/reverted' });
    await wallet.stake(12_000n * ONE);
    expect(ready(wallet.state.current).stake).toMatchObject({
      amount: 12_000n * ONE,
      free: 12_000n * ONE,
      isProvider: true,
      isValidator: false,
      opensAtMs: null,
    });
    await wallet.stake(1_000n * ONE);
    const { contracts, chainId } = chain!.site;
    const client = createChainClient({ chainId, rpcUrls: [new URL('/rpc', relay.url).href] });
    const node = await client.readContract({
      address: contracts.registry,
      abi: nodeRegistryAbi,
      functionName: 'nodeOf',
      args: [address],
    });
    const publicKey = Buffer.from(secp256k1.getPublicKey(key, true)).toString('hex');
    expect(node.peerId).toBe(`0x002508021221${publicKey}`);
    expect(node.stake).toBe(13_000n * ONE);
    await wallet.unstake();
    const { stake } = ready(wallet.state.current);
    expect(stake).toMatchObject({ isProvider: false });
    expect(stake!.opensAtMs).toBeGreaterThan(Date.now());
    await expect(wallet.withdrawStake()).rejects.toMatchObject({ shortMessage: /can be withdrawn from/ as unknown });
  });

  it('says why something was refused before anything is paid', async () => {
    const { wallet } = openWallet();
    await wallet.faucet();
    const { gas } = ready(wallet.state.current);
    await expect(wallet.deposit(30_000n * ONE)).rejects.toMatchObject({
      shortMessage: 'The wallet holds less than that.',
    });
    await expect(wallet.deposit(0n)).rejects.toMatchObject({ code: 'app/bad-request' });
    await expect(wallet.withdraw()).rejects.toMatchObject({ shortMessage: 'No withdrawal was announced.' });
    await expect(wallet.withdrawEarnings()).rejects.toMatchObject({ shortMessage: 'There is nothing to withdraw.' });
    await wallet.refresh();
    expect(ready(wallet.state.current).gas).toBe(gas);
  });

  it('does one thing at a time', async () => {
    const { wallet } = openWallet();
    const first = wallet.faucet();
    await expect(wallet.faucet()).rejects.toMatchObject({ code: 'app/busy' });
    await first;
  });

  it('shows the figures of a locked key, and moves nothing', async () => {
    const { wallet, lock } = openWallet();
    await wallet.faucet();
    lock();
    await wallet.refresh();
    expect(ready(wallet.state.current).balance).toBe(20_000n * ONE);
    await expect(wallet.deposit(ONE)).rejects.toMatchObject({ code: 'identity/locked' });
    expect(wallet.state.current).toMatchObject({ progress: null });
  });

  it('says that there is no key, and no chain', async () => {
    const { wallet, keyState } = openWallet();
    keyState.set({ status: 'none', isLasting: true });
    await wallet.refresh();
    expect(wallet.state.current).toMatchObject({ status: 'no-key', chain: { isEmbedded: true } });
    await expect(wallet.deposit(ONE)).rejects.toMatchObject({ code: 'chain/none' });

    const free = openWallet({ server: bare }).wallet;
    expect(free.state.current).toEqual({ status: 'starting' });
    await free.refresh();
    expect(free.state.current).toEqual({ status: 'no-chain' });
    await expect(free.deposit(ONE)).rejects.toMatchObject({
      code: 'chain/none',
      shortMessage: 'This mesh has no chain: everything costs nothing.',
    });
  });

  it('keeps the last figures where the chain does not answer', async () => {
    const at = { host: '127.0.0.1', port: null };
    const other = await listen(createRelayApp({ pageFolder: folder, version: '1' }, { chain }), at);
    const { wallet } = openWallet({ server: other });
    await wallet.refresh();
    const before = ready(wallet.state.current);
    await other.close();
    stops.push(wallet.state.subscribe(() => undefined));
    await wallet.refresh();
    expect(wallet.state.current).toMatchObject({ status: 'ready', figures: before });
    expect(wallet.state.current).toMatchObject({ error: { code: 'chain/unreachable' } });
  });
});
