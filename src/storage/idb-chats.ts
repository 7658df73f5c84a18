import type { WeftError } from '../protocol/errors.ts';
import type { ChatDatabase, StoredTree } from './chat-database.ts';
import { checkEdit } from './check-edit.ts';
import { checkReadable } from './check-readable.ts';
import { addImages, dropUnusedImages, messageRecord, readImage } from './idb-images.ts';
import { createIdbTransactions } from './idb-transactions.ts';
import type { IdbTransactionsInit, ReadTransaction, WriteTransaction } from './idb-transactions.ts';
import { checkConversation, checkMessage } from './records.ts';
import { rebuildConversation } from './rebuild-conversation.ts';
import type { Conversation, Message } from './schema.ts';
import { imageHashesOf } from './stored-image.ts';
import { repairedLeafId } from './tree.ts';
import { createUnreadable } from './unreadable.ts';

export interface IdbChatsInit extends IdbTransactionsInit {
  readonly nowMs?: () => number;
  /** A record cannot be read and was skipped (storage/bad-record); told once for each, and of so many at most. */
  readonly onDamaged: (error: WeftError) => void;
}

/** Opens the chats on disk. Throws storage/unavailable, storage/newer-schema, storage/blocked. */
export async function openIdbChats(init: IdbChatsInit): Promise<ChatDatabase> {
  const nowMs = init.nowMs ?? Date.now;
  const transactions = createIdbTransactions(init);
  const unreadable = createUnreadable({ nowMs, onDamaged: init.onDamaged });
  const { read, write } = transactions;

  /** The chat with what of it was refused, by key. Messages whose chat's own record is unreadable are still shown. */
  const treeIn = async (transaction: ReadTransaction | WriteTransaction, conversationId: string) => {
    const [record, records] = await Promise.all([
      transaction.objectStore('conversations').get(conversationId),
      transaction.objectStore('messages').index('byConversation').getAll(conversationId),
    ]);
    const { good: messages, bad: badMessages } = unreadable.sift('messages', records, checkMessage);
    const own = unreadable.sift('conversations', record === undefined ? [] : [record], checkConversation);
    const badConversation = own.bad.get(conversationId);
    const [known] = own.good;
    let conversation: Conversation | null = null;
    if (known !== undefined) conversation = withLeaf(known, messages);
    else if (badConversation !== undefined && messages.length > 0)
      conversation = rebuildConversation(conversationId, messages, nowMs());
    return { conversation, messages, badConversation, badMessages };
  };

  const readTree = async (conversationId: string): Promise<StoredTree> => {
    const { conversation, messages } = await read('reading a chat', (transaction) =>
      treeIn(transaction, conversationId),
    );
    return { conversation, messages };
  };

  await transactions.connect();

  return {
    backend: 'disk',

    conversations: () =>
      read('reading the chats', async (transaction) => {
        const records = await transaction.objectStore('conversations').getAll();
        const { good, bad } = unreadable.sift('conversations', records, checkConversation);
        for (const key of bad.keys()) {
          const { conversation } = await treeIn(transaction, key);
          if (conversation !== null) good.push(conversation);
        }
        return good;
      }),

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
      const records = await read('reading a message', (transaction) =>
        transaction.objectStore('messages').getAll(messageId),
      );
      return unreadable.sift('messages', records, checkMessage).good[0] ?? null;
    },

    async writing() {
      const records = await read('reading unfinished answers', (transaction) =>
        transaction.objectStore('messages').index('byState').getAll('writing'),
      );
      return unreadable.sift('messages', records, checkMessage).good;
    },

    edit: (conversationId, edit) =>
      write('saving a chat', 'strict', async (transaction) => {
        const { badConversation, badMessages, ...tree } = await treeIn(transaction, conversationId);
        const changes = edit(tree);
        if (changes === null) return null;
        checkEdit(conversationId, tree, changes);
        if (changes.conversation !== undefined && badConversation !== undefined) {
          await unreadable.copy(transaction, 'conversations', badConversation);
        }
        for (const id of [...(changes.remove ?? []), ...(changes.put ?? []).map((message) => message.id)]) {
          const refused = badMessages.get(id);
          if (refused !== undefined) await unreadable.copy(transaction, 'messages', refused);
        }
        await addImages(transaction, changes.images ?? []);
        const messages = transaction.objectStore('messages');
        await Promise.all([
          ...(changes.remove ?? []).map((id) => messages.delete(id)),
          ...(changes.put ?? []).map((message) => messages.put(messageRecord(message))),
          ...(changes.conversation === undefined
            ? []
            : [transaction.objectStore('conversations').put(changes.conversation)]),
        ]);
        return changes;
      }),

    editConversation: (conversationId, edit) =>
      write('saving a chat', 'strict', async (transaction) => {
        const store = transaction.objectStore('conversations');
        const record = await store.get(conversationId);
        const checked = record === undefined ? null : checkConversation(record);
        // Of an unreadable one, what its messages tell.
        const { conversation, badConversation } =
          checked?.ok === false
            ? await treeIn(transaction, conversationId)
            : { conversation: checked?.value ?? null, badConversation: undefined };
        const next = edit(conversation);
        if (next === null) return null;
        checkReadable(next, []);
        if (badConversation !== undefined) await unreadable.copy(transaction, 'conversations', badConversation);
        await store.put(next);
        return next;
      }),

    editMessage: (messageId, edit) =>
      write('saving a message', 'relaxed', async (transaction) => {
        const store = transaction.objectStore('messages');
        const { good, bad } = unreadable.sift('messages', await store.getAll(messageId), checkMessage);
        const next = edit(good[0] ?? null);
        if (next === null) return null;
        checkReadable(null, [next]);
        for (const refused of bad.values()) await unreadable.copy(transaction, 'messages', refused);
        await store.put(messageRecord(next));
        return next;
      }),

    image: (sha256) => read('reading a picture', (transaction) => readImage(transaction, sha256)),

    sweepImages: () =>
      write('deleting pictures', 'relaxed', async (transaction) =>
        dropUnusedImages(transaction, await transaction.objectStore('images').getAllKeys()),
      ),

    purge: (conversationId, isDue) =>
      write('deleting a chat', 'strict', async (transaction) => {
        const checked = checkConversation(await transaction.objectStore('conversations').get(conversationId));
        if (!isDue(checked.ok ? checked.value : null)) return false;
        const messages = transaction.objectStore('messages');
        const records = await messages.index('byConversation').getAll(conversationId);
        const keys = await messages.index('byConversation').getAllKeys(conversationId);
        await Promise.all([
          ...keys.map((key) => messages.delete(key)),
          transaction.objectStore('conversations').delete(conversationId),
        ]);
        const gone = records.map(checkMessage).flatMap((one) => (one.ok ? [one.value] : []));
        await dropUnusedImages(transaction, imageHashesOf(gone));
        return true;
      }),

    readNote: (name) => read('reading a setting', (transaction) => transaction.objectStore('notes').get(name)),

    writeNote: (name, value) =>
      write('saving a setting', 'relaxed', async (transaction) => {
        await transaction.objectStore('notes').put(value, name);
      }),

    close: () => transactions.close(),
  };
}

function withLeaf(conversation: Conversation, messages: readonly Message[]): Conversation {
  const leafId = repairedLeafId(messages, conversation.leafId);
  return leafId === conversation.leafId ? conversation : { ...conversation, leafId };
}
