import { WeftError } from '../../protocol/errors.ts';

/** Jobs of one member that wait at a time, whatever the queue allows: nobody fills it alone. */
const MAX_WAITING_PER_MEMBER = 4;

/** A job's place. */
export interface QueuePlace {
  /** Jobs before this one; 0: it is its turn. */
  readonly ahead: number;
  /** Resolves when that number has changed. */
  moved(): Promise<void>;
  /** Must be called, in turn or not; calling it again does nothing. */
  leave(): void;
}

interface NewJob {
  /** Whose job it is. */
  readonly member: string;
  /** The beginning of its conversation is in the cache: of one member's jobs it goes first. */
  readonly isWarm: boolean;
}

/** One job at a time; members take turns, each with its own jobs in the order they came. */
export interface FairQueue {
  /** Jobs that have their turn (0 or 1), and that wait. */
  readonly running: number;
  readonly waiting: number;
  /** Throws infer/busy. */
  join(job: NewJob): QueuePlace;
  /** Jobs that may wait from now on. */
  setLimit(maxWaiting: number): void;
}

interface Entry extends NewJob {
  tell(): void;
}

export function createFairQueue(init: { readonly maxWaiting: number }): FairQueue {
  let { maxWaiting } = init;
  let current: Entry | null = null;
  const waiting: Entry[] = [];
  /** Members in the order in which they last had a turn, the latest last. Only those that wait are kept. */
  let served: string[] = [];

  /** Who waits, in the order in which they would have their turns if nobody came any more. */
  const order = (): readonly Entry[] => {
    const lists = new Map<string, Entry[]>();
    for (const entry of waiting) {
      const list = lists.get(entry.member) ?? [];
      if (entry.isWarm) list.splice(list.findLastIndex(({ isWarm }) => isWarm) + 1, 0, entry);
      else list.push(entry);
      lists.set(entry.member, list);
    }
    // Who was never served goes first, in the order they came; then who was served longest ago.
    const members = [...lists.keys()].sort((a, b) => served.indexOf(a) - served.indexOf(b));
    const result: Entry[] = [];
    for (let round = 0; result.length < waiting.length; round++) {
      for (const member of members) {
        const entry = lists.get(member)?.[round];
        if (entry !== undefined) result.push(entry);
      }
    }
    return result;
  };

  const next = () => {
    if (current === null) {
      const first = order()[0];
      if (first !== undefined) {
        waiting.splice(waiting.indexOf(first), 1);
        current = first;
        served = [...served.filter((member) => member !== first.member), first.member];
      }
      const present = new Set(waiting.map(({ member }) => member));
      served = served.filter((member) => present.has(member) || member === first?.member);
    }
    for (const entry of [current, ...waiting]) entry?.tell();
  };

  return {
    get running() {
      return current === null ? 0 : 1;
    },
    get waiting() {
      return waiting.length;
    },
    setLimit(limit) {
      maxWaiting = limit;
    },

    join(job) {
      const own = waiting.filter(({ member }) => member === job.member).length;
      const isFull = waiting.length >= maxWaiting || own >= MAX_WAITING_PER_MEMBER;
      if (current !== null && isFull) {
        throw new WeftError('infer/busy', `This node is busy: ${waiting.length + 1} questions are before this one.`, {
          hints: ['Another node may take it; or ask again in a moment.'],
          retryable: true,
        });
      }
      let change = Promise.withResolvers<undefined>();
      const entry: Entry = {
        ...job,
        tell() {
          change.resolve(undefined);
          change = Promise.withResolvers<undefined>();
        },
      };
      waiting.push(entry);
      next();
      return {
        get ahead() {
          if (current === entry) return 0;
          return (current === null ? 0 : 1) + order().indexOf(entry);
        },
        moved: () => change.promise,
        leave() {
          if (current === entry) current = null;
          else if (waiting.includes(entry)) waiting.splice(waiting.indexOf(entry), 1);
          else return;
          next();
        },
      };
    },
  };
}
