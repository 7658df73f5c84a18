import type { DBSchema, IDBPDatabase, IDBPTransaction, StoreNames } from 'idb';

/** A copy of an unreadable record that something else replaced. */
export interface SetAsideRecord {
  readonly store: string;
  readonly record: unknown;
  readonly reason: string;
  readonly atMs: number;
}

/** Stored values are `unknown`: what comes from disk is checked before it is used. */
export interface WeftSchema extends DBSchema {
  conversations: { key: string; value: unknown };
  messages: { key: string; value: unknown; indexes: { byConversation: string; byState: string; byImage: string } };
  images: { key: string; value: unknown; indexes: { bySize: number } };
  notes: { key: string; value: unknown };
  setAside: { key: number; value: SetAsideRecord };
}

export type WeftConnection = IDBPDatabase<WeftSchema>;
type UpgradeTransaction = IDBPTransaction<WeftSchema, StoreNames<WeftSchema>[], 'versionchange'>;

/** One step of the schema, run inside the upgrade's transaction: synchronous, or awaiting only that transaction. */
export type Migration = (connection: WeftConnection, transaction: UpgradeTransaction) => void;

/** Step n leads from version n to n + 1. A released step is never changed; a new one is added below. */
export const migrations: readonly Migration[] = [
  (connection) => {
    connection.createObjectStore('conversations', { keyPath: 'id' });
    const messages = connection.createObjectStore('messages', { keyPath: 'id' });
    messages.createIndex('byConversation', 'conversationId');
    messages.createIndex('byState', 'state');
    connection.createObjectStore('notes');
    connection.createObjectStore('setAside', { autoIncrement: true });
  },
  (connection, transaction) => {
    connection.createObjectStore('images', { keyPath: 'sha256' }).createIndex('bySize', 'sizeBytes');
    transaction.objectStore('messages').createIndex('byImage', 'imageHashes', { multiEntry: true });
  },
];
