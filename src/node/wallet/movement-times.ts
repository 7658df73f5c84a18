import type { MovementEvent } from '../../chain/movement-events.ts';
import { TIMES_AT_ONCE } from './constants.ts';
import type { Movement } from './wallet.ts';

interface MovementTimesDeps {
  /** When a block was made, in milliseconds since 1970. */
  readonly timeOf: (blockNumber: bigint) => Promise<number>;
}

/** Gives movements the times of their blocks, newest first. A block is asked for where its events came without, and once. */
export function createMovementTimes({
  timeOf,
}: MovementTimesDeps): (events: readonly MovementEvent[]) => Promise<readonly Movement[]> {
  let known = new Map<string, number>();
  // A block that was replaced has other transactions, or the same at about the same time.
  const keyOf = ({ blockNumber, transaction }: MovementEvent) => `${blockNumber}-${transaction}`;
  return async (events) => {
    const missing = events.filter((event) => event.atMs === null && !known.has(keyOf(event)));
    const blocks = [...new Set(missing.map(({ blockNumber }) => blockNumber))];
    const asked = new Map<bigint, number>();
    for (let from = 0; from < blocks.length; from += TIMES_AT_ONCE) {
      await Promise.all(
        blocks.slice(from, from + TIMES_AT_ONCE).map(async (block) => asked.set(block, await timeOf(block))),
      );
    }
    const timed = events.map((event) => {
      return { ...event, atMs: event.atMs ?? known.get(keyOf(event)) ?? asked.get(event.blockNumber) ?? 0 };
    });
    // Only what is still shown is remembered.
    known = new Map(timed.map((event) => [keyOf(event), event.atMs]));
    return timed.reverse();
  };
}
