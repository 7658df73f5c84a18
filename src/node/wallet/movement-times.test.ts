import { describe, expect, it } from 'vitest';
import type { MovementEvent } from '../../chain/movement-events.ts';
import { hex32 } from '../../protocol/ids.ts';
import { createMovementTimes } from './movement-times.ts';

const event = (blockNumber: bigint, transaction: number, atMs: number | null = null): MovementEvent => ({
  id: `${blockNumber}-${transaction}`,
  kind: 'received',
  amount: 1n,
  other: null,
  transaction: hex32(new Uint8Array(32).fill(transaction)),
  blockNumber,
  atMs,
});

function watchedTimes() {
  const asked: bigint[] = [];
  const times = createMovementTimes({
    timeOf: (block) => {
      asked.push(block);
      return Promise.resolve(Number(block) * 1000);
    },
  });
  return { asked, timesOf: async (events: MovementEvent[]) => (await times(events)).map(({ atMs }) => atMs) };
}

describe('times of movements', () => {
  it('are asked for once a block, newest first', async () => {
    const { asked, timesOf } = watchedTimes();
    const events = [event(1n, 1), event(2n, 2), event(2n, 3)];
    expect(await timesOf(events)).toEqual([2000, 2000, 1000]);
    expect(await timesOf(events)).toEqual([2000, 2000, 1000]);
    expect(asked).toEqual([1n, 2n]);
  });

  it('are not asked for where the events came with them', async () => {
    const { asked, timesOf } = watchedTimes();
    expect(await timesOf([event(1n, 1, 5), event(2n, 2)])).toEqual([2000, 5]);
    expect(asked).toEqual([2n]);
  });

  it('are asked for again where another transaction is in a block of that number', async () => {
    const { asked, timesOf } = watchedTimes();
    await timesOf([event(1n, 1)]);
    await timesOf([event(1n, 2)]);
    expect(asked).toEqual([1n, 1n]);
  });
});
