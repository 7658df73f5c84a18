import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluate } from './evaluate.ts';

const refused = (why: RegExp) =>
  expect.objectContaining({ code: 'app/bad-request', shortMessage: expect.stringMatching(why) as string }) as Error;

describe('an arithmetic expression', () => {
  it.each<[string, number]>([
    ['3*7', 21],
    ['0.1 + 0.2', 0.3],
    ['2 + 3 * 4', 14],
    ['(2 + 3) × 4 ÷ 5', 4],
    ['10 - 4 - 3', 3],
    ['2 ^ 3 ^ 2', 512],
    ['2 ** -1', 0.5],
    ['-2 ^ 2', -4],
    ['- -5', 5],
    ['15 %', 0.15],
    ['200 * 15%', 30],
    ['17 % 5', 2],
    ['5!', 120],
    ['sqrt(16) + abs(-2)', 6],
    ['round(2.345, 1)', 2.3],
    ['max(1, 2, min(9, 3))', 3],
    ['log(1000)', 3],
    ['Sin(π / 2)', 1],
    ['1.5e3 + .5', 1500.5],
  ])('%s is %d', (expression, value) => {
    expect(evaluate(expression)).toBeCloseTo(value, 12);
  });

  it.each<[string, RegExp]>([
    ['', /not complete/u],
    ['3 *', /not complete/u],
    ['1 / (2 - 2)', /divides by zero/u],
    ['(1', /not complete/u],
    ['1)', /left over/u],
    ['2 3', /side by side/u],
    ['1,000', /left over/u],
    ['foo(1)', /"foo" is not known/u],
    ['sqrt 4', /"\(" is missing/u],
    ['sqrt(1, 2)', /too many/u],
    ['constructor(1)', /"constructor" is not known/u],
    ['alert`1`', /not understood/u],
    ['9 ^ 9 ^ 9', /no finite value/u],
    ['sqrt(-1)', /no finite value/u],
    ['171!', /whole number/u],
    ['('.repeat(60) + '1' + ')'.repeat(60), /too deep/u],
    ['1+'.repeat(300) + '1', /more than 500/u],
  ])('%s is refused', (expression, why) => {
    expect(() => evaluate(expression)).toThrow(refused(why));
  });

  it('of any text ends in a number or a refusal', () => {
    const text = fc.array(
      fc.constantFrom('1', '2.5', '+', '-', '*', '/', '^', '%', '!', '(', ')', ',', 'sqrt', 'e', ' ', 'x'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          text.map((parts) => parts.join('')),
        ),
        (expression) => {
          try {
            expect(evaluate(expression)).toBeTypeOf('number');
          } catch (error) {
            expect(error).toEqual(refused(/^The expression cannot be computed: /u));
          }
        },
      ),
    );
  });
});
