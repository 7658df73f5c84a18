import { WeftError } from '../../protocol/errors.ts';
import { holdLock } from '../tabs/hold-lock.ts';
import type { HeldLock } from '../tabs/hold-lock.ts';
import { LOCK_WAIT_MS } from './constants.ts';

/** One answer at a time in a chat, over all tabs; who holds the lock is the answer's living owner. */
export interface AnswerLocks {
  /** Throws app/busy where another answer of this chat is running. */
  take(conversationId: string): Promise<HeldLock>;
  /** Resolves once nobody answers in this chat, holding the lock; null when the signal aborts first. */
  takeWhenFree(conversationId: string, signal: AbortSignal): Promise<HeldLock | null>;
}

/** Without Web Locks (an insecure origin) tabs do not know of each other; within this one the rule still holds. */
export function createAnswerLocks(deps: { readonly locks: LockManager | null }): AnswerLocks {
  const { locks } = deps;
  const own = new Set<string>();
  const nameOf = (conversationId: string) => `weft-answer:${conversationId}`;

  return {
    async take(conversationId) {
      if (own.has(conversationId)) throw busy();
      own.add(conversationId);
      try {
        if (locks === null) return { release: () => own.delete(conversationId) };
        const name = nameOf(conversationId);
        // A tab that looks after orphaned answers may hold it for a moment.
        const held = (await holdLock(locks, name)) ?? (await holdLock(locks, name, AbortSignal.timeout(LOCK_WAIT_MS)));
        if (held === null) throw busy();
        return {
          release() {
            own.delete(conversationId);
            held.release();
          },
        };
      } catch (error) {
        own.delete(conversationId);
        throw error;
      }
    },

    async takeWhenFree(conversationId, signal) {
      if (locks !== null) return holdLock(locks, nameOf(conversationId), signal);
      return own.has(conversationId) ? null : { release: () => undefined };
    },
  };
}

function busy(): WeftError {
  return new WeftError('app/busy', 'This chat is being answered already.', {
    hints: ['Wait for the answer, or stop it.'],
    retryable: true,
  });
}
