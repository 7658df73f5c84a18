import type { ChatDatabase, StoredTree } from './chat-database.ts';
import { checkEdit } from './check-edit.ts';
import { createIdbTransactions, recordKey } from './idb-transactions.ts';
import type { Damage, IdbTransactionsInit, WriteTransaction } from './idb-transactions.ts';
import { checkConversation, checkMessage } from './records.ts';
import type { Checked } from './records.ts';
import { rebuildConversation } from './rebuild-conversation.ts';
import type { Conversation, Message } from './schema.ts';
import { repairedLeafId } from './tree.ts';

export type IdbChatsInit = Omit<IdbTransactionsInit, 'nowMs'> & { readonly nowMs?: () => number };

/** Opens the chats on disk. Throws storage/unavailable, storage/newer-schema, storage/blocked. */
export async function openIdbChats(init: IdbChatsInit): Promise<ChatDatabase> {
  const nowMs = init.nowMs ?? Date.now;
  const transactions = createIdbTransactions({ ...init, nowMs });
  const { read, write } = transactions;

  /** Moves what a read found damaged aside, one transaction for all. Another tab may have been faster. */
  const moveAside = async (
    store: 'conversations' | 'messages',
    found: readonly { record: unknown; reason: string }[],
  ): Promise<void> => {
    if (found.length === 0) return;
    await write('setting a damaged record aside', 'relaxed', async (transaction, damage) => {
      for (const { record, reason } of found) {
        const key = recordKey(record);
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

  const treeIn = async (transaction: WriteTransaction, conversationId: string, damage: Damage): Promise<StoredTree> => {
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

  const readTree = async (conversationId: string): Promise<StoredTree> => {
    const [record, records] = await read('reading a chat', (transaction) =>
      Promise.all([
        transaction.objectStore('conversations').get(conversationId),
        transaction.objectStore('messages').index('byConversation').getAll(conversationId),
      ]),
    );
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
  };

  await transactions.connect();

  return {
    backend: 'disk',

    async conversations() {
      const { good, bad } = sift(
        await read('reading the chats', (transaction) => transaction.objectStore('conversations').getAll()),
        checkConversation,
      );
      if (bad.length === 0) return good;
      await moveAside('conversations', bad);
      return sift(
        await read('reading the chats', (transaction) => transaction.objectStore('conversations').getAll()),
        checkConversation,
      ).good;
    },

    async conversation(conversationId) {
      const record = await read('reading a chat', (transaction) =>
        transaction.objectStore('conversations').get(conversationId),
      );
      if (record === undefined) return null;
      const checked = checkConversation(record);
      return checked.ok ? checked.value : (await readTree(conversationId)).conversation;
    },

    tree: readTree,

    async message(messageId) {
      const record = await read('reading a message', (transaction) =>
        transaction.objectStore('messages').get(messageId),
      );
      if (record === undefined) return null;
      const checked = checkMessage(record);
      if (checked.ok) return checked.value;
      await moveAside('messages', [{ record, reason: checked.reason }]);
      return null;
    },

    async writing() {
      const records = await read('reading unfinished answers', (transaction) =>
        transaction.objectStore('messages').index('byState').getAll('writing'),
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

    readNote: (name) => read('reading a setting', (transaction) => transaction.objectStore('notes').get(name)),

    writeNote: (name, value) =>
      write('saving a setting', 'relaxed', async (transaction) => {
        await transaction.objectStore('notes').put(value, name);
      }),

    close: () => transactions.close(),
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
