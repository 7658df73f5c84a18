import type { Movement } from '../../node/app.ts';

/** Days that are shown, the newest first; those without either are left out. */
const MAX_DAYS = 7;

/** What work brings and what answers cost; money that only changes its place is neither. */
const EARNED: ReadonlySet<Movement['kind']> = new Set(['earned', 'share-earned', 'task-earned', 'bounty']);
const SPENT: ReadonlySet<Movement['kind']> = new Set(['paid', 'task-paid']);
/** What was paid and came back was not spent. */
const BACK: ReadonlySet<Movement['kind']> = new Set(['refunded', 'task-refunded']);

export interface DailySum {
  /** Local midnight at which the day began. */
  readonly dayMs: number;
  readonly earned: bigint;
  /** Below 0 where more came back than was paid on that day. */
  readonly spent: bigint;
}

/** Earned and spent per day of this device's calendar. */
export function dailySums(movements: readonly Movement[]): readonly DailySum[] {
  const days = new Map<number, { earned: bigint; spent: bigint }>();
  for (const { kind, amount, atMs } of movements) {
    const earned = EARNED.has(kind) ? amount : 0n;
    const spent = SPENT.has(kind) ? amount : BACK.has(kind) ? -amount : 0n;
    if (earned === 0n && spent === 0n) continue;
    const day = new Date(atMs).setHours(0, 0, 0, 0);
    const sum = days.get(day) ?? { earned: 0n, spent: 0n };
    days.set(day, { earned: sum.earned + earned, spent: sum.spent + spent });
  }
  return [...days]
    .map(([dayMs, sum]) => ({ dayMs, ...sum }))
    .sort((a, b) => b.dayMs - a.dayMs)
    .slice(0, MAX_DAYS);
}
