import { describe, expect, it } from 'vitest';
import type { Movement } from '../../node/app.ts';
import { hex32 } from '../../protocol/ids.ts';
import { dailySums } from './daily-sums.ts';

let count = 0;
const movement = (kind: Movement['kind'], amount: bigint, at: Date): Movement => ({
  id: String(++count),
  kind,
  amount,
  other: null,
  transaction: hex32(new Uint8Array(32)),
  blockNumber: 1n,
  atMs: at.getTime(),
});
const day = (date: number, hours = 12) => new Date(2026, 2, date, hours);

describe('earned and spent per day', () => {
  it('sums what work brought and answers cost, by days of this device, the newest first', () => {
    expect(
      dailySums([
        movement('earned', 5n, day(2, 23)),
        movement('paid', 3n, day(2, 0)),
        movement('share-earned', 2n, day(2)),
        movement('bounty', 7n, day(3)),
      ]),
    ).toEqual([
      { dayMs: day(3, 0).getTime(), earned: 7n, spent: 0n },
      { dayMs: day(2, 0).getTime(), earned: 7n, spent: 3n },
    ]);
  });

  it('counts no money that only changed its place, and takes off what came back', () => {
    const moved = (['received', 'sent', 'deposited', 'withdrawn', 'earnings-withdrawn', 'staked'] as const).map(
      (kind) => movement(kind, 100n, day(2)),
    );
    expect(dailySums(moved)).toEqual([]);
    expect(dailySums([movement('task-paid', 9n, day(2)), movement('task-refunded', 4n, day(2))])[0]?.spent).toBe(5n);
  });

  it('shows a week of days at most', () => {
    expect(dailySums(Array.from({ length: 20 }, (_, at) => movement('earned', 1n, day(at + 1))))).toHaveLength(7);
  });
});
