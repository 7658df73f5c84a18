import { expect, test } from 'vitest';
import { halfToNumber, numberToHalf } from './half.ts';

test('knows halves from the format itself', () => {
  const known: readonly (readonly [number, number])[] = [
    [0x0000, 0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x7bff, 65_504],
    [0x0400, 2 ** -14],
    [0x0001, 2 ** -24],
    [0x3555, 0.333251953125],
    [0x7c00, Infinity],
  ];
  for (const [bits, value] of known) {
    expect(halfToNumber(bits)).toBe(value);
    expect(numberToHalf(value)).toBe(bits);
  }
});

test('every finite half survives the way to a number and back', () => {
  for (let bits = 0; bits < 65_536; bits += 1) {
    if (((bits >>> 10) & 0x1f) === 31) continue;
    expect(numberToHalf(halfToNumber(bits))).toBe(bits);
  }
});

test('rounds to the nearest half, ties to even, overflow to infinity', () => {
  expect(numberToHalf(1 + 2 ** -11)).toBe(0x3c00);
  expect(numberToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02);
  expect(numberToHalf(65_519)).toBe(0x7bff);
  expect(numberToHalf(65_520)).toBe(0x7c00);
  expect(numberToHalf(2 ** -25)).toBe(0);
  expect(numberToHalf(2 ** -25 * 1.001)).toBe(1);
});
