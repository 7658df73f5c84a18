import { WeftError } from '../protocol/errors.ts';
import { KEYS_LOCK, MAX_KEYS } from './constants.ts';
import type { KeyStore } from './key-store.ts';
import { parseStoredKeys } from './records.ts';
import type { KeyRecord, StoredKeys } from './records.ts';

/** The stored keys; one tab changes them at a time. */
export interface KeyRing {
  /** Throws identity/bad-record, storage/*. */
  read(): Promise<StoredKeys | null>;
  /**
   * Reads, lets `change` take its time (a passphrase does), and stores what it returns unless somebody stored in between.
   * Null leaves all as it is. Resolves with what is stored then.
   */
  change(change: (stored: StoredKeys | null) => Promise<StoredContent | null>): Promise<StoredKeys | null>;
  setAside(): Promise<void>;
}

export type StoredContent = Pick<StoredKeys, 'active' | 'keys'>;

export interface KeyRingDeps {
  readonly store: KeyStore;
  readonly locks: LockManager;
}

export function createKeyRing({ store, locks }: KeyRingDeps): KeyRing {
  const read = async () => parseStoredKeys(await store.read());
  return {
    read,

    change: (change) =>
      locks.request(KEYS_LOCK, async () => {
        const before = await read();
        const content = await change(before);
        if (content === null) return before;
        if (content.keys.length > MAX_KEYS) throw tooManyKeys();
        const after: StoredKeys = { version: 1, revision: (before?.revision ?? 0) + 1, ...content };
        await store.edit((current) => {
          // The lock keeps tabs apart; this holds even where a browser loses it.
          if ((parseStoredKeys(current)?.revision ?? 0) !== (before?.revision ?? 0)) throw changedMeanwhile();
          return after;
        });
        return after;
      }),

    setAside: () => locks.request(KEYS_LOCK, () => store.setAside()),
  };
}

/** The keys with `record` in the place of the one of its address, or after them, and in use. */
export function withActive(stored: StoredKeys | null, record: KeyRecord): StoredContent {
  const others = (stored?.keys ?? []).filter((key) => key.address !== record.address);
  return { active: record.address, keys: [...others, record] };
}

function changedMeanwhile(): WeftError {
  return new WeftError('app/busy', 'Another tab changed the key at the same moment.', {
    hints: ['Try again.'],
    retryable: true,
  });
}

function tooManyKeys(): WeftError {
  return new WeftError('identity/too-many-keys', `This browser keeps ${MAX_KEYS} keys, and no more.`, {
    hints: ['Delete a replaced key whose recovery phrase you have.'],
  });
}
