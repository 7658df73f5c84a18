import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exactAmount, formatAmount, parseAmount } from './amount.ts';

const ONE = 10n ** 18n;

describe('parseAmount', () => {
  it.each<[string, bigint]>([
    ['1', ONE],
    [' 12.5 ', 12n * ONE + ONE / 2n],
    ['12,5', 12n * ONE + ONE / 2n],
    ['.5', ONE / 2n],
    ['7.', 7n * ONE],
    ['0.000000000000000001', 1n],
    // A double would make 100000000000000000000000000 of the first and lose the last digit of the second.
    ['99999999.999999999999999999', 100_000_000n * ONE - 1n],
    ['0.1', ONE / 10n],
    ['1.000', ONE],
    ['1234,5678', 1_234_567_800_000_000_000_000n],
  ])('reads %j to the last digit', (typed, amount) => {
    expect(parseAmount(typed)).toEqual({ amount });
  });

  it.each([
    ['', 'Enter an amount.'],
    ['0', 'Enter an amount above zero.'],
    ['0.000', 'Enter an amount above zero.'],
    ['-1', 'Enter a number, such as 12.5.'],
    ['+1', 'Enter a number, such as 12.5.'],
    ['1e3', 'Enter a number, such as 12.5.'],
    ['0x10', 'Enter a number, such as 12.5.'],
    ['1 000', 'Enter a number, such as 12.5.'],
    ['.', 'Enter a number, such as 12.5.'],
    ['1.2.3', 'Enter a number, such as 12.5.'],
    ['١', 'Enter a number, such as 12.5.'],
    ['1,000', 'Write the amount without a comma: 1,000 can be read in two ways.'],
    ['1,000.5', 'Write the amount without a comma: 1,000.5 can be read in two ways.'],
    ['0.0000000000000000001', 'At most 18 digits may follow the point.'],
    ['9'.repeat(61), 'This is longer than any amount there is.'],
  ])('says what is wrong with %j', (typed, problem) => {
    expect(parseAmount(typed)).toEqual({ problem });
  });

  it('reads back what exactAmount wrote', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 40n), (amount) => {
        expect(parseAmount(exactAmount(amount))).toEqual({ amount });
      }),
    );
  });
});

describe('formatAmount', () => {
  it.each<[bigint, string]>([
    [0n, '0'],
    [1n, 'less than 0.0001'],
    [ONE, '1'],
    [1_234_567n * ONE + ONE / 2n, '1,234,567.5'],
    // Cut, not rounded: nobody has the 10 that rounding would show.
    [10n * ONE - 1n, '9.9999'],
    [ONE + 1n, '1'],
  ])('shows %s as %s', (amount, shown) => {
    expect(formatAmount(amount)).toBe(shown);
  });
});
