import { describe, expect, it } from 'vitest';
import { address } from '../../protocol/ids.ts';
import { describeOpening, describeProgress, shortAddress } from './wallet-text.ts';

describe('describeOpening', () => {
  const nowMs = Date.UTC(2026, 10, 21, 12);
  it.each<[number, string | RegExp]>([
    [-1, 'can be paid out now'],
    [0, 'can be paid out now'],
    [1, 'can be paid out in 1 s'],
    [59_000, 'can be paid out in 59 s'],
    [60_000, 'can be paid out in 1 min'],
    [61_000, 'can be paid out in 2 min'],
    [86_400_000, /^can be paid out from Nov 2[12], 2026/],
  ])('says of %d ms from now: %s', (waitMs, text) => {
    expect(describeOpening(nowMs + waitMs, nowMs)).toMatch(text);
  });
});

describe('describeProgress', () => {
  const sent = { action: 'deposit', status: 'sent', transaction: null } as const;
  it('counts steps where there are several', () => {
    expect(describeProgress({ ...sent, step: 1, steps: 1 })).toBe('Deposit: sent, waiting until it is final…');
    expect(describeProgress({ ...sent, step: 2, steps: 2 })).toBe(
      'Deposit (step 2 of 2): sent, waiting until it is final…',
    );
  });
});

it('shortens an address to what people compare', () => {
  expect(shortAddress(address(`0x12${'00'.repeat(17)}cdef`))).toBe('0x1200…cdef');
});
