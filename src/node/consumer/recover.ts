import { WeftError } from '../../protocol/errors.ts';
import type { Message } from '../../storage/schema.ts';
import type { ChangeFeed } from '../chats/change-feed.ts';
import type { ChatHub } from '../chats/chat-hub.ts';
import type { AnswerLocks } from './answer-locks.ts';

/** Chats whose answers in other tabs are watched at a time. */
const MAX_WATCHED = 64;

export interface RecoveryDeps {
  readonly hub: ChatHub;
  readonly feed: ChangeFeed;
  readonly locks: AnswerLocks;
  readonly onError: (error: WeftError) => void;
}

export interface Recovery {
  /** Resolves when the answers that a crash left behind, and nobody owns, are closed. */
  start(): Promise<void>;
  stop(): void;
}

/**
 * Closes answers whose tab has gone: `writing` becomes `interrupted` and the text stays. The browser releases a lock
 * whichever way its tab ends, so waiting for the chat's lock is waiting for the owner's end.
 */
export function createRecovery(deps: RecoveryDeps): Recovery {
  const { hub, locks } = deps;
  const controller = new AbortController();
  const watched = new Set<string>();

  const closeOrphans = async (conversationId: string): Promise<void> => {
    const lock = await locks.takeWhenFree(conversationId, controller.signal);
    if (lock === null) return;
    try {
      const { messages } = await hub.tree(conversationId);
      for (const { id } of messages.filter(({ state }) => state === 'writing')) {
        await hub.editMessage(id, (message) => (message.state === 'writing' ? interrupted(message) : null));
      }
    } finally {
      lock.release();
    }
  };

  const watch = async (conversationId: string): Promise<void> => {
    if (watched.has(conversationId) || watched.size >= MAX_WATCHED) return;
    watched.add(conversationId);
    try {
      await closeOrphans(conversationId);
    } catch (error) {
      deps.onError(WeftError.from(error, 'storage/unavailable'));
    } finally {
      watched.delete(conversationId);
    }
  };

  const unsubscribe = deps.feed.subscribe((change) => {
    // Another tab wrote here, maybe the beginning of an answer: be there when that tab goes.
    if (change.type === 'tree' || change.type === 'message') void watch(change.conversationId);
  });

  return {
    async start() {
      const database = await hub.database;
      const orphans = new Set((await database.writing()).map(({ conversationId }) => conversationId));
      // The wait for a living owner is not part of the start.
      const settled = [...orphans].map((conversationId) => watch(conversationId));
      await Promise.race([Promise.all(settled), new Promise((resolve) => setTimeout(resolve, 1_000))]);
    },
    stop() {
      unsubscribe();
      controller.abort();
    },
  };
}

function interrupted(message: Message): Message {
  return { ...message, state: 'interrupted' };
}
