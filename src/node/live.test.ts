import { describe, expect, it, vi } from 'vitest';
import { createLive } from './live.ts';

describe('a live value', () => {
  it('tells the value at once, every change once, and nothing after leaving', () => {
    const live = createLive(1);
    const seen: number[] = [];
    const leave = live.subscribe((value) => seen.push(value));
    live.set(2);
    live.set(2);
    leave();
    leave();
    live.set(3);
    expect(seen).toEqual([1, 2]);
    expect(live.current).toBe(3);
  });

  it('works while somebody listens', () => {
    const onUnwatched = vi.fn();
    const onWatched = vi.fn(() => onUnwatched);
    const live = createLive(1, { onWatched });
    const leaves = [live.subscribe(() => undefined), live.subscribe(() => undefined)];
    expect(live.watched).toBe(true);
    leaves[0]?.();
    expect(onUnwatched).not.toHaveBeenCalled();
    leaves[1]?.();
    expect([onWatched.mock.calls.length, onUnwatched.mock.calls.length, live.watched]).toEqual([1, 1, false]);
  });

  it('tells a listener that comes or goes while others are being told', () => {
    const live = createLive(0);
    const late: number[] = [];
    live.subscribe((value) => {
      if (value === 1) live.subscribe((later) => late.push(later));
    });
    live.set(1);
    live.set(2);
    expect(late).toEqual([1, 2]);
  });
});
