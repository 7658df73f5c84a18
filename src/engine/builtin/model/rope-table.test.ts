import { expect, test } from 'vitest';
import { ropeFrequencies, ropeTable } from './rope-table.ts';

const PLAIN = { headDim: 8, ropeTheta: 10_000, ropeScaling: null };

test('frequencies fall from 1 by powers of theta', () => {
  const frequencies = ropeFrequencies(PLAIN);
  [1, 0.1, 0.01, 0.001].forEach((wanted, i) => expect(frequencies[i]).toBeCloseTo(wanted, 12));
});

test('llama-3 scaling keeps short wavelengths, stretches long ones and blends between', () => {
  // Wavelengths 2π, 20π, 200π, 2000π against bounds of 1024 / 4 = 256 and 1024 / 1 = 1024 positions.
  const scaling = { factor: 8, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 1024 };
  const [first, second, third, fourth] = ropeFrequencies({ ...PLAIN, ropeScaling: scaling });
  expect(first).toBeCloseTo(1, 12);
  expect(second).toBeCloseTo(0.1, 12);
  const keep = (1024 / (200 * Math.PI) - 1) / 3;
  expect(third).toBeCloseTo(keep * 0.01 + ((1 - keep) * 0.01) / 8, 12);
  expect(fourth).toBeCloseTo(0.001 / 8, 12);
});

test('the table holds cosine and sine of each position, exact to f32 far out', () => {
  const table = ropeTable(PLAIN, 5001);
  const at = 5000 * 4 * 2;
  expect(table[at]).toBe(Math.fround(Math.cos(5000)));
  expect(table[at + 1]).toBe(Math.fround(Math.sin(5000)));
  expect(table.length).toBe(5001 * 8);
});
