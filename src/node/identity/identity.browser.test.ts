import { deleteDB } from 'idb';
import { recoverAddress, parseCompactSignature, compactSignatureToSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromWalletSignature, recoverSigner } from '../../protocol/eip712/signature.ts';
import { TYPES } from '../../protocol/eip712/types.ts';
import { address, fromHex, hex32, toHex } from '../../protocol/ids.ts';
import type { Address } from '../../protocol/ids.ts';
import {
  freshName,
  keptAside,
  openTab,
  OTHER_ACCOUNT,
  OTHER_PHRASE,
  rawRecord,
  TEST_ACCOUNT,
  TEST_PHRASE,
} from './open-node-identity.fixture.ts';

const PASSPHRASE = 'correct horse battery';
const digest = hex32(new Uint8Array(32).fill(7));
const code = (name: string) => expect.objectContaining({ code: name }) as Error;

let name = '';
const used: string[] = [];
const open: typeof openTab = (databaseName, deps) => {
  used.push(databaseName);
  return openTab(databaseName, deps);
};
const fresh = () => open((name = freshName()));
afterEach(async () => {
  vi.unstubAllGlobals();
  for (const one of used.splice(0)) await deleteDB(one);
});

describe('the key of a node', () => {
  it('is there after a reload, and signs what viem recovers', async () => {
    const { identity, states } = await fresh();
    expect(identity.state).toEqual({ status: 'none', isLasting: true });
    expect(() => identity.sign(digest)).toThrow(code('identity/no-key'));
    await identity.create();
    expect(identity.state).toMatchObject({ status: 'open', hasPassphrase: false, isLasting: true, replaced: [] });
    expect(states.at(-1)).toBe(identity.state);

    const { identity: again } = await open(name);
    expect(again.state).toEqual(identity.state);
    const signature = again.sign(digest);
    const parsed = compactSignatureToSignature(parseCompactSignature(toHex(signature)));
    const recovered = await recoverAddress({ hash: digest, signature: parsed });
    expect(identity.state).toMatchObject({ address: recovered.toLowerCase() });
    expect(recoverSigner(digest, signature)).toBe(recovered.toLowerCase());
  });

  it('is made once, however many tabs ask for one at the same moment', async () => {
    const tabs = await Promise.all([fresh(), ...Array.from({ length: 4 }, () => open(name))]);
    await Promise.all(tabs.map(({ identity }) => identity.create()));
    const accounts = tabs.map(({ identity: { state } }) => (state.status === 'open' ? state.address : state.status));
    expect(new Set(accounts).size).toBe(1);
    expect(await rawRecord(name)).toMatchObject({ revision: 1, active: accounts[0], keys: [{ address: accounts[0] }] });
    const [before] = accounts;
    await tabs[0].identity.create();
    expect(tabs[0].identity.state).toMatchObject({ status: 'open', address: before });
  });

  it('keeps the first of two writers even where the lock does not', async () => {
    // A lock that everybody gets.
    const locks = { request: (_name: string, run: () => unknown) => Promise.resolve(run()) } as unknown as LockManager;
    const one = await open((name = freshName()), { locks });
    const two = await open(name, { locks });
    const results = await Promise.allSettled([one.identity.create(), two.identity.create()]);
    const failed = results.filter((result) => result.status === 'rejected');
    expect(failed).toHaveLength(1);
    expect(failed[0]!.reason).toMatchObject({ code: 'app/busy', retryable: true });
    expect(await rawRecord(name)).toMatchObject({ revision: 1, keys: [{}] });
  });

  it('lies on disk sealed: neither its bytes nor its words are in the record', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    const record = (await rawRecord(name)) as { keys: [{ sealed: { wrappingKey: CryptoKey; bytes: Uint8Array } }] };
    const { wrappingKey, bytes } = record.keys[0].sealed;
    expect(wrappingKey.extractable).toBe(false);
    await expect(crypto.subtle.exportKey('raw', wrappingKey)).rejects.toThrow();
    expect(bytes).toHaveLength(32);
    const text = JSON.stringify(record) + JSON.stringify(identity.state) + JSON.stringify(identity);
    expect(text).not.toMatch(/test|junk/);
    expect(text).not.toContain(toHex(identity.exportForLibp2p()).slice(2));
  });

  it('leaves raw only in the leading tab, as a copy', async () => {
    let leads = false;
    const { identity } = await open((name = freshName()), { leads: () => leads });
    await identity.importPhrase(TEST_PHRASE);
    expect(() => identity.exportForLibp2p()).toThrow(code('app/no-leader'));
    leads = true;
    const key = identity.exportForLibp2p();
    expect(privateKeyToAccount(toHex(key)).address.toLowerCase()).toBe(TEST_ACCOUNT);
    key.fill(0);
    expect(recoverSigner(digest, identity.sign(digest))).toBe(TEST_ACCOUNT);
  });
});

describe('a passphrase', () => {
  it('locks the key over a reload, and only it opens the key again', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    await identity.changePassphrase({ current: null, next: PASSPHRASE });
    expect(identity.state).toMatchObject({ status: 'open', hasPassphrase: true });

    const { identity: again } = await open(name);
    expect(again.state).toMatchObject({ status: 'locked', address: TEST_ACCOUNT, hasPassphrase: true });
    expect(() => again.sign(digest)).toThrow(code('identity/locked'));
    expect(() => again.exportForLibp2p()).toThrow(code('identity/locked'));
    await expect(again.revealPhrase(null)).rejects.toThrow(code('identity/locked'));
    await expect(again.unlock('correct horse batterz')).rejects.toThrow(code('identity/wrong-passphrase'));
    expect(again.state).toMatchObject({ status: 'locked' });
    await again.unlock(PASSPHRASE);
    expect(recoverSigner(digest, again.sign(digest))).toBe(TEST_ACCOUNT);
    again.lock();
    expect(() => again.sign(digest)).toThrow(code('identity/locked'));
  });

  it('is changed and removed only by who knows it', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    expect(() => identity.lock()).toThrow(code('identity/bad-passphrase'));
    await expect(identity.changePassphrase({ current: null, next: 'short' })).rejects.toThrow(
      code('identity/bad-passphrase'),
    );
    await identity.changePassphrase({ current: null, next: PASSPHRASE });
    for (const current of [null, 'wrong wrong']) {
      await expect(identity.changePassphrase({ current, next: null })).rejects.toThrow(/passphrase/);
    }
    await identity.changePassphrase({ current: PASSPHRASE, next: 'another passphrase' });
    const { identity: again } = await open(name);
    await expect(again.unlock(PASSPHRASE)).rejects.toThrow(code('identity/wrong-passphrase'));
    await again.unlock('another passphrase');
    await again.changePassphrase({ current: 'another passphrase', next: null });
    expect((await open(name)).identity.state).toMatchObject({ status: 'open', hasPassphrase: false });
  });

  it('that is forgotten is overcome by the recovery phrase', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    await identity.changePassphrase({ current: null, next: PASSPHRASE });
    // Open here: entering the phrase again leaves the passphrase on.
    await identity.importPhrase(TEST_PHRASE);
    const { identity: again } = await open(name);
    expect(again.state).toMatchObject({ status: 'locked' });
    expect(await again.importPhrase(TEST_PHRASE)).toEqual({ outcome: 'opened', address: TEST_ACCOUNT });
    expect((await open(name)).identity.state).toMatchObject({ status: 'open', hasPassphrase: false, replaced: [] });
  });
});

describe('a recovery phrase', () => {
  it('of a new key leads to the same account in any browser', async () => {
    const { identity } = await fresh();
    await identity.create();
    const phrase = await identity.revealPhrase(null);
    expect(phrase.split(' ')).toHaveLength(12);
    const { identity: elsewhere } = await fresh();
    const { address: account } = await elsewhere.importPhrase(phrase.toUpperCase());
    expect(identity.state).toMatchObject({ address: account });
  });

  it('asks before it replaces a key, and keeps the one it replaced', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    const asked = await identity.importPhrase(OTHER_PHRASE);
    expect(asked).toEqual({ outcome: 'asks', address: OTHER_ACCOUNT, replaces: TEST_ACCOUNT });
    // Consent to replace another key than the one in use is none.
    expect(await identity.importPhrase(OTHER_PHRASE, OTHER_ACCOUNT as Address)).toEqual(asked);
    expect(identity.state).toMatchObject({ status: 'open', address: TEST_ACCOUNT, replaced: [] });

    await identity.importPhrase(OTHER_PHRASE, TEST_ACCOUNT as Address);
    expect((await open(name)).identity.state).toMatchObject({ address: OTHER_ACCOUNT, replaced: [TEST_ACCOUNT] });
    await identity.switchTo(TEST_ACCOUNT as Address);
    expect(recoverSigner(digest, identity.sign(digest))).toBe(TEST_ACCOUNT);
    expect(await identity.revealPhrase(null)).toBe(TEST_PHRASE);

    await expect(identity.forget(TEST_ACCOUNT as Address)).rejects.toThrow(code('identity/has-key'));
    await identity.forget(OTHER_ACCOUNT as Address);
    expect(identity.state).toMatchObject({ status: 'open', address: TEST_ACCOUNT, replaced: [] });
    await expect(identity.switchTo(OTHER_ACCOUNT as Address)).rejects.toThrow(code('identity/no-key'));
  });

  it('is refused once as many keys are kept as there may be, and none is lost for it', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    const current = () => (identity.state.status === 'open' ? identity.state.address : (TEST_ACCOUNT as Address));
    const phrases: string[] = [];
    for (let n = 0; n < 8; n++) {
      const { identity: other } = await fresh();
      await other.create();
      phrases.push(await other.revealPhrase(null));
    }
    name = used[0]!;
    for (const phrase of phrases.slice(1)) await identity.importPhrase(phrase, current());
    const before = identity.state;
    expect(before).toMatchObject({ replaced: expect.arrayContaining([TEST_ACCOUNT]) as unknown });
    await expect(identity.importPhrase(phrases[0]!, current())).rejects.toThrow(code('identity/too-many-keys'));
    expect((await open(name)).identity.state).toEqual(before);
  });
});

describe('a damaged record', () => {
  it.each<[string, Parameters<typeof rawRecord>[1]]>([
    ['sealed bytes that changed', (record) => (record.keys[0]!.sealed.bytes.fill(0, 3, 4), record)],
    ['an account that changed', (record) => ((record.active = OTHER_ACCOUNT), record)],
    ['another account on the key', (record) => ((record.active = record.keys[0]!.address = OTHER_ACCOUNT), record)],
    ['a later version', (record) => ({ ...record, version: 2 })],
    ['no keys', (record) => ({ ...record, keys: [] })],
    ['a text', () => 'the private key'],
    ['nothing where a record was', () => null],
  ])('(%s) is a clear state and is never overwritten', async (_what, change) => {
    const { identity: before } = await fresh();
    await before.importPhrase(TEST_PHRASE);
    const damaged = await rawRecord(name, change);

    const { identity } = await open(name);
    const { state } = identity;
    if (state.status !== 'damaged') return expect.unreachable(state.status);
    expect(state.error).toMatchObject({ code: 'identity/bad-record' });
    expect(JSON.stringify([state.error, String(state.error.cause)])).not.toMatch(/private key|test|junk/);
    for (const call of [
      () => identity.create(),
      () => identity.importPhrase(TEST_PHRASE),
      () => identity.unlock(PASSPHRASE),
      () => identity.changePassphrase({ current: null, next: PASSPHRASE }),
      () => identity.revealPhrase(null),
      () => identity.setDelegation(null),
      () => identity.switchTo(TEST_ACCOUNT as Address),
    ]) {
      await expect(call()).rejects.toThrow(code('identity/bad-record'));
    }
    expect(() => identity.sign(digest)).toThrow(code('identity/bad-record'));
    expect(await rawRecord(name)).toEqual(damaged);

    await identity.setAsideDamaged();
    expect(identity.state).toEqual({ status: 'none', isLasting: true });
    expect(await keptAside(name)).toEqual([damaged]);
    await identity.importPhrase(TEST_PHRASE);
    expect(identity.state).toMatchObject({ status: 'open', address: TEST_ACCOUNT });
  });

  it('that appears under an open tab stops its changes', async () => {
    const { identity } = await fresh();
    await identity.importPhrase(TEST_PHRASE);
    const damaged = await rawRecord(name, (record) => ({ ...record, revision: 'many' }));
    await expect(identity.changePassphrase({ current: null, next: PASSPHRASE })).rejects.toThrow(
      code('identity/bad-record'),
    );
    expect(await rawRecord(name)).toEqual(damaged);
    expect(recoverSigner(digest, identity.sign(digest))).toBe(TEST_ACCOUNT);
  });
});

describe('an owner', () => {
  const owner = privateKeyToAccount(toHex(new Uint8Array(32).fill(5)));
  const domain = { chainId: 31337n, verifyingContract: address(new Uint8Array(20).fill(9)) };

  async function delegationFor(node: Address, expiry: bigint) {
    const message = { node, owner: address(owner.address), payout: address(owner.address), expiry };
    const signature = await owner.signTypedData({
      domain: { name: 'Weft', version: '1', ...domain },
      types: { Delegation: TYPES.Delegation },
      primaryType: 'Delegation',
      message,
    });
    return { domain, message, signature: fromWalletSignature(fromHex(signature, 65)) };
  }

  it('stands behind one key until it is revoked or expires', async () => {
    const nowMs = () => 1_800_000_000_000;
    const { identity } = await open((name = freshName()), { nowMs });
    await identity.importPhrase(TEST_PHRASE);
    const delegation = await delegationFor(TEST_ACCOUNT as Address, 1_800_000_001n);
    await identity.setDelegation(delegation);
    expect((await open(name, { nowMs })).identity.state).toMatchObject({ status: 'open', delegation });
    const later = await open(name, { nowMs: () => 1_800_000_001_000 });
    expect(later.identity.state).toMatchObject({ status: 'open', delegation: null });

    await identity.changePassphrase({ current: null, next: PASSPHRASE });
    expect(identity.state).toMatchObject({ delegation });
    await identity.importPhrase(OTHER_PHRASE, TEST_ACCOUNT as Address);
    expect(identity.state).toMatchObject({ address: OTHER_ACCOUNT, delegation: null });
    await expect(identity.setDelegation(delegation)).rejects.toThrow(code('identity/bad-delegation'));

    await identity.switchTo(TEST_ACCOUNT as Address);
    expect(identity.state).toMatchObject({ status: 'locked', delegation });
    await identity.setDelegation(null);
    expect((await open(name, { nowMs })).identity.state).toMatchObject({ status: 'locked', delegation: null });
  });
});

describe('without a place to store it', () => {
  it('the key lives in memory, and the person is told', async () => {
    vi.stubGlobal('indexedDB', undefined);
    const { identity, reports } = await open(freshName());
    expect(reports).toEqual([code('storage/unavailable')]);
    expect(reports[0]!.message).toContain('gone when it is closed');
    await identity.create();
    expect(identity.state).toMatchObject({ status: 'open', isLasting: false });
    const phrase = await identity.revealPhrase(null);
    await identity.changePassphrase({ current: null, next: PASSPHRASE });
    identity.lock();
    await identity.unlock(PASSPHRASE);
    expect(await identity.revealPhrase(PASSPHRASE)).toBe(phrase);
    vi.unstubAllGlobals();
  });

  it('there is no key on a page that did not come over https', async () => {
    await expect(openTab(freshName(), { locks: null })).rejects.toThrow(code('app/insecure-origin'));
  });
});
