import { describe, expect, it } from 'vitest';
import { formatClock, parseClock } from './clock-time.ts';

describe('a time of the day', () => {
  it.each([
    [0, '00:00'],
    [570, '09:30'],
    [1_439, '23:59'],
  ])('is read as it was written: %i', (minute, text) => {
    expect(formatClock(minute)).toBe(text);
    expect(parseClock(text)).toBe(minute);
  });

  it('is midnight at the end of the day, too', () => {
    expect(formatClock(1_440)).toBe('00:00');
  });

  it.each(['', '24:00', '9:30', '12:60', 'noon'])('is not %j', (text) => {
    expect(parseClock(text)).toBeNull();
  });
});
