import type { IDBPTransaction, StoreNames } from 'idb';
import type { WeftError } from '../protocol/errors.ts';
import type { ChatDatabase, StoredTree } from './chat-database.ts';
import { checkEdit } from './check-edit.ts';
import { DATABASE_NAME } from './constants.ts';
import type { Migration, WeftConnection, WeftSchema } from './migrations.ts';
import { openConnection } from './open-connection.ts';
import { checkConversation, checkMessage } from './records.ts';
import type { Checked } from './records.ts';
import { rebuildConversation } from './rebuild-conversation.ts';
import type { Conversation, Message } from './schema.ts';
import { setAside } from './set-aside.ts';
import { badRecord, storageError } from './storage-error.ts';
import { repairedLeafId } from './tree.ts';

export interface IdbChatsInit {
  readonly name?: string;
  readonly migrations?: readonly Migration[];
  readonly blockedTimeoutMs?: number;
  readonly nowMs?: () => number;
  /** A damaged record was set aside (storage/bad-record). */
  readonly onDamaged: (error: WeftError) => void;
  /** The connection was lost. It is opened again on the next call unless a newer version took the database over. */
  readonly onLost: (error: WeftError) => void;
}

type WriteTransaction = IDBPTransaction<WeftSchema, StoreNames<WeftSchema>[], 'readwrite'>;
type RecordStore = 'conversations' | 'messages';

/** Opens the chats on disk. Throws storage/unavailable, storage/newer-schema, storage/blocked. */
export async function openIdbChats(init: IdbChatsInit): Promise<ChatDatabase> {
  const nowMs = init.nowMs ?? Date.now;
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

  /**
   * One write. A damaged record met on the way is moved aside in the same transaction and reported once it is
   * committed. `strict` waits for the disk: what a person did survives a power cut; batches of tokens need not.
   */
  const write = async <T>(
    action: string,
    durability: IDBTransactionDurability,
    body: (
      transaction: WriteTransaction,
      damage: (store: RecordStore, record: unknown, why: string) => Promise<void>,
    ) => Promise<T>,
  ): Promise<T> => {
    const reports: WeftError[] = [];
    const database = await connect();
    let transaction: WriteTransaction | undefined;
    try {
      transaction = database.transaction(['conversations', 'messages', 'notes', 'setAside'], 'readwrite', {
        durability,
      });
      const active = transaction;
      const done = active.done;
      // Awaited below; until then a failure of the body comes first and this one is its echo.
      done.catch(() => undefined);
      const result = await body(active, async (store, record, why) => {
        const key = keyOf(record);
        if (key !== null) await active.objectStore(store).delete(key);
        await setAside(active.objectStore('setAside'), { store, record, reason: why, atMs: nowMs() });
        reports.push(badRecord(store, key ?? 'without an id', why));
      });
      await done;
      for (const report of reports) init.onDamaged(report);
      return result;
    } catch (error) {
      throw storageError(abort(transaction) ?? error, action);
    }
  };

  const read = async <T>(action: string, body: (database: WeftConnection) => Promise<T>): Promise<T> => {
    const database = await connect();
    try {
      return await body(database);
    } catch (error) {
      throw storageError(error, action);
    }
  };

  /** Moves what a read found damaged aside, one transaction for all. Another tab may have been faster. */
  const moveAside = async (
    store: RecordStore,
    found: readonly { record: unknown; reason: string }[],
  ): Promise<void> => {
    if (found.length === 0) return;
    await write('setting a damaged record aside', 'relaxed', async (transaction, damage) => {
      for (const { record, reason } of found) {
        const key = keyOf(record);
        if (key === null || (await transaction.objectStore(store).get(key)) === undefined) continue;
        await damage(store, record, reason);
        if (store === 'conversations') {
          const { good } = sift(
            await transaction.objectStore('messages').index('byConversation').getAll(key),
            checkMessage,
          );
          if (good.length > 0) {
            await transaction.objectStore('conversations').put(rebuildConversation(key, good, nowMs()));
          }
        }
      }
    });
  };

  const treeIn = async (
    transaction: WriteTransaction,
    conversationId: string,
    damage: (store: RecordStore, record: unknown, why: string) => Promise<void>,
  ): Promise<StoredTree> => {
    const [record, records] = await Promise.all([
      transaction.objectStore('conversations').get(conversationId),
      transaction.objectStore('messages').index('byConversation').getAll(conversationId),
    ]);
    const { good, bad } = sift(records, checkMessage);
    for (const { record: damaged, reason } of bad) await damage('messages', damaged, reason);
    if (record === undefined) return { conversation: null, messages: good };
    const checked = checkConversation(record);
    if (checked.ok) return { conversation: withLeaf(checked.value, good), messages: good };
    await damage('conversations', record, checked.reason);
    return { conversation: rebuildConversation(conversationId, good, nowMs()), messages: good };
  };

  await connect();

  return {
    backend: 'disk',

    async conversations() {
      const { good, bad } = sift(
        await read('reading the chats', (database) => database.getAll('conversations')),
        checkConversation,
      );
      if (bad.length === 0) return good;
      await moveAside('conversations', bad);
      return sift(await read('reading the chats', (database) => database.getAll('conversations')), checkConversation)
        .good;
    },

    async tree(conversationId) {
      const { record, records } = await read('reading a chat', async (database) => {
        const transaction = database.transaction(['conversations', 'messages']);
        const [record, records] = await Promise.all([
          transaction.objectStore('conversations').get(conversationId),
          transaction.objectStore('messages').index('byConversation').getAll(conversationId),
        ]);
        await transaction.done;
        return { record, records };
      });
      const { good, bad } = sift(records, checkMessage);
      await moveAside('messages', bad);
      if (record === undefined) return { conversation: null, messages: good };
      const checked = checkConversation(record);
      if (checked.ok) return { conversation: withLeaf(checked.value, good), messages: good };
      await moveAside('conversations', [{ record, reason: checked.reason }]);
      return {
        conversation: good.length > 0 ? rebuildConversation(conversationId, good, nowMs()) : null,
        messages: good,
      };
    },

    async message(messageId) {
      const record = await read('reading a message', (database) => database.get('messages', messageId));
      if (record === undefined) return null;
      const checked = checkMessage(record);
      if (checked.ok) return checked.value;
      await moveAside('messages', [{ record, reason: checked.reason }]);
      return null;
    },

    async writing() {
      const records = await read('reading unfinished answers', (database) =>
        database.getAllFromIndex('messages', 'byState', 'writing'),
      );
      const { good, bad } = sift(records, checkMessage);
      await moveAside('messages', bad);
      return good;
    },

    edit: (conversationId, edit) =>
      write('saving a chat', 'strict', async (transaction, damage) => {
        const tree = await treeIn(transaction, conversationId, damage);
        const changes = edit(tree);
        if (changes === null) return null;
        checkEdit(conversationId, tree, changes);
        const messages = transaction.objectStore('messages');
        await Promise.all([
          ...(changes.remove ?? []).map((id) => messages.delete(id)),
          ...(changes.put ?? []).map((message) => messages.put(message)),
          ...(changes.conversation === undefined
            ? []
            : [transaction.objectStore('conversations').put(changes.conversation)]),
        ]);
        return changes;
      }),

    editConversation: (conversationId, edit) =>
      write('saving a chat', 'strict', async (transaction, damage) => {
        const store = transaction.objectStore('conversations');
        const current = await checkedIn(await store.get(conversationId), checkConversation, (record, why) =>
          damage('conversations', record, why),
        );
        const next = edit(current);
        if (next !== null) await store.put(next);
        return next;
      }),

    editMessage: (messageId, edit) =>
      write('saving a message', 'relaxed', async (transaction, damage) => {
        const store = transaction.objectStore('messages');
        const current = await checkedIn(await store.get(messageId), checkMessage, (record, why) =>
          damage('messages', record, why),
        );
        const next = edit(current);
        if (next !== null) await store.put(next);
        return next;
      }),

    purge: (conversationId) =>
      write('deleting a chat', 'strict', async (transaction) => {
        const messages = transaction.objectStore('messages');
        const keys = await messages.index('byConversation').getAllKeys(conversationId);
        await Promise.all([
          ...keys.map((key) => messages.delete(key)),
          transaction.objectStore('conversations').delete(conversationId),
        ]);
      }),

    readNote: (name) => read('reading a setting', (database) => database.get('notes', name)),

    writeNote: (name, value) =>
      write('saving a setting', 'relaxed', async (transaction) => {
        await transaction.objectStore('notes').put(value, name);
      }),

    close() {
      void connection?.then(
        (database) => database.close(),
        () => undefined,
      );
    },
  };
}

/** Splits what was read into checked values and damaged records. */
function sift<T>(
  records: readonly unknown[],
  check: (record: unknown) => Checked<T>,
): { good: T[]; bad: { record: unknown; reason: string }[] } {
  const good: T[] = [];
  const bad: { record: unknown; reason: string }[] = [];
  for (const record of records) {
    const checked = check(record);
    if (checked.ok) good.push(checked.value);
    else bad.push({ record, reason: checked.reason });
  }
  return { good, bad };
}

async function checkedIn<T>(
  record: unknown,
  check: (record: unknown) => Checked<T>,
  damage: (record: unknown, why: string) => Promise<void>,
): Promise<T | null> {
  if (record === undefined) return null;
  const checked = check(record);
  if (checked.ok) return checked.value;
  await damage(record, checked.reason);
  return null;
}

function withLeaf(conversation: Conversation, messages: readonly Message[]): Conversation {
  const leafId = repairedLeafId(messages, conversation.leafId);
  return leafId === conversation.leafId ? conversation : { ...conversation, leafId };
}

function keyOf(record: unknown): string | null {
  if (typeof record !== 'object' || record === null || !('id' in record)) return null;
  return typeof record.id === 'string' ? record.id : null;
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
