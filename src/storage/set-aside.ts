import type { IDBPObjectStore, StoreNames } from 'idb';
import { MAX_SET_ASIDE } from './constants.ts';
import type { SetAsideRecord, WeftSchema } from './migrations.ts';

type SetAsideStore = IDBPObjectStore<WeftSchema, StoreNames<WeftSchema>[], 'setAside', 'readwrite'>;

/** Keeps a damaged record for a later look and makes room by dropping the oldest. */
export async function setAside(store: SetAsideStore, damaged: SetAsideRecord): Promise<void> {
  await store.add(damaged);
  const excess = (await store.count()) - MAX_SET_ASIDE;
  if (excess <= 0) return;
  const oldest = await store.getAllKeys(undefined, excess);
  await Promise.all(oldest.map((key) => store.delete(key)));
}
