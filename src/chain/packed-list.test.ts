import { concatHex, numberToHex } from 'viem';
import { describe, expect, it } from 'vitest';
import { address } from '../protocol/ids.ts';
import { MAX_LIST_ENTRIES } from './constants.ts';
import { amountInList } from './packed-list.ts';

const accountOf = (number: number) => address(numberToHex(number, { size: 20 }));
const entry = (number: number, amount: bigint) => concatHex([accountOf(number), numberToHex(amount, { size: 12 })]);

describe('a packed list', () => {
  const list = concatHex([entry(1, 5n), entry(2, 2n ** 96n - 1n), entry(0xabcdef, 7n)]);

  it('says the amount of each account in it, and 0 of others', () => {
    expect([1, 2, 0xabcdef, 3].map((number) => amountInList(list, accountOf(number)))).toEqual([
      5n,
      2n ** 96n - 1n,
      7n,
      0n,
    ]);
  });

  it('says nothing where it is not whole entries', () => {
    for (const cut of [list.slice(0, -2), `${list}00`, '0x', '0x01'] as const) {
      expect(amountInList(cut as `0x${string}`, accountOf(1))).toBe(0n);
    }
  });

  it('says nothing where it is longer than a batch can be', () => {
    const longest = entry(1, 5n).slice(2).repeat(MAX_LIST_ENTRIES);
    expect(amountInList(`0x${longest}`, accountOf(1))).toBe(5n);
    expect(amountInList(`0x${longest}${entry(2, 1n).slice(2)}`, accountOf(1))).toBe(0n);
  });
});
