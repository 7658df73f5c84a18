import { describe, expect, it } from 'vitest';
import { groupByDate } from './date-groups.ts';

const at = (year: number, month: number, day: number, hour = 12): number =>
  new Date(year, month - 1, day, hour).getTime();
const labels = (times: readonly number[], nowMs: number): readonly string[] =>
  groupByDate(times, (time) => time, nowMs, 'en-GB').map((group) => group.label);

describe('groupByDate', () => {
  const now = at(2026, 3, 15, 9);

  it('names the day by the calendar, not by hours', () => {
    expect(labels([at(2026, 3, 15, 0)], now)).toEqual(['Today']);
    expect(labels([at(2026, 3, 14, 23)], now)).toEqual(['Yesterday']);
    expect(labels([at(2026, 3, 14, 0)], now)).toEqual(['Yesterday']);
    expect(labels([at(2026, 3, 13, 23)], now)).toEqual(['Previous 7 days']);
  });

  it('ends the week and the month at their day', () => {
    expect(labels([at(2026, 3, 8, 0), at(2026, 3, 7, 23)], now)).toEqual(['Previous 7 days', 'Previous 30 days']);
    expect(labels([at(2026, 2, 13, 0), at(2026, 2, 12, 23)], now)).toEqual(['Previous 30 days', 'February 2026']);
  });

  it('groups older chats by month and year', () => {
    const times = [at(2025, 12, 3), at(2025, 12, 1), at(2025, 1, 9), at(2024, 1, 9)];
    const groups = groupByDate(times, (time) => time, now, 'en-GB');
    expect(groups.map((group) => [group.label, group.items.length])).toEqual([
      ['December 2025', 2],
      ['January 2025', 1],
      ['January 2024', 1],
    ]);
  });

  it('counts a time in the future as today', () => {
    expect(labels([at(2026, 3, 16)], now)).toEqual(['Today']);
  });

  it('keeps the order and loses nothing', () => {
    const times = Array.from({ length: 400 }, (_, index) => now - index * 3 * 3_600_000);
    expect(groupByDate(times, (time) => time, now).flatMap((group) => group.items)).toEqual(times);
  });
});
