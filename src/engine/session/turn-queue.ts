import { WeftError } from '../../protocol/errors.ts';
import { MAX_WAITING } from './constants.ts';

/** One place in the line for the GPU. */
interface Turn {
  /** How many are before this one; 0: it is its turn. */
  readonly ahead: () => number;
  /** Resolves when `ahead` becomes smaller; rejects with the signal's reason. */
  readonly moved: (signal?: AbortSignal) => Promise<void>;
  /** Lets the next one through. Leaving twice does nothing. */
  readonly leave: () => void;
}

/** Lets one at a time through, first come first served. */
export interface TurnQueue {
  /** Throws app/busy where too many wait. */
  enter(): Turn;
  /** Runs work when it is its turn. Throws app/busy, the signal's reason, and what the work throws. */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result>;
}

export function createTurnQueue(): TurnQueue {
  const line: { moved: PromiseWithResolvers<undefined> }[] = [];

  const enter = (): Turn => {
    if (line.length > MAX_WAITING) {
      throw new WeftError('app/busy', `${MAX_WAITING} answers are waiting for the GPU already.`, {
        hints: ['Wait until one of them has ended, or stop one.'],
        retryable: true,
      });
    }
    const own = { moved: Promise.withResolvers<undefined>() };
    line.push(own);
    return {
      ahead: () => line.indexOf(own),
      async moved(signal) {
        const aborted = Promise.withResolvers<never>();
        const onAbort = () => aborted.reject(signal?.reason as Error);
        signal?.throwIfAborted();
        signal?.addEventListener('abort', onAbort);
        try {
          await Promise.race([own.moved.promise, aborted.promise]);
        } finally {
          signal?.removeEventListener('abort', onAbort);
        }
      },
      leave() {
        const at = line.indexOf(own);
        if (at === -1) return;
        line.splice(at, 1);
        for (const behind of line.slice(at)) {
          behind.moved.resolve(undefined);
          behind.moved = Promise.withResolvers();
        }
      },
    };
  };

  return {
    enter,
    async run(work, signal) {
      const turn = enter();
      try {
        while (turn.ahead() > 0) await turn.moved(signal);
        signal?.throwIfAborted();
        return await work();
      } finally {
        turn.leave();
      }
    },
  };
}
