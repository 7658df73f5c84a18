import type { ChatDatabase, StoredTree } from './chat-database.ts';
import { checkEdit } from './check-edit.ts';
import { checkReadable } from './check-readable.ts';
import type { Conversation, Message } from './schema.ts';

/** Chats that live as long as the page: the fallback where the browser stores nothing. */
export function createMemoryChats(): ChatDatabase {
  const conversations = new Map<string, Conversation>();
  const messages = new Map<string, Message>();
  const notes = new Map<string, unknown>();

  const messagesOf = (conversationId: string): Message[] =>
    [...messages.values()].filter((message) => message.conversationId === conversationId);

  const treeOf = (conversationId: string): StoredTree => ({
    conversation: conversations.get(conversationId) ?? null,
    messages: messagesOf(conversationId),
  });

  // `then` keeps the contract of a transaction: what an edit throws is a rejection, and nothing was written.
  return {
    backend: 'memory',
    conversations: () => Promise.resolve([...conversations.values()]),
    conversation: (conversationId) => Promise.resolve(conversations.get(conversationId) ?? null),
    tree: (conversationId) => Promise.resolve(treeOf(conversationId)),
    message: (messageId) => Promise.resolve(messages.get(messageId) ?? null),
    writing: () => Promise.resolve([...messages.values()].filter((message) => message.state === 'writing')),

    edit: (conversationId, edit) =>
      Promise.resolve().then(() => {
        const tree = treeOf(conversationId);
        const changes = edit(tree);
        if (changes === null) return null;
        checkEdit(conversationId, tree, changes);
        for (const id of changes.remove ?? []) messages.delete(id);
        for (const message of changes.put ?? []) messages.set(message.id, message);
        if (changes.conversation !== undefined) conversations.set(conversationId, changes.conversation);
        return changes;
      }),

    editConversation: (conversationId, edit) =>
      Promise.resolve().then(() => {
        const next = edit(conversations.get(conversationId) ?? null);
        checkReadable(next, []);
        if (next !== null) conversations.set(conversationId, next);
        return next;
      }),

    editMessage: (messageId, edit) =>
      Promise.resolve().then(() => {
        const next = edit(messages.get(messageId) ?? null);
        checkReadable(null, next === null ? [] : [next]);
        if (next !== null) messages.set(messageId, next);
        return next;
      }),

    purge(conversationId, isDue) {
      if (!isDue(conversations.get(conversationId) ?? null)) return Promise.resolve(false);
      for (const message of messagesOf(conversationId)) messages.delete(message.id);
      conversations.delete(conversationId);
      return Promise.resolve(true);
    },

    readNote: (name) => Promise.resolve(notes.get(name)),
    writeNote(name, value) {
      notes.set(name, value);
      return Promise.resolve();
    },
    close() {
      conversations.clear();
      messages.clear();
      notes.clear();
    },
  };
}
