import type { IDBPTransaction, StoreNames } from 'idb';
import type { WeftError } from '../protocol/errors.ts';
import { DATABASE_NAME } from './constants.ts';
import type { Migration, WeftConnection, WeftSchema } from './migrations.ts';
import { openConnection } from './open-connection.ts';
import { storageError } from './storage-error.ts';

export interface IdbTransactionsInit {
  readonly name?: string;
  readonly migrations?: readonly Migration[];
  readonly blockedTimeoutMs?: number;
  /** The connection was lost. It is opened again on the next call unless a newer version took the database over. */
  readonly onLost: (error: WeftError) => void;
}

export type ReadTransaction = IDBPTransaction<WeftSchema, StoreNames<WeftSchema>[]>;
export type WriteTransaction = IDBPTransaction<WeftSchema, StoreNames<WeftSchema>[], 'readwrite'>;

/** Every transaction may touch all of them: they are few, and what replaces an unreadable record keeps a copy of it. */
const STORES: StoreNames<WeftSchema>[] = ['conversations', 'messages', 'images', 'notes', 'setAside'];

export interface IdbTransactions {
  /** Opens, or opens again. Throws storage/unavailable, storage/newer-schema, storage/blocked. */
  connect(): Promise<WeftConnection>;
  readonly read: <T>(action: string, body: (transaction: ReadTransaction) => Promise<T>) => Promise<T>;
  /**
   * One write over all stores. `strict` waits for the disk: what a person did survives a power cut; batches of tokens need not.
   */
  readonly write: <T>(
    action: string,
    durability: IDBTransactionDurability,
    body: (transaction: WriteTransaction) => Promise<T>,
  ) => Promise<T>;
  close(): void;
}

/** The connection and the two kinds of transactions; every failure is a WeftError that names the action. */
export function createIdbTransactions(init: IdbTransactionsInit): IdbTransactions {
  let connection: Promise<WeftConnection> | null = null;
  let lost: WeftError | null = null;

  const connect = async (): Promise<WeftConnection> => {
    if (lost !== null && !lost.retryable) throw lost;
    connection ??= openConnection({
      name: init.name ?? DATABASE_NAME,
      ...(init.migrations === undefined ? {} : { migrations: init.migrations }),
      ...(init.blockedTimeoutMs === undefined ? {} : { blockedTimeoutMs: init.blockedTimeoutMs }),
      onLost(error) {
        lost = error;
        connection = null;
        init.onLost(error);
      },
    });
    try {
      return await connection;
    } catch (error) {
      connection = null;
      throw error;
    }
  };

  return {
    connect,

    async read(action, body) {
      const database = await connect();
      try {
        const transaction = database.transaction(STORES);
        // What was read counts; a connection that the browser closes after that is told of by `onLost`.
        transaction.done.catch(() => undefined);
        return await body(transaction);
      } catch (error) {
        throw storageError(error, action);
      }
    },

    async write(action, durability, body) {
      const database = await connect();
      let transaction: WriteTransaction | undefined;
      try {
        const active: WriteTransaction = database.transaction(STORES, 'readwrite', { durability });
        transaction = active;
        const done = active.done;
        // Awaited below; until then a failure of the body comes first and this one is its echo.
        done.catch(() => undefined);
        const result = await body(active);
        await done;
        return result;
      } catch (error) {
        throw storageError(abort(transaction) ?? error, action);
      }
    },

    close() {
      void connection?.then(
        (database) => database.close(),
        () => undefined,
      );
    },
  };
}

/** Ends a failed transaction; its own error (a full disk) says more than the request's. */
function abort(transaction: WriteTransaction | undefined): DOMException | null {
  try {
    transaction?.abort();
  } catch {
    // Already over: that is how it failed.
  }
  return transaction?.error ?? null;
}
