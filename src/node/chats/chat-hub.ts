import { WeftError } from '../../protocol/errors.ts';
import type { ChatDatabase, StoredTree, TreeEdit } from '../../storage/chat-database.ts';
import { MAX_CHATS } from '../../storage/constants.ts';
import type { Conversation, Message } from '../../storage/schema.ts';
import type { ChatList, ChatView, Live } from '../app.ts';
import { createLive } from '../live.ts';
import type { LiveSource } from '../live.ts';
import type { Change, ChangeFeed } from './change-feed.ts';
import { viewOf } from './view-state.ts';

/** Views that nobody watches keep their messages for a quick return; beyond this many the oldest let go of them. */
const MAX_IDLE_VIEWS = 8;
/** A read during which something was written is repeated, this often at most. */
const MAX_READS = 10;

export interface ChatHubDeps {
  /** Never rejects: where nothing can be stored, it is the one in memory. */
  readonly database: Promise<ChatDatabase>;
  readonly feed: ChangeFeed;
  /** A read in the background failed. */
  readonly onError: (error: WeftError) => void;
}

/** The one way in which chats are read and written: it keeps what is on screen, in every tab, equal to what is stored. */
export interface ChatHub {
  readonly list: Live<ChatList>;
  readonly database: Promise<ChatDatabase>;
  view(conversationId: string): Live<ChatView>;
  /** All branches as they are stored. */
  tree(conversationId: string): Promise<StoredTree>;
  edit(conversationId: string, edit: (tree: StoredTree) => TreeEdit | null): Promise<TreeEdit | null>;
  editConversation(conversationId: string, edit: (conversation: Conversation) => Conversation): Promise<Conversation>;
  editMessage(messageId: string, edit: (message: Message) => Message | null): Promise<Message | null>;
  /** Deletes the chat for good, where it is as `isDue` says at that moment. Resolves to whether it did. */
  purge(conversationId: string, isDue?: (conversation: Conversation | null) => boolean): Promise<boolean>;
  /** Shows a message that could not be stored; it lasts until the page is left. */
  showUnsaved(message: Message): void;
  /** Reads everything again, here and in other tabs (after an import). */
  reload(): Promise<void>;
}

interface ViewEntry {
  readonly live: LiveSource<ChatView>;
  conversation: Conversation | null;
  /** Null until they were read, and again after they were let go. */
  messages: Map<string, Message> | null;
  isReading: boolean;
}

export function createChatHub(deps: ChatHubDeps): ChatHub {
  const { feed } = deps;
  const conversations = new Map<string, Conversation>();
  const list = createLive<ChatList>({ status: 'loading', chats: [] });
  const views = new Map<string, ViewEntry>();
  /** Changes of other tabs that are still to be read, by what they touch; read one after the other. */
  const pending = new Map<string, Change>();
  let isReading = false;
  /** Counts what was written, to tell a read that was overtaken. */
  let writes = 0;

  const readSettled = async <T>(read: (database: ChatDatabase) => Promise<T>): Promise<T> => {
    const database = await deps.database;
    for (let reads = 1; ; reads++) {
      const before = writes;
      const result = await read(database);
      if (before === writes || reads === MAX_READS) return result;
    }
  };

  const publishList = () => {
    const chats = [...conversations.values()].filter(({ deletedAtMs }) => deletedAtMs === null);
    chats.sort(
      (a, b) => Number(b.pinned) - Number(a.pinned) || b.updatedAtMs - a.updatedAtMs || (a.id < b.id ? 1 : -1),
    );
    list.set({ status: 'ready', chats: chats.slice(0, MAX_CHATS) });
  };

  const publishView = (entry: ViewEntry) => {
    if (entry.messages === null) return;
    const { conversation, messages } = entry;
    const isThere = conversation?.deletedAtMs === null;
    entry.live.set(isThere ? viewOf(conversation, messages.values(), entry.live.current) : { status: 'missing' });
  };

  const takeConversation = (conversation: Conversation) => {
    writes++;
    conversations.set(conversation.id, conversation);
    if (list.current.status === 'ready') publishList();
    const entry = views.get(conversation.id);
    if (entry !== undefined) entry.conversation = conversation;
  };

  const takeEdit = (conversationId: string, edit: TreeEdit) => {
    writes++;
    if (edit.conversation !== undefined) takeConversation(edit.conversation);
    const entry = views.get(conversationId);
    if (entry?.messages == null) return;
    for (const id of edit.remove ?? []) entry.messages.delete(id);
    for (const message of edit.put ?? []) entry.messages.set(message.id, message);
    publishView(entry);
  };

  const takeGone = (conversationId: string) => {
    writes++;
    conversations.delete(conversationId);
    if (list.current.status === 'ready') publishList();
    const entry = views.get(conversationId);
    if (entry === undefined) return;
    entry.conversation = null;
    entry.messages = new Map();
    publishView(entry);
  };

  const readList = async () => {
    const all = await readSettled((database) => database.conversations());
    conversations.clear();
    for (const conversation of all) conversations.set(conversation.id, conversation);
    publishList();
  };

  const readView = async (conversationId: string) => {
    const entry = views.get(conversationId);
    if (entry === undefined || entry.isReading) return;
    entry.isReading = true;
    try {
      const tree = await readSettled((database) => database.tree(conversationId));
      entry.conversation = tree.conversation;
      entry.messages = new Map(tree.messages.map((message) => [message.id, message]));
    } finally {
      entry.isReading = false;
    }
    publishView(entry);
  };

  const readChange = async (change: Change) => {
    writes++;
    const database = await deps.database;
    switch (change.type) {
      case 'conversation':
      case 'tree': {
        const conversation = await database.conversation(change.conversationId);
        if (conversation === null) takeGone(change.conversationId);
        else takeConversation(conversation);
        const entry = views.get(change.conversationId);
        if (entry?.messages == null) return;
        if (change.type === 'tree') await readView(change.conversationId);
        else publishView(entry);
        return;
      }
      case 'message': {
        if (views.get(change.conversationId)?.messages == null) return;
        const message = await database.message(change.messageId);
        if (message !== null) takeEdit(change.conversationId, { put: [message] });
        return;
      }
      case 'gone':
        takeGone(change.conversationId);
        return;
      case 'everything':
        await readList();
        for (const id of [...views.keys()]) await readView(id);
        return;
      case 'stop':
        return;
      default:
        change satisfies never;
    }
  };

  const readPending = async () => {
    if (isReading) return;
    isReading = true;
    for (const [key, change] of pending) {
      pending.delete(key);
      try {
        await readChange(change);
      } catch (error) {
        deps.onError(WeftError.from(error, 'storage/unavailable'));
      }
    }
    isReading = false;
  };

  const inBackground = (work: Promise<unknown>) => {
    work.catch((error: unknown) => deps.onError(WeftError.from(error, 'storage/unavailable')));
  };

  feed.subscribe((change) => {
    if (change.type === 'stop') return;
    const key =
      change.type === 'everything'
        ? change.type
        : change.type === 'message'
          ? `${change.conversationId}/${change.messageId}`
          : `${change.conversationId}/${change.type}`;
    pending.delete(key);
    pending.set(key, change);
    void readPending();
  });
  inBackground(readList());

  const trimViews = () => {
    const idle = [...views.values()].filter(({ live, messages }) => !live.watched && messages !== null);
    for (const entry of idle.slice(0, Math.max(0, idle.length - MAX_IDLE_VIEWS))) {
      entry.messages = null;
      entry.live.set({ status: 'loading' });
    }
  };

  const openView = (conversationId: string): ViewEntry => {
    const onWatched = () => {
      if (entry.messages === null) inBackground(readView(conversationId));
      return trimViews;
    };
    const entry: ViewEntry = {
      live: createLive<ChatView>({ status: 'loading' }, { onWatched }),
      conversation: null,
      messages: null,
      isReading: false,
    };
    return entry;
  };

  return {
    list,
    database: deps.database,

    view(conversationId) {
      const entry = views.get(conversationId) ?? openView(conversationId);
      // Moved to the young end.
      views.delete(conversationId);
      views.set(conversationId, entry);
      if (entry.messages === null) inBackground(readView(conversationId));
      return entry.live;
    },

    tree: async (conversationId) => (await deps.database).tree(conversationId),

    async edit(conversationId, edit) {
      const made = await (await deps.database).edit(conversationId, edit);
      if (made === null) return null;
      takeEdit(conversationId, made);
      feed.publish({ type: 'tree', conversationId });
      return made;
    },

    async editConversation(conversationId, edit) {
      const made = await (
        await deps.database
      ).editConversation(conversationId, (conversation) => {
        if (conversation === null) throw unknownChat(conversationId);
        return edit(conversation);
      });
      if (made === null) throw unknownChat(conversationId);
      takeEdit(conversationId, { conversation: made });
      feed.publish({ type: 'conversation', conversationId });
      return made;
    },

    async editMessage(messageId, edit) {
      const made = await (await deps.database).editMessage(messageId, (message) => message && edit(message));
      if (made === null) return null;
      takeEdit(made.conversationId, { put: [made] });
      feed.publish({ type: 'message', conversationId: made.conversationId, messageId });
      return made;
    },

    async purge(conversationId, isDue = () => true) {
      const isGone = await (await deps.database).purge(conversationId, isDue);
      if (!isGone) return false;
      takeGone(conversationId);
      feed.publish({ type: 'gone', conversationId });
      return true;
    },

    showUnsaved: (message) => takeEdit(message.conversationId, { put: [message] }),

    async reload() {
      feed.publish({ type: 'everything' });
      await readChange({ type: 'everything' });
    },
  };
}

export function unknownChat(conversationId: string): WeftError {
  return new WeftError(
    'app/bad-request',
    `There is no chat ${conversationId}; it may have been deleted in another tab.`,
  );
}
