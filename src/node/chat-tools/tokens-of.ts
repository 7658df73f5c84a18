import { badExpression } from './bad-expression.ts';

/** A part of an expression. */
export type ExpressionToken =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly text: string }
  | { readonly kind: 'sign'; readonly text: string };

const NUMBER = /(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?/iuy;
const NAME = /[a-z][a-z0-9]*/iuy;
/** As people and models write them, by what they mean. */
const SIGNS = new Map([
  ...['+', '-', '*', '/', '^', '%', '(', ')', ',', '!'].map((sign) => [sign, sign] as const),
  ['×', '*'],
  ['·', '*'],
  ['÷', '/'],
  ['−', '-'],
  ['π', 'pi'],
]);

/** The parts of an expression; `**` is read as `^`. Throws app/bad-request. */
export function tokensOf(expression: string): readonly ExpressionToken[] {
  const text = expression.replaceAll('**', '^');
  const tokens: ExpressionToken[] = [];
  for (let at = 0; at < text.length;) {
    const char = text[at]!;
    const number = partAt(NUMBER, text, at);
    const name = partAt(NAME, text, at);
    const sign = SIGNS.get(char);
    if (number !== null) tokens.push({ kind: 'number', value: Number(number) });
    else if (name !== null) tokens.push({ kind: 'name', text: name.toLowerCase() });
    else if (sign === 'pi') tokens.push({ kind: 'name', text: sign });
    else if (sign !== undefined) tokens.push({ kind: 'sign', text: sign });
    else if (!/\s/u.test(char)) throw badExpression(`"${char}" is not understood`);
    at += number?.length ?? name?.length ?? 1;
  }
  return tokens;
}

function partAt(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
