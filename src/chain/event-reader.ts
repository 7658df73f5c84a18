import type { Hash } from 'viem';
import { WeftError } from '../protocol/errors.ts';
import { LOG_SPAN_BLOCKS, MAX_CHECKPOINTS } from './constants.ts';

/** Readings that a moving chain may spoil, one after the other. */
const MAX_ATTEMPTS = 5;

/** A block by number and hash: two blocks of one number are two blocks. */
interface BlockRef {
  readonly number: bigint;
  readonly hash: Hash;
}

export interface EventReaderDeps<Event> {
  readonly latest: () => Promise<BlockRef>;
  /** Hash of the block of this number now; null where the chain has none. */
  readonly hashAt: (number: bigint) => Promise<Hash | null>;
  /** Events of the blocks from `from` to `to`, both included, in order. */
  readonly logs: (from: bigint, to: bigint) => Promise<readonly Event[]>;
  readonly blockOf: (event: Event) => bigint;
}

export interface EventReaderInit {
  /** The first block that can hold an event. */
  readonly fromBlock: bigint;
  /** Events kept at most; the oldest are dropped first. */
  readonly maxEvents: number;
}

interface EventsRead<Event> {
  readonly events: readonly Event[];
  readonly block: BlockRef;
  /** True where older ones were dropped. */
  readonly isCut: boolean;
}

export interface EventReader<Event> {
  /** All events up to the newest block, read on from where the last call ended. Calls at once share one reading. */
  readonly read: () => Promise<EventsRead<Event>>;
}

/**
 * Reads events once and keeps them, also where the chain reorganises: what was read behind the last block that is still
 * in its place is dropped and read again. Throws what `deps` throws, and chain/unstable where blocks change while they
 * are read, again and again.
 */
export function createEventReader<Event>(init: EventReaderInit, deps: EventReaderDeps<Event>): EventReader<Event> {
  let checkpoints: BlockRef[] = [];
  let events: Event[] = [];
  let isCut = false;
  let reading: Promise<EventsRead<Event>> | null = null;

  /** Drops what the chain dropped; returns the first block to read. */
  const rollBack = async (): Promise<bigint> => {
    let dropped = false;
    for (;;) {
      const last = checkpoints.at(-1);
      if (last === undefined) {
        if (dropped) {
          events = [];
          isCut = false;
        }
        return init.fromBlock;
      }
      if ((await deps.hashAt(last.number)) === last.hash) {
        if (dropped) events = events.filter((event) => deps.blockOf(event) <= last.number);
        return last.number + 1n;
      }
      checkpoints.pop();
      dropped = true;
    }
  };

  /** Reads up to the head; false where a block changed meanwhile. */
  const readUpTo = async (head: BlockRef, first: bigint): Promise<boolean> => {
    for (let from = first; from <= head.number;) {
      const spanEnd = from + LOG_SPAN_BLOCKS - 1n;
      const to = spanEnd < head.number ? spanEnd : head.number;
      // Before and after: logs carry their blocks' numbers, and those must have meant the same block throughout.
      const before = to === head.number ? head.hash : await deps.hashAt(to);
      const found = await deps.logs(from, to);
      if (before === null || (await deps.hashAt(to)) !== before) return false;
      events.push(...found);
      if (events.length > init.maxEvents) {
        events = events.slice(-init.maxEvents);
        isCut = true;
      }
      checkpoints = [...checkpoints, { number: to, hash: before }].slice(-MAX_CHECKPOINTS);
      from = to + 1n;
    }
    return true;
  };

  const readOnce = async (): Promise<EventsRead<Event>> => {
    for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
      const from = await rollBack();
      const head = await deps.latest();
      if (await readUpTo(head, from)) return { events: [...events], block: checkpoints.at(-1) ?? head, isCut };
    }
    throw new WeftError('chain/unstable', 'The chain’s last blocks change faster than they can be read.', {
      hints: ['Try again in a minute.'],
      retryable: true,
    });
  };

  return {
    read() {
      reading ??= readOnce().finally(() => {
        reading = null;
      });
      return reading;
    },
  };
}
