import { describe, expect, it } from 'vitest';
import { createLive } from '../../node/live.ts';
import { until } from './until.ts';

describe('until', () => {
  it('takes the present value where it is right, and stops listening', async () => {
    const live = createLive(3);
    expect(await until(live, (value) => value > 2)).toBe(3);
    expect(live.watched).toBe(false);
  });

  it('waits for the first right value and keeps it', async () => {
    const live = createLive(0);
    const found = until(live, (value) => value >= 2);
    for (const value of [1, 2, 3]) live.set(value);
    expect(await found).toBe(2);
    expect(live.watched).toBe(false);
  });
});
