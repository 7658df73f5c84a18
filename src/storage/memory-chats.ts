import type { ChatDatabase, StoredTree } from './chat-database.ts';
import { checkEdit } from './check-edit.ts';
import { checkReadable } from './check-readable.ts';
import type { Conversation, Message } from './schema.ts';
import { checkImageRoom, imageHashesOf } from './stored-image.ts';
import type { StoredImage } from './stored-image.ts';

/** Chats that live as long as the page: the fallback where the browser stores nothing. */
export function createMemoryChats(): ChatDatabase {
  const conversations = new Map<string, Conversation>();
  const messages = new Map<string, Message>();
  const images = new Map<string, StoredImage>();
  const notes = new Map<string, unknown>();

  const messagesOf = (conversationId: string): Message[] =>
    [...messages.values()].filter((message) => message.conversationId === conversationId);

  const treeOf = (conversationId: string): StoredTree => ({
    conversation: conversations.get(conversationId) ?? null,
    messages: messagesOf(conversationId),
  });

  const addImages = (added: readonly StoredImage[]) => {
    const all = new Map([...images, ...added.map((image) => [image.sha256, image] as const)]);
    checkImageRoom([...all.values()].reduce((sum, { bytes }) => sum + bytes.length, 0));
    for (const image of added) images.set(image.sha256, image);
  };

  const dropUnusedImages = (hashes: Iterable<string>) => {
    const used = new Set<string>(imageHashesOf([...messages.values()]));
    for (const sha256 of hashes) if (!used.has(sha256)) images.delete(sha256);
  };

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
        addImages(changes.images ?? []);
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

    image: (sha256) => Promise.resolve(images.get(sha256) ?? null),
    sweepImages() {
      dropUnusedImages(images.keys());
      return Promise.resolve();
    },

    purge(conversationId, isDue) {
      if (!isDue(conversations.get(conversationId) ?? null)) return Promise.resolve(false);
      const gone = messagesOf(conversationId);
      for (const { id } of gone) messages.delete(id);
      conversations.delete(conversationId);
      dropUnusedImages(imageHashesOf(gone));
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
      images.clear();
      notes.clear();
    },
  };
}
