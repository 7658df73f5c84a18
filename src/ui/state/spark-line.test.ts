import { describe, expect, it } from 'vitest';
import { sparkLine } from './spark-line.ts';

describe('sparkLine', () => {
  it('spans the box, with the greatest value at its top', () => {
    expect(sparkLine([0, 5, 10], 100, 40)).toBe('M0.0 40.0L50.0 20.0L100.0 0.0');
  });

  it('lies at the bottom where nothing happened', () => {
    expect(sparkLine([0, 0], 100, 40)).toBe('M0.0 40.0L100.0 40.0');
  });

  it('is nothing before there are two values', () => {
    expect(sparkLine([], 100, 40)).toBe('');
    expect(sparkLine([3], 100, 40)).toBe('');
  });
});
