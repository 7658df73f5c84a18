import type { WeftError } from '../protocol/errors.ts';
import { MAX_UNREADABLE_REPORTS } from './constants.ts';
import type { WriteTransaction } from './idb-transactions.ts';
import type { Checked } from './records.ts';
import { badRecord } from './storage-error.ts';

type StoreName = 'conversations' | 'messages';

export interface UnreadableDeps {
  readonly nowMs: () => number;
  /** Called once for each unreadable record that is met. */
  readonly onDamaged: (error: WeftError) => void;
}

/** A record that its check refused. */
interface Refused {
  readonly record: unknown;
  readonly reason: string;
}

/** What becomes of records that cannot be read: they stay where they are, for a version that can. */
export interface Unreadable {
  /** The readable ones; the others are skipped and reported. */
  sift<T>(
    store: StoreName,
    records: readonly unknown[],
    check: (record: unknown) => Checked<T>,
  ): { readonly good: T[]; readonly bad: ReadonlyMap<string, Refused> };
  /** Keeps a copy in the running transaction, which is about to replace the record. */
  copy(transaction: WriteTransaction, store: StoreName, refused: Refused): Promise<void>;
}

export function createUnreadable(deps: UnreadableDeps): Unreadable {
  const reported = new Set<string>();

  const report = (store: StoreName, key: string, reason: string) => {
    const name = `${store} ${key}`;
    if (reported.has(name) || reported.size >= MAX_UNREADABLE_REPORTS) return;
    reported.add(name);
    deps.onDamaged(badRecord(store, key, reason));
  };

  return {
    sift<T>(store: StoreName, records: readonly unknown[], check: (record: unknown) => Checked<T>) {
      const good: T[] = [];
      const bad = new Map<string, Refused>();
      for (const record of records) {
        const checked = check(record);
        if (checked.ok) {
          good.push(checked.value);
          continue;
        }
        // Stores keep nothing without a key; one that is no string is none of ours.
        const key = String((record as { readonly id?: unknown }).id);
        bad.set(key, { record, reason: checked.reason });
        report(store, key, checked.reason);
      }
      return { good, bad };
    },

    async copy(transaction, store, { record, reason }) {
      await transaction.objectStore('setAside').add({ store, record, reason, atMs: deps.nowMs() });
    },
  };
}
