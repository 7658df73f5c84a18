import { verifyDelegation } from '../protocol/eip712/delegation.ts';
import { signDigest } from '../protocol/eip712/signature.ts';
import { WeftError } from '../protocol/errors.ts';
import type { Address } from '../protocol/ids.ts';
import { MAX_PASSPHRASE_CHARS, MIN_PASSPHRASE_CHARS } from './constants.ts';
import { deriveKey } from './derive-key.ts';
import type { NodeKey } from './derive-key.ts';
import type { Identity, IdentityState } from './identity.ts';
import { createKeyRing, withActive } from './key-ring.ts';
import type { KeyRingDeps } from './key-ring.ts';
import { entropyOf, newEntropy, phraseOf } from './phrase.ts';
import { activeKey } from './records.ts';
import type { KeyRecord, StoredKeys } from './records.ts';
import { badRecord, seal, unseal } from './seal.ts';

export interface IdentityDeps extends KeyRingDeps {
  /** Whether this tab leads: only then the raw key may leave. */
  readonly leads: () => boolean;
  readonly onChange?: (state: IdentityState) => void;
  readonly nowMs?: () => number;
}

/** Opens what is stored. A damaged record is a state, not a failure. Throws storage/*, app/insecure-origin. */
export async function openIdentity(deps: IdentityDeps): Promise<Identity> {
  requireWebCrypto();
  const nowMs = deps.nowMs ?? Date.now;
  const ring = createKeyRing(deps);
  let stored: StoredKeys | null = null;
  let open: NodeKey | null = null;
  let damage: WeftError | null = null;
  let state: IdentityState = { isLasting: deps.store.isLasting, status: 'none' };

  const stateNow = (): IdentityState => {
    const { isLasting } = deps.store;
    if (damage !== null) return { isLasting, status: 'damaged', error: damage };
    if (stored === null) return { isLasting, status: 'none' };
    const { address, sealed, delegation } = activeKey(stored);
    return {
      isLasting,
      status: open === null ? 'locked' : 'open',
      address,
      hasPassphrase: sealed.passphrase !== null,
      delegation:
        delegation !== null && counts(() => verifyDelegation(delegation, address, nowMs())) ? delegation : null,
      replaced: stored.keys.filter((key) => key.address !== address).map((key) => key.address),
    };
  };
  const changed = () => {
    state = stateNow();
    deps.onChange?.(state);
  };

  const close = () => {
    open?.privateKey.fill(0);
    open = null;
  };
  const use = (after: StoredKeys | null, key: NodeKey | null) => {
    if (open !== key) close();
    stored = after;
    open = key;
    changed();
  };
  /** Throws while nothing can be done but setting the record aside. */
  const requireReadable = () => {
    if (damage !== null) throw damage;
  };
  const openKey = (): NodeKey => {
    requireReadable();
    if (open !== null) return open;
    throw stored === null ? noKey() : locked();
  };
  const newRecord = async (entropy: Uint8Array<ArrayBuffer>, address: Address): Promise<KeyRecord> => ({
    address,
    createdAtMs: nowMs(),
    sealed: await seal(entropy, address, null),
    delegation: null,
  });
  /** Opens the key in use where it needs no passphrase. */
  const adopt = async (after: StoredKeys | null) => {
    const record = after === null ? null : activeKey(after);
    use(after, record?.sealed.passphrase === null ? await keyOf(record, null) : null);
  };
  /** Runs a change of the record in use, with what this tab then knows of it. */
  const changeActive = (change: (record: KeyRecord) => Promise<KeyRecord>) =>
    ring.change(async (before) => {
      if (before === null) throw noKey();
      const record = await change(activeKey(before));
      return { active: before.active, keys: before.keys.map((key) => (key.address === record.address ? record : key)) };
    });
  /** After a change of the stored keys that left the one in use where it was. */
  const keep = async (after: StoredKeys | null) => {
    if (open !== null && after?.active === open.address) use(after, open);
    else await adopt(after);
  };

  const readAgain = async (take: (after: StoredKeys | null) => Promise<void>) => {
    try {
      const after = await ring.read();
      damage = null;
      await take(after);
    } catch (error) {
      const failure = WeftError.from(error);
      if (failure.code !== 'identity/bad-record') throw failure;
      damage = failure;
      changed();
    }
  };
  await readAgain(adopt);

  return {
    get state() {
      return state;
    },

    async create() {
      requireReadable();
      const entropy = newEntropy();
      const key = await deriveKey(entropy);
      const after = await ring.change(async (before) =>
        before === null ? withActive(null, await newRecord(entropy, key.address)) : null,
      );
      entropy.fill(0);
      if (after?.active === key.address) {
        use(after, key);
        return;
      }
      key.privateKey.fill(0);
      await keep(after);
    },

    async unlock(passphrase) {
      requireReadable();
      const after = await ring.read();
      if (after === null) throw noKey();
      use(after, await keyOf(activeKey(after), passphrase));
    },

    lock() {
      requireReadable();
      if (stored !== null && activeKey(stored).sealed.passphrase === null) {
        throw new WeftError('identity/bad-passphrase', 'A key without a passphrase cannot be locked.', {
          hints: ['Set a passphrase first.'],
        });
      }
      close();
      changed();
    },

    async changePassphrase({ current, next }) {
      requireReadable();
      if (next !== null) requirePassphrase(next);
      let key: NodeKey | null = null;
      const after = await changeActive(async (record) => {
        const entropy = await unseal(record.sealed, record.address, current);
        try {
          key = await deriveKey(entropy);
          return { ...record, sealed: await seal(entropy, record.address, next) };
        } finally {
          entropy.fill(0);
        }
      });
      use(after, key);
    },

    async revealPhrase(passphrase) {
      requireReadable();
      const now = await ring.read();
      if (now === null) throw noKey();
      const record = activeKey(now);
      const entropy = await unseal(record.sealed, record.address, passphrase);
      try {
        return phraseOf(entropy);
      } finally {
        entropy.fill(0);
      }
    },

    async importPhrase(phrase, replaces) {
      requireReadable();
      const entropy = entropyOf(phrase);
      const key = await deriveKey(entropy);
      const { address } = key;
      const after = await ring.change(async (before) => {
        if (before !== null && before.active !== address && before.active !== replaces) return null;
        const known = before?.keys.find((record) => record.address === address);
        // Open already: the passphrase it may have stays.
        if (known !== undefined && before?.active === address && open?.address === address) return null;
        const { sealed, ...fresh } = await newRecord(entropy, address);
        return withActive(before, { ...fresh, ...known, sealed });
      });
      entropy.fill(0);
      if (after !== null && after.active !== address) {
        key.privateKey.fill(0);
        await keep(after);
        return { outcome: 'asks', address, replaces: after.active };
      }
      use(after, key);
      return { outcome: 'opened', address };
    },

    async switchTo(address) {
      requireReadable();
      const after = await ring.change(async (before) => {
        const record = before?.keys.find((key) => key.address === address);
        if (before === null || record === undefined) throw noKey();
        // One that cannot be opened is not taken into use.
        if (record.sealed.passphrase === null) (await keyOf(record, null)).privateKey.fill(0);
        return { active: address, keys: before.keys };
      });
      await keep(after);
    },

    async forget(address) {
      requireReadable();
      const after = await ring.change((before) => {
        if (before?.active === address) {
          throw new WeftError('identity/has-key', 'The key in use cannot be deleted.', {
            hints: ['Switch to another key first.'],
          });
        }
        if (before === null) return Promise.resolve(null);
        return Promise.resolve({ active: before.active, keys: before.keys.filter((key) => key.address !== address) });
      });
      await keep(after);
    },

    async setDelegation(delegation) {
      requireReadable();
      const after = await changeActive((record) => {
        if (delegation !== null) verifyDelegation(delegation, record.address, nowMs());
        return Promise.resolve({ ...record, delegation });
      });
      await keep(after);
    },

    sign: (digest) => signDigest(digest, openKey().privateKey),

    exportForLibp2p() {
      const { privateKey } = openKey();
      if (deps.leads()) return privateKey.slice();
      throw new WeftError('app/no-leader', 'Only the leading tab may use the key for the mesh.');
    },

    refresh: () => readAgain(keep),

    async setAsideDamaged() {
      if (damage === null) return;
      await ring.setAside();
      await readAgain(adopt);
    },
  };
}

/** The key of a record; throws what `unseal` throws, and identity/bad-record where it is the key of another account. */
async function keyOf(record: KeyRecord, passphrase: string | null): Promise<NodeKey> {
  const entropy = await unseal(record.sealed, record.address, passphrase);
  const key = await deriveKey(entropy).finally(() => entropy.fill(0));
  // It was sealed under this account: only another way of deriving could lead elsewhere, and must not go unnoticed.
  if (key.address === record.address) return key;
  key.privateKey.fill(0);
  throw badRecord('the key belongs to another account');
}

function counts(check: () => void): boolean {
  try {
    check();
    return true;
  } catch {
    // Why it does not count was said when it was set; since then it can only have expired, or been damaged.
    return false;
  }
}

function requirePassphrase(passphrase: string): void {
  if (passphrase.length >= MIN_PASSPHRASE_CHARS && passphrase.length <= MAX_PASSPHRASE_CHARS) return;
  throw new WeftError(
    'identity/bad-passphrase',
    `A passphrase has ${MIN_PASSPHRASE_CHARS} to ${MAX_PASSPHRASE_CHARS} characters, not ${passphrase.length}.`,
    { hints: ['Take a few words that only you would put together.'] },
  );
}

/** Browsers give `crypto.subtle` to https and localhost only; the types do not say so. */
function requireWebCrypto(): void {
  if ((crypto as { readonly subtle?: SubtleCrypto }).subtle !== undefined) return;
  throw new WeftError('app/insecure-origin', 'This browser keeps keys only for pages that came over https.', {
    hints: ['Open the page over https, or on the device that serves it.'],
  });
}

function noKey(): WeftError {
  return new WeftError('identity/no-key', 'There is no such key in this browser yet.', {
    hints: ['Create a key, or enter a recovery phrase.'],
  });
}

function locked(): WeftError {
  return new WeftError('identity/locked', 'The key is locked with a passphrase.', { hints: ['Enter the passphrase.'] });
}
