import { expect, test } from 'vitest';
import { isFlat } from './is-flat.ts';

const MIB = 1_048_576;
const minutes = (bytesAt: (atS: number) => number) =>
  Array.from({ length: 30 }, (_, at) => ({ atS: 10 * at, bytes: bytesAt(10 * at) }));

test('memory that grows while everybody comes in and then stays is flat', () => {
  const verdict = isFlat(minutes((atS) => 200 * MIB + Math.min(atS, 60) * MIB));
  expect(verdict).toMatchObject({ isFlat: true, bytesPerMinute: 0 });
});

test('memory that swings around one height is flat', () => {
  expect(isFlat(minutes((atS) => 200 * MIB + 10 * MIB * Math.sin(atS / 7))).isFlat).toBe(true);
});

test('memory that grows steadily is not, however large it was at the beginning', () => {
  const verdict = isFlat(minutes((atS) => 4_000 * MIB + atS * 0.1 * MIB));
  expect(verdict.bytesPerMinute).toBeCloseTo(6 * MIB);
  expect(verdict).toMatchObject({ isFlat: false });
});

test('memory that jumped and stays there is not', () => {
  expect(isFlat(minutes((atS) => (atS < 200 ? 100 : 130) * MIB)).isFlat).toBe(false);
});

test('a measurement too short to judge is refused', () => {
  expect(() => isFlat([{ atS: 0, bytes: 1 }])).toThrow(/8 measurements/);
});
