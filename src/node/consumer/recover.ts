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
 * whichever way its tab ends, so waiting for the sign of life is waiting for the owner's end. A chat's own lock is taken
 * only where there is something to close: a question must not wait for tabs that look around.
 */
export function createRecovery(deps: RecoveryDeps): Recovery {
  const { hub, locks } = deps;
  const controller = new AbortController();
  /** Chats that are watched, each with whether something was written there since it was looked at. */
  const watched = new Map<string, boolean>();

  const orphansOf = async (conversationId: string): Promise<readonly Message[]> =>
    (await (await hub.database).writing()).filter((message) => message.conversationId === conversationId);

  const closeOrphans = async (conversationId: string): Promise<void> => {
    while (await locks.whenFree(conversationId, controller.signal)) {
      if ((await orphansOf(conversationId)).length === 0) return;
      const lock = await locks.takeIfFree(conversationId);
      // Somebody answers by now, or closes it.
      if (lock === null) continue;
      try {
        for (const { id } of await orphansOf(conversationId)) {
          await hub.editMessage(id, (message) => (message.state === 'writing' ? interrupted(message) : null));
        }
      } finally {
        lock.release();
      }
      return;
    }
  };

  const watch = async (conversationId: string): Promise<void> => {
    const isWatched = watched.has(conversationId);
    if (!isWatched && watched.size >= MAX_WATCHED) return;
    watched.set(conversationId, true);
    if (isWatched) return;
    try {
      while (watched.get(conversationId) === true && !controller.signal.aborted) {
        watched.set(conversationId, false);
        await closeOrphans(conversationId);
      }
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
