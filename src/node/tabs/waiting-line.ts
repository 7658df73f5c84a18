import { WeftError } from '../../protocol/errors.ts';
import { MAX_WAITING } from './constants.ts';

/** A place in a line. */
interface Place {
  /** How many are before this one; zero: it is its turn. */
  readonly ahead: number;
  /** Resolves when the number before this one has become smaller. */
  moved(): Promise<void>;
  /** Must be called, in turn or not; calling it again does nothing. */
  leave(): void;
}

export interface WaitingLine {
  /** Throws app/busy where too many wait. */
  join(): Place;
}

/** First come, first served. */
export function createWaitingLine(): WaitingLine {
  const line: { tell: () => void }[] = [];
  return {
    join() {
      if (line.length > MAX_WAITING) {
        throw new WeftError('app/busy', `${line.length} requests are waiting for the model already.`, {
          hints: ['Wait until one of them has ended, or stop it.'],
          retryable: true,
        });
      }
      let change = Promise.withResolvers<undefined>();
      const own = {
        tell() {
          change.resolve(undefined);
          change = Promise.withResolvers<undefined>();
        },
      };
      line.push(own);
      return {
        get ahead() {
          return line.indexOf(own);
        },
        moved: () => change.promise,
        leave() {
          const at = line.indexOf(own);
          if (at === -1) return;
          line.splice(at, 1);
          for (const behind of line.slice(at)) behind.tell();
        },
      };
    },
  };
}
