import { openDB } from 'idb';
import type { DBSchema, IDBPDatabase, IDBPTransaction } from 'idb';
import { WeftError } from '../protocol/errors.ts';
import type { KeyDatabase } from './key-database.ts';
import { storageError } from './storage-error.ts';

/** Apart from the chats: who deletes those keeps the key. */
const DATABASE_NAME = 'weft-identity';
const VERSION = 1;
const RECORD = 'keys';

interface KeySchema extends DBSchema {
  current: { key: string; value: unknown };
  setAside: { key: number; value: unknown };
}
type Write = IDBPTransaction<KeySchema, ('current' | 'setAside')[], 'readwrite'>;

/**
 * The keys on disk. Each call opens the database and closes it again: calls are few, and no tab stands in the way of a newer
 * version. Throws storage/unavailable (no IndexedDB, private browsing), storage/newer-schema, storage/full.
 */
export async function openIdbKeys(init: { readonly name?: string } = {}): Promise<KeyDatabase> {
  const { name = DATABASE_NAME } = init;

  const during = async <T>(action: string, body: (connection: IDBPDatabase<KeySchema>) => Promise<T>): Promise<T> => {
    if (typeof indexedDB === 'undefined') {
      throw new WeftError('storage/unavailable', 'This browser offers no IndexedDB to this page.', {
        hints: ['Leave private browsing, or allow this site to store data.'],
      });
    }
    let connection: IDBPDatabase<KeySchema> | undefined;
    try {
      connection = await openDB<KeySchema>(name, VERSION, {
        upgrade(database) {
          database.createObjectStore('current');
          database.createObjectStore('setAside', { autoIncrement: true });
        },
      });
      return await body(connection);
    } catch (error) {
      throw keyError(error, action);
    } finally {
      connection?.close();
    }
  };

  const write = (action: string, body: (transaction: Write) => Promise<void>) =>
    during(action, async (connection) => {
      const transaction: Write = connection.transaction(['current', 'setAside'], 'readwrite', { durability: 'strict' });
      // Awaited below; until then a failure of the body comes first and this one is its echo.
      transaction.done.catch(() => undefined);
      try {
        await body(transaction);
        await transaction.done;
      } catch (error) {
        throw abort(transaction) ?? error;
      }
    });

  const database: KeyDatabase = {
    isLasting: true,
    read: () => during('reading the key', (connection) => connection.get('current', RECORD)),
    edit: (change) =>
      write('saving the key', async (transaction) => {
        const current = transaction.objectStore('current');
        await current.put(change(await current.get(RECORD)), RECORD);
      }),
    setAside: () =>
      write('setting the key aside', async (transaction) => {
        const current = transaction.objectStore('current');
        const record = await current.get(RECORD);
        if (record === undefined) return;
        await transaction.objectStore('setAside').add(record);
        await current.delete(RECORD);
      }),
  };
  // Said at once, so that the caller can turn to memory before anything is written.
  await database.read();
  return database;
}

/** Ends a failed transaction; its own error (a full disk) says more than the request's. */
function abort(transaction: Write): DOMException | null {
  try {
    transaction.abort();
  } catch {
    // Already over: that is how it failed.
  }
  return transaction.error;
}

function keyError(error: unknown, action: string): WeftError {
  if (error instanceof DOMException && error.name === 'VersionError') {
    return new WeftError('storage/newer-schema', 'The key was saved by a newer version of Weft than this page.', {
      hints: ['Reload this page to get the new version.'],
      cause: error,
    });
  }
  return storageError(error, action);
}
