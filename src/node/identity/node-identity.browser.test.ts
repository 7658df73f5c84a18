import { deleteDB } from 'idb';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { WalletProvider } from '../../identity/wallet.ts';
import { address, toHex } from '../../protocol/ids.ts';
import type { Address } from '../../protocol/ids.ts';
import type { WeftError } from '../../protocol/errors.ts';
import { openTestTab } from '../tabs/tab.fixture.ts';
import { createNodeIdentity } from './node-identity.ts';
import type { NodeIdentityDeps } from './node-identity.ts';
import { freshName, OTHER_ACCOUNT, OTHER_PHRASE, TEST_ACCOUNT, TEST_PHRASE } from './open-node-identity.fixture.ts';

const PASSPHRASE = 'correct horse battery';
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

const stops: (() => void)[] = [];
let name = '';

function openTab(deps: Partial<NodeIdentityDeps> = {}) {
  if (name === '') name = `node-${freshName()}`;
  const reports: WeftError[] = [];
  const tab = openTestTab(name);
  const identity = createNodeIdentity(
    { databaseName: name, report: (error) => reports.push(error) },
    {
      ...tab,
      leads: () => true,
      browserWallet: () => null,
      signingDomain: () => null,
      nowMs: Date.now,
      ...deps,
    },
  );
  stops.push(() => identity.stop());
  return { view: identity.view, identity, reports };
}

afterEach(async () => {
  vi.restoreAllMocks();
  for (const stop of stops.splice(0)) stop();
  await deleteDB(name);
  name = '';
});

describe('the key of a tab', () => {
  it('is neither read nor made before somebody asks', async () => {
    const { view, identity } = openTab();
    expect(view.state.current).toEqual({ status: 'unread' });
    expect(identity.current).toBeNull();
    await view.open();
    expect(view.state.current).toEqual({ status: 'none', isLasting: true });
    await view.create();
    expect(view.state.current).toMatchObject({ status: 'open', isLasting: true });
    const { view: next } = openTab();
    await next.open();
    expect(next.state.current).toEqual(view.state.current);
  });

  it('is in other tabs what this one made of it', async () => {
    const one = openTab();
    const two = openTab();
    await Promise.all([one.view.open(), two.view.open()]);
    await one.view.create();
    await expect.poll(() => two.view.state.current).toEqual(one.view.state.current);

    await two.view.importPhrase(TEST_PHRASE, addressOf(two.view));
    await expect.poll(() => one.view.state.current).toMatchObject({ status: 'open', address: TEST_ACCOUNT });
    await one.view.changePassphrase({ current: null, next: PASSPHRASE });
    // Open in both: who was in stays in.
    await expect.poll(() => two.view.state.current).toMatchObject({ status: 'open', hasPassphrase: true });
    await one.view.lock();
    await expect.poll(() => two.view.state.current).toMatchObject({ status: 'locked' });
    await two.view.unlock(PASSPHRASE);
    expect(one.view.state.current).toMatchObject({ status: 'locked' });
    await two.view.changePassphrase({ current: PASSPHRASE, next: null });
    await expect.poll(() => one.view.state.current).toMatchObject({ status: 'open', hasPassphrase: false });
    expect([...one.reports, ...two.reports]).toEqual([]);
  });

  it('is left alone in a tab that has its own in memory', async () => {
    const lasting = openTab();
    const passing = openTab();
    const witness = openTab();
    await lasting.view.importPhrase(TEST_PHRASE);
    await witness.view.open();
    await passing.view.open({ isLasting: false });
    await passing.view.importPhrase(OTHER_PHRASE);
    await lasting.view.changePassphrase({ current: null, next: PASSPHRASE });
    await lasting.view.lock();
    await expect.poll(() => witness.view.state.current).toMatchObject({ status: 'locked' });
    expect(passing.view.state.current).toMatchObject({ status: 'open', isLasting: false, address: OTHER_ACCOUNT });
    expect(lasting.view.state.current).toMatchObject({ status: 'locked', address: TEST_ACCOUNT });
  });
});

describe('a disk that does not answer', () => {
  it('is told, never taken for no key, and read again when asked', async () => {
    const { view: before } = openTab();
    await before.importPhrase(TEST_PHRASE);
    const { view, reports } = openTab();
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('The disk is busy.', 'UnknownError');
    });
    await view.open();
    expect(view.state.current).toMatchObject({ status: 'unreadable', error: { code: 'storage/unavailable' } });
    await expect(view.create()).rejects.toThrow(code('storage/unavailable'));
    await expect(view.importPhrase(OTHER_PHRASE)).rejects.toThrow(code('storage/unavailable'));

    vi.restoreAllMocks();
    await view.open();
    expect(view.state.current).toMatchObject({ status: 'open', address: TEST_ACCOUNT });
    expect(reports).toEqual([]);
  });

  it('can be gone without, if the person says so', async () => {
    const { view } = openTab();
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('The disk is busy.', 'UnknownError');
    });
    await view.open();
    await view.open({ isLasting: false });
    expect(view.state.current).toEqual({ status: 'none', isLasting: false });
  });
});

describe('an owner', () => {
  const account = privateKeyToAccount(toHex(new Uint8Array(32).fill(5)));
  const domain = { chainId: 31337n, verifyingContract: address(new Uint8Array(20).fill(9)) };
  /** A wallet as browsers have them: not ours. */
  const wallet: WalletProvider = {
    request({ method, params }) {
      if (method === 'eth_requestAccounts') return Promise.resolve([account.address]);
      if (method === 'eth_chainId') return Promise.resolve('0x7a69');
      const { domain, types, primaryType, message } = JSON.parse(String(params?.[1])) as Parameters<
        typeof account.signTypedData
      >[0];
      return account.signTypedData({ domain, types, primaryType, message });
    },
  };

  it('stands behind the key by its wallet, and no longer when it is disconnected', async () => {
    const { view } = openTab({ browserWallet: () => wallet, signingDomain: () => domain });
    await expect(view.connectOwner(null)).rejects.toThrow(code('identity/no-key'));
    await view.importPhrase(TEST_PHRASE);
    expect(view.hasBrowserWallet).toBe(true);
    const owner = account.address.toLowerCase();
    await view.connectOwner(null);
    expect(view.state.current).toMatchObject({ delegation: { message: { owner, payout: owner, node: TEST_ACCOUNT } } });
    await view.connectOwner(OTHER_ACCOUNT as Address);
    expect(view.state.current).toMatchObject({ delegation: { message: { owner, payout: OTHER_ACCOUNT } } });
    await view.disconnectOwner();
    expect(view.state.current).toMatchObject({ delegation: null });
  });

  it('is asked for nothing where there is no wallet or no chain', async () => {
    for (const deps of [{ browserWallet: () => wallet }, { signingDomain: () => domain }]) {
      const { view } = openTab(deps);
      await expect(view.connectOwner(null)).rejects.toThrow(code('identity/wallet-failed'));
    }
  });
});

function addressOf({ state: { current } }: ReturnType<typeof openTab>['view']): Address {
  if (current.status === 'open') return current.address;
  throw new Error(`The key is ${current.status}.`);
}
