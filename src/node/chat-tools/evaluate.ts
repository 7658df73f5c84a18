import { badExpression } from './bad-expression.ts';
import { MAX_BRACKETS, MAX_EXPRESSION_CHARS } from './constants.ts';
import { tokensOf } from './tokens-of.ts';

const CONSTANTS = new Map([
  ['pi', Math.PI],
  ['e', Math.E],
]);

const FUNCTIONS = new Map<string, (...values: number[]) => number>([
  ['sqrt', one(Math.sqrt)],
  ['cbrt', one(Math.cbrt)],
  ['abs', one(Math.abs)],
  ['round', (value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits],
  ['floor', one(Math.floor)],
  ['ceil', one(Math.ceil)],
  ['exp', one(Math.exp)],
  ['ln', one(Math.log)],
  ['log', (value, base = 10) => Math.log(value) / Math.log(base)],
  ['sin', one(Math.sin)],
  ['cos', one(Math.cos)],
  ['tan', one(Math.tan)],
  ['min', Math.min],
  ['max', Math.max],
  ['pow', (value, exponent = 1) => value ** exponent],
  ['mod', (value, divisor = 1) => value % divisor],
]);

/** 15 digits are what a double holds surely: 0.1 + 0.2 is 0.3. */
const DIGITS = 15;

/**
 * The value of an arithmetic expression: + - * / ^ !, brackets, percent, the functions above, angles in radians. `%` before
 * a value is the rest of a division, otherwise a hundredth. Throws app/bad-request with why there is no value.
 */
export function evaluate(expression: string): number {
  if (expression.length > MAX_EXPRESSION_CHARS) {
    throw badExpression(`it has more than ${MAX_EXPRESSION_CHARS} characters`);
  }
  const tokens = tokensOf(expression);
  let at = 0;
  let depth = 0;

  const isSign = (...texts: string[]): boolean => {
    const token = tokens[at];
    return token?.kind === 'sign' && texts.includes(token.text);
  };
  /** A value could begin here: then a percent sign before it divides. */
  const beginsValue = (): boolean => {
    const token = tokens[at];
    return token !== undefined && (token.kind !== 'sign' || token.text === '(');
  };
  const takeSign = (text: string) => {
    if (!isSign(text)) throw badExpression(at < tokens.length ? `"${text}" is missing` : 'it is not complete');
    at++;
  };

  const sum = (): number => {
    let value = product();
    while (isSign('+', '-')) {
      const factor = isSign('+') ? 1 : -1;
      at++;
      value += factor * product();
    }
    return value;
  };

  const product = (): number => {
    let value = signed();
    for (;;) {
      if (isSign('*')) {
        at++;
        value *= signed();
      } else if (isSign('/')) {
        at++;
        const divisor = signed();
        if (divisor === 0) throw badExpression('it divides by zero');
        value /= divisor;
      } else if (isSign('%')) {
        at++;
        value %= signed();
      } else return value;
    }
  };

  const signed = (): number => {
    let isNegative = false;
    for (; isSign('+', '-'); at++) if (isSign('-')) isNegative = !isNegative;
    const value = power();
    return isNegative ? -value : value;
  };

  const power = (): number => {
    const base = suffixed();
    if (!isSign('^')) return base;
    at++;
    return base ** deeper(signed);
  };

  const suffixed = (): number => {
    let value = atom();
    for (;;) {
      if (isSign('!')) {
        at++;
        value = factorial(value);
      } else if (isSign('%')) {
        at++;
        if (beginsValue()) {
          at--;
          return value;
        }
        value /= 100;
      } else return value;
    }
  };

  const deeper = (read: () => number): number => {
    if (++depth > MAX_BRACKETS) throw badExpression('it is nested too deep');
    const value = read();
    depth--;
    return value;
  };

  const atom = (): number => {
    const token = tokens[at];
    if (token === undefined) throw badExpression('it is not complete');
    at++;
    if (token.kind === 'number') return token.value;
    if (token.kind === 'name') return named(token.text);
    if (token.text !== '(') throw badExpression(`"${token.text}" stands in the wrong place`);
    const value = deeper(sum);
    takeSign(')');
    return value;
  };

  const named = (name: string): number => {
    const constant = CONSTANTS.get(name);
    if (constant !== undefined) return constant;
    const compute = FUNCTIONS.get(name);
    if (compute === undefined) throw badExpression(`"${name}" is not known`);
    takeSign('(');
    const values = [deeper(sum)];
    while (isSign(',')) {
      at++;
      values.push(deeper(sum));
    }
    takeSign(')');
    return compute(...values);
  };

  const value = sum();
  if (at < tokens.length) throw badExpression('two values stand side by side, or a bracket is left over');
  if (!Number.isFinite(value)) throw badExpression('it has no finite value');
  return Number(value.toPrecision(DIGITS));
}

function one(compute: (value: number) => number) {
  return (...values: number[]): number => {
    if (values.length !== 1) throw badExpression('a function has too many values');
    return compute(values[0]!);
  };
}

function factorial(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > 170) throw badExpression('! needs a whole number from 0 to 170');
  let product = 1;
  for (let factor = 2; factor <= value; factor++) product *= factor;
  return product;
}
