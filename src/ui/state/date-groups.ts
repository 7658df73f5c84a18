/** Chats under one heading. */
export interface DateGroup<T> {
  readonly label: string;
  readonly items: readonly T[];
}

const WEEK_DAYS = 7;
const MONTH_DAYS = 30;

/** Local midnight `days` before the day of `nowMs`; calendar arithmetic, so that daylight saving does not shift it. */
function midnight(nowMs: number, days: number): number {
  const now = new Date(nowMs);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() - days).getTime();
}

/**
 * Groups what is already sorted newest first: Today, Yesterday, Previous 7 days, Previous 30 days, then by month.
 * A time in the future (a clock that was set back) counts as today.
 */
export function groupByDate<T>(
  items: readonly T[],
  timeMs: (item: T) => number,
  nowMs: number,
  locale?: string,
): readonly DateGroup<T>[] {
  const today = midnight(nowMs, 0);
  const yesterday = midnight(nowMs, 1);
  const week = midnight(nowMs, WEEK_DAYS);
  const month = midnight(nowMs, MONTH_DAYS);
  const months = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric' });

  const labelOf = (ms: number): string => {
    if (ms >= today) return 'Today';
    if (ms >= yesterday) return 'Yesterday';
    if (ms >= week) return 'Previous 7 days';
    if (ms >= month) return 'Previous 30 days';
    return months.format(ms);
  };

  const groups = new Map<string, T[]>();
  for (const item of items) {
    const label = labelOf(timeMs(item));
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [item]);
    else group.push(item);
  }
  return [...groups].map(([label, grouped]) => ({ label, items: grouped }));
}
