import { WeftError } from '../../protocol/errors.ts';
import { MAX_TITLE_CHARS } from '../../storage/constants.ts';
import { newId } from '../../storage/new-id.ts';
import type { Message } from '../../storage/schema.ts';
import { branchTo, createMessageTree, newestLeaf, parentIn, subtree } from '../../storage/tree.ts';
import type { ChatStore } from '../app.ts';
import { titleOf } from '../consumer/title.ts';
import type { ChatHub } from './chat-hub.ts';
import { unknownChat } from './chat-hub.ts';
import { checkedSettings } from './checked-settings.ts';
import { createConversation, UNTITLED } from './create-conversation.ts';
import type { Drafts } from './drafts.ts';
import { exportAll, exportChat } from './export-chats.ts';
import { importChats } from './import-chats.ts';
import { searchChats } from './search-chats.ts';

export interface ChatStoreDeps {
  readonly hub: ChatHub;
  readonly drafts: Drafts;
  /** Ends what runs in a chat that is about to go. */
  readonly stopAnswer: (conversationId: string) => void;
  readonly nowMs: () => number;
}

/** The person's verbs over chats. */
export function createChatStore(deps: ChatStoreDeps): ChatStore {
  const { hub, drafts, nowMs } = deps;

  const conversationOf = async (messageId: string): Promise<string> => {
    const message = await (await hub.database).message(messageId);
    if (message === null) throw unknownMessage();
    return message.conversationId;
  };

  return {
    list: hub.list,
    view: (conversationId) => hub.view(conversationId),

    async create(init = {}) {
      const conversation = createConversation(newId(nowMs()), init, nowMs());
      await hub.edit(conversation.id, () => ({ conversation }));
      return conversation;
    },

    async rename(conversationId, title) {
      const chosen = title.replaceAll(/\s+/gu, ' ').trim().slice(0, MAX_TITLE_CHARS);
      await hub.edit(conversationId, ({ conversation, messages }) => {
        if (conversation === null) throw unknownChat(conversationId);
        if (chosen !== '') return { conversation: { ...conversation, title: chosen, titleSource: 'user' } };
        const first = branchTo(createMessageTree(messages), conversation.leafId).find(({ role }) => role === 'user');
        const automatic = first === undefined ? UNTITLED : titleOf(first.text);
        return { conversation: { ...conversation, title: automatic, titleSource: 'auto' } };
      });
    },

    async setPinned(conversationId, pinned) {
      await hub.editConversation(conversationId, (conversation) => ({ ...conversation, pinned }));
    },

    async setArchived(conversationId, archived) {
      await hub.editConversation(conversationId, (conversation) => ({ ...conversation, archived }));
    },

    async remove(conversationId) {
      await hub.editConversation(conversationId, (conversation) => ({ ...conversation, deletedAtMs: nowMs() }));
      // Afterwards: no answer begins in a deleted chat, so this one was the last.
      deps.stopAnswer(conversationId);
    },

    async restore(conversationId) {
      await hub.editConversation(conversationId, (conversation) => ({ ...conversation, deletedAtMs: null }));
    },

    async purge(conversationId) {
      await hub.purge(conversationId);
      deps.stopAnswer(conversationId);
    },

    async saveSettings(conversationId, settings) {
      const checked = checkedSettings(settings);
      await hub.editConversation(conversationId, (conversation) => ({ ...conversation, settings: checked }));
    },

    async image(sha256) {
      const image = await (await hub.database).image(sha256);
      return image && new Blob([image.bytes], { type: image.mimeType });
    },

    draft: (conversationId) => drafts.read(conversationId),
    saveDraft: (conversationId, text) => drafts.save(conversationId, text),

    async selectBranch(messageId) {
      await hub.edit(await conversationOf(messageId), ({ conversation, messages }) => {
        const leaf = newestLeaf(createMessageTree(messages), messageId);
        if (conversation === null || leaf === undefined) throw unknownMessage();
        return { conversation: { ...conversation, leafId: leaf.id } };
      });
    },

    async removeMessage(messageId) {
      const conversationId = await conversationOf(messageId);
      const undo: { removed: readonly Message[]; leafId: string | null } = { removed: [], leafId: null };
      await hub.edit(conversationId, ({ conversation, messages }) => {
        const tree = createMessageTree(messages);
        const removed = subtree(tree, messageId);
        const [root] = removed;
        if (conversation === null || root === undefined) throw unknownMessage();
        if (removed.some(({ state }) => state === 'writing')) {
          throw new WeftError('app/busy', 'An answer below this message is still being written.', {
            hints: ['Stop the answer first.'],
          });
        }
        undo.removed = removed;
        undo.leafId = conversation.leafId;
        const gone = new Set(removed.map(({ id }) => id));
        const kept = createMessageTree(messages.filter(({ id }) => !gone.has(id)));
        const parentId = parentIn(tree.byId, root);
        // The branch on screen stays where it can; otherwise a sibling's shows, or it ends at the parent.
        const leafId =
          conversation.leafId !== null && !gone.has(conversation.leafId)
            ? conversation.leafId
            : (newestLeaf(kept, parentId)?.id ?? null);
        return { conversation: { ...conversation, leafId }, remove: [...gone] };
      });
      return async () => {
        await hub.edit(conversationId, ({ conversation, messages }) => {
          if (conversation === null) throw unknownChat(conversationId);
          const there = new Set([...messages, ...undo.removed].map(({ id }) => id));
          // Its parent may have been deleted since: then it begins the chat.
          const put = undo.removed.map((message) =>
            message.parentId === null || there.has(message.parentId) ? message : { ...message, parentId: null },
          );
          // The old branch shows again, unless it is gone by now or an answer is being written on the one on screen.
          const isFree = !messages.some(({ state }) => state === 'writing');
          const leafId = isFree && undo.leafId !== null && there.has(undo.leafId) ? undo.leafId : conversation.leafId;
          return { conversation: { ...conversation, leafId }, put };
        });
      };
    },

    search: (query, options = {}) => searchChats({ query, ...options }, { hub }),
    exportChat: (conversationId, format) => exportChat(conversationId, format, { hub, nowMs }),
    exportAll: () => exportAll({ hub, nowMs }),
    importFile: (file) => importChats(file, { hub, nowMs }),
  };
}

function unknownMessage(): WeftError {
  return new WeftError('app/bad-request', 'This message is no longer there; it may have been deleted in another tab.');
}
