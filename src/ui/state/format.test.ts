import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, formatRate } from './format.ts';

describe('formats', () => {
  it('writes sizes in the unit a person reads', () => {
    expect([0, 999, 1000, 7_400_000, 12_600_000, 999_600, 4_200_000_000].map(formatBytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '7.4 MB',
      '13 MB',
      '1.0 MB',
      '4.2 GB',
    ]);
  });

  it('writes times without a minute of 60 seconds', () => {
    expect([3, 412, 9_960, 59_400, 59_600, 71_000].map(formatDuration)).toEqual([
      '0.1 s',
      '0.4 s',
      '10 s',
      '59 s',
      '1 min 0 s',
      '1 min 11 s',
    ]);
  });

  it('knows one from many', () => {
    expect([formatCount(1, 'token'), formatCount(0, 'token'), formatCount(1200, 'token')]).toEqual([
      '1 token',
      '0 tokens',
      '1,200 tokens',
    ]);
    expect([formatRate(3.26), formatRate(23.4)]).toEqual(['3.3 tokens/s', '23 tokens/s']);
  });
});
