import { openDB } from 'idb';
import type { DBSchema } from 'idb';
import type { Hex32 } from '../protocol/ids.ts';
import { storageError } from './storage-error.ts';

const DATABASE_NAME = 'weft-receipts';
const VERSION = 1;
/** Receipts that are kept, the newest: an offer counts for an hour at most, and nobody does so many in one. */
const MAX_RECEIPTS = 20_000;
/** Old ones are deleted so many at a time. */
const PRUNE_EVERY = 500;

interface ReceiptSchema extends DBSchema {
  receipts: {
    key: string;
    value: { readonly jobId: string; readonly atMs: number; readonly bytes: Uint8Array };
    indexes: { atMs: number };
  };
}

/** Receipts that this node gave out, on disk. */
export interface StoredReceipts {
  has(jobId: Hex32): Promise<boolean>;
  /** Resolves once it is on disk. False where there is one for this job. Throws storage/full, storage/unavailable. */
  add(jobId: Hex32, bytes: Uint8Array): Promise<boolean>;
  close(): void;
}

/** Throws storage/unavailable. */
export async function openStoredReceipts(
  init: { readonly name?: string },
  deps: { readonly nowMs: () => number },
): Promise<StoredReceipts> {
  const connection = await during('open the receipts', () =>
    openDB<ReceiptSchema>(init.name ?? DATABASE_NAME, VERSION, {
      upgrade(database) {
        database.createObjectStore('receipts', { keyPath: 'jobId' }).createIndex('atMs', 'atMs');
      },
      // A newer version of the page must not wait for this tab.
      blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
    }),
  );
  let added = 0;

  const prune = async () => {
    const transaction = connection.transaction('receipts', 'readwrite');
    let rest = (await transaction.store.count()) - MAX_RECEIPTS;
    for (let at = await transaction.store.index('atMs').openCursor(); at !== null && rest > 0; rest--) {
      await at.delete();
      at = await at.continue();
    }
    await transaction.done;
  };

  return {
    has: (jobId) => during('read a receipt', async () => (await connection.count('receipts', jobId)) > 0),
    add: (jobId, bytes) =>
      during('keep a receipt', async () => {
        const transaction = connection.transaction('receipts', 'readwrite', { durability: 'strict' });
        const isNew = (await transaction.store.count(jobId)) === 0;
        if (isNew) await transaction.store.add({ jobId, atMs: deps.nowMs(), bytes });
        await transaction.done;
        added += 1;
        if (added % PRUNE_EVERY === 0) await prune();
        return isNew;
      }),
    close: () => connection.close(),
  };
}

async function during<T>(action: string, body: () => Promise<T>): Promise<T> {
  try {
    return await body();
  } catch (error) {
    throw storageError(error, action);
  }
}
