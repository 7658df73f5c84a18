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
  /** Throws app/busy where too many wait. Guests stand behind everybody of the house. */
  join(who?: 'own' | 'guest'): Place;
  /** True while anybody of the house has a turn or waits for one. */
  hasOwn(): boolean;
}

/** First come, first served, and the house before its guests. `onWaiting` hears how many of the house wait behind a guest. */
export function createWaitingLine(onWaiting: (ownBehindGuest: number) => void = () => undefined): WaitingLine {
  const line: { readonly who: 'own' | 'guest'; tell: () => void }[] = [];
  const report = () => onWaiting(line[0]?.who === 'guest' ? line.filter(({ who }) => who === 'own').length : 0);
  return {
    hasOwn: () => line.some(({ who }) => who === 'own'),
    join(who = 'own') {
      if (line.length > MAX_WAITING) {
        throw new WeftError('app/busy', `${line.length} requests are waiting for the model already.`, {
          hints: ['Wait until one of them has ended, or stop it.'],
          retryable: true,
        });
      }
      let change = Promise.withResolvers<undefined>();
      const own = {
        who,
        tell() {
          change.resolve(undefined);
          change = Promise.withResolvers<undefined>();
        },
      };
      // The first has its turn already, whoever it is.
      const firstGuest = line.findIndex((place, at) => at > 0 && place.who === 'guest');
      if (who === 'guest' || firstGuest === -1) line.push(own);
      else line.splice(firstGuest, 0, own);
      report();
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
          report();
        },
      };
    },
  };
}
