import { describe, expect, it } from 'vitest';
import { parseLogitFormula } from './formula.ts';

const value = (expression: string, i = 3, t = 2, vocab = 10) =>
  parseLogitFormula(`z_i(t) = ${expression}`)(i, t, vocab);

describe('logit formula', () => {
  it.each([
    ['1 + 2*3 - 4', 3],
    ['2*3^2', 18],
    ['2^3^2', 512],
    ['-2^2', -4],
    ['2^-1', 0.5],
    ['(1 + 2)*3 % 5', 4],
    ['10 - 3 - 2', 5],
    ['1 << 3 + 1', 16],
    ['-1 >>> 28', 15],
    ['-16 >> 2', -4],
    ['6 & 3 | 8', 10],
    ['6 ⊕ 3', 5],
    ['~0', -1],
    ['i + 100*t + 1000*vocab', 10203],
    ['0x10 + 1.5e1', 31],
    ['f32(0.1)', Math.fround(0.1)],
    ['imul(3, 2654435761)', Math.imul(3, 2654435761)],
    ['max(1, i, t)', 3],
    ['round(-0.5 - 1)', -1],
    [
      'f32((imul(i + 1 + 10*t, 2654435761) >>> 0) / 2^32 * 20 - 10)',
      Math.fround(((Math.imul(24, 2654435761) >>> 0) / 2 ** 32) * 20 - 10),
    ],
  ])('computes %s', (expression, expected) => {
    expect(value(expression)).toBe(expected);
  });

  it.each([
    '',
    '1 +',
    '(1',
    '1)',
    '1 2',
    'x + 1',
    'eval(1)',
    'constructor',
    'toString(1)',
    'imul',
    'f32 1',
    '1 $ 2',
    '()',
  ])('refuses %j', (expression) => {
    expect(() => value(expression)).toThrow(expect.objectContaining({ code: 'app/bad-request' }));
  });

  it('refuses a formula for something else', () => {
    expect(() => parseLogitFormula('x_i(t) = 1')).toThrow('z_i(t) =');
  });
});
