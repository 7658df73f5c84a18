import { WeftError } from '../../src/protocol/errors.ts';

/** The value of an expression for the numbers its names stand for. */
type Expression = (names: ReadonlyMap<string, number>) => number;

const FUNCTIONS: ReadonlyMap<string, (...values: number[]) => number> = new Map(
  Object.entries({
    f32: Math.fround,
    imul: Math.imul,
    floor: Math.floor,
    ceil: Math.ceil,
    // Half up, as everywhere in PAR-1.
    round: Math.round,
    abs: Math.abs,
    min: Math.min,
    max: Math.max,
    sqrt: Math.sqrt,
    exp: Math.exp,
    ln: Math.log,
    sin: Math.sin,
    cos: Math.cos,
  }),
);

/** Left-associative operators from the weakest; `^` is a power, as in 2^32, and is handled above all of them. */
const LEVELS: readonly Readonly<Record<string, (a: number, b: number) => number>>[] = [
  { '|': (a, b) => a | b },
  { '⊕': (a, b) => a ^ b },
  { '&': (a, b) => a & b },
  { '<<': (a, b) => a << b, '>>>': (a, b) => a >>> b, '>>': (a, b) => a >> b },
  { '+': (a, b) => a + b, '-': (a, b) => a - b },
  { '*': (a, b) => a * b, '/': (a, b) => a / b, '%': (a, b) => a % b },
];

const TOKEN = /\s*(?:(0x[0-9a-fA-F]+|\d+(?:\.\d+)?(?:e[+-]?\d+)?)|([A-Za-z_]\w*)|(>>>|>>|<<|[-+*/%^&|⊕~(),]))/y;

/**
 * Reads a logit formula `z_i(t) = …` over the names i (token id), t (position) and vocab.
 * Throws app/bad-request for text that is no such formula.
 */
export function parseLogitFormula(text: string): (id: number, t: number, vocab: number) => number {
  const head = /^\s*z_i\(t\)\s*=/.exec(text);
  if (head === null) throw badFormula(text, 'it does not begin with "z_i(t) ="');
  const expression = parse(text, head[0].length);
  const names = new Map<string, number>();
  return (id, t, vocab) => {
    names.set('i', id).set('t', t).set('vocab', vocab).set('V', vocab);
    return expression(names);
  };
}

function parse(text: string, from: number): Expression {
  const tokens = tokenise(text, from);
  let at = 0;
  const take = (expected: string) => {
    if (tokens[at] !== expected) throw badFormula(text, `expected "${expected}", found "${tokens[at] ?? 'the end'}"`);
    at += 1;
  };

  const binary = (level: number): Expression => {
    const operators = LEVELS[level];
    if (operators === undefined) return unary();
    let left = binary(level + 1);
    for (;;) {
      const token = tokens[at];
      if (token === undefined || !Object.hasOwn(operators, token)) return left;
      at += 1;
      const [apply, a, b] = [operators[token]!, left, binary(level + 1)];
      left = (names) => apply(a(names), b(names));
    }
  };

  const unary = (): Expression => {
    const token = tokens[at];
    if (token !== '-' && token !== '~') return power();
    at += 1;
    const value = unary();
    return token === '-' ? (names) => -value(names) : (names) => ~value(names);
  };

  const power = (): Expression => {
    const base = primary();
    if (tokens[at] !== '^') return base;
    at += 1;
    const exponent = unary();
    return (names) => base(names) ** exponent(names);
  };

  const primary = (): Expression => {
    const token = tokens[at];
    if (token === undefined) throw badFormula(text, 'it ends too early');
    at += 1;
    if (token === '(') {
      const inner = binary(0);
      take(')');
      return inner;
    }
    if (/^\d/.test(token)) {
      const value = Number(token);
      return () => value;
    }
    if (tokens[at] === '(') return call(token);
    if (!['i', 't', 'vocab', 'V'].includes(token)) throw badFormula(text, `"${token}" is no name it may use`);
    return (names) => names.get(token)!;
  };

  const call = (name: string): Expression => {
    const apply = FUNCTIONS.get(name);
    if (apply === undefined) throw badFormula(text, `there is no function "${name}"`);
    take('(');
    const values = [binary(0)];
    while (tokens[at] === ',') {
      at += 1;
      values.push(binary(0));
    }
    take(')');
    return (names) => apply(...values.map((value) => value(names)));
  };

  const whole = binary(0);
  if (at < tokens.length) throw badFormula(text, `"${tokens[at]!}" is one too many`);
  return whole;
}

function tokenise(text: string, from: number): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = from;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (match === null) throw badFormula(text, `"${text.slice(at, at + 10)}" cannot be read`);
    tokens.push((match[1] ?? match[2] ?? match[3])!);
  }
  return tokens;
}

function badFormula(text: string, why: string): WeftError {
  return new WeftError('app/bad-request', `The logit formula ${JSON.stringify(text)} cannot be used: ${why}.`);
}
