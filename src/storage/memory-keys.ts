import type { KeyDatabase } from './key-database.ts';

/** A key that lives as long as the page: the fallback where the browser stores nothing. */
export function createMemoryKeys(): KeyDatabase {
  let record: unknown;
  return {
    isLasting: false,
    read: () => Promise.resolve(record),
    // `then` keeps the contract of a transaction: what a change throws is a rejection, and nothing was written.
    edit: (change) =>
      Promise.resolve().then(() => {
        record = change(record);
      }),
    setAside() {
      // It would be gone with the page in any case.
      record = undefined;
      return Promise.resolve();
    },
  };
}
