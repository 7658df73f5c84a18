import { WeftError } from '../../protocol/errors.ts';
import { holdLock } from '../tabs/hold-lock.ts';
import type { HeldLock } from '../tabs/hold-lock.ts';
import { LOCK_WAIT_MS } from './constants.ts';

/** One answer at a time in a chat, over all tabs; who holds the lock is the answer's living owner. */
export interface AnswerLocks {
  /** Throws app/busy where another answer of this chat is running. */
  take(conversationId: string): Promise<HeldLock>;
  /** Null where another answer of this chat is running. */
  takeIfFree(conversationId: string): Promise<HeldLock | null>;
  /** Resolves once nobody seems to answer in this chat: true; false when the signal aborts first. Holds up nobody. */
  whenFree(conversationId: string, signal: AbortSignal): Promise<boolean>;
}

/**
 * Each chat has two locks. Owners take the first, and stand behind it in line for the second as their sign of life.
 * Other tabs wait for the second only: however slowly they let go of it, no owner waits for them.
 *
 * Without Web Locks (an insecure origin) tabs do not know of each other; within this one the rule still holds.
 */
export function createAnswerLocks(deps: { readonly locks: LockManager | null }): AnswerLocks {
  const { locks } = deps;
  const own = new Set<string>();
  const nameOf = (conversationId: string) => `weft-answer:${conversationId}`;
  const lifeOf = (conversationId: string) => `weft-answer-life:${conversationId}`;

  const takeAs = async (
    conversationId: string,
    ask: (manager: LockManager, name: string) => Promise<HeldLock | null>,
  ): Promise<HeldLock | null> => {
    if (own.has(conversationId)) return null;
    own.add(conversationId);
    try {
      if (locks === null) return { release: () => own.delete(conversationId) };
      const held = await ask(locks, nameOf(conversationId));
      if (held === null) {
        own.delete(conversationId);
        return null;
      }
      const life = showLife(locks, lifeOf(conversationId));
      return {
        release() {
          own.delete(conversationId);
          held.release();
          life.release();
        },
      };
    } catch (error) {
      own.delete(conversationId);
      throw error;
    }
  };

  return {
    async take(conversationId) {
      const held = await takeAs(
        conversationId,
        // A tab that closes an orphaned answer may hold it for a moment.
        async (manager, name) =>
          (await holdLock(manager, name)) ?? (await holdLock(manager, name, AbortSignal.timeout(LOCK_WAIT_MS))),
      );
      if (held === null) throw busy();
      return held;
    },

    takeIfFree: (conversationId) => takeAs(conversationId, (manager, name) => holdLock(manager, name)),

    async whenFree(conversationId, signal) {
      if (locks === null) return !own.has(conversationId);
      const held = await holdLock(locks, lifeOf(conversationId), signal);
      held?.release();
      return held !== null;
    },
  };
}

/** Takes the lock when its turn comes; nobody waits for that. */
function showLife(locks: LockManager, name: string): HeldLock {
  const over = new AbortController();
  const held = holdLock(locks, name, over.signal);
  // Refused to a page that is being left: its locks end with it.
  held.catch(() => undefined);
  return {
    release() {
      over.abort();
      held.then((lock) => lock?.release()).catch(() => undefined);
    },
  };
}

function busy(): WeftError {
  return new WeftError('app/busy', 'This chat is being answered already.', {
    hints: ['Wait for the answer, or stop it.'],
    retryable: true,
  });
}
