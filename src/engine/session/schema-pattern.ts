/** Largest count in braces: the compiler writes every repetition out. */
const MAX_REPEATS = 1_000;

/** What the compiler's reader of patterns ends at: look-around, boundaries, classes by property, references, empty sets. */
const NOT_READ = /^(?:\\[bBpPk1-9]|\(\?|\[\])/u;
const TOKENS = /\\.|\(\?(?:<?[=!])?|\[\]|\{\d+(?:,\d*)?\}/gsu;

/** Why a pattern of a schema cannot be kept to, as the rest of a sentence; null where it can. */
export function patternProblem(pattern: unknown): string | null {
  if (typeof pattern !== 'string') return 'is not a text';
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'is not a regular expression';
  }
  for (const [token] of pattern.matchAll(TOKENS)) {
    if (NOT_READ.test(token) && token !== '(?') return `uses "${token}", which cannot be kept to`;
    const counts = token.startsWith('{') ? (token.match(/\d+/gu) ?? []) : [];
    if (counts.some((count) => Number(count) > MAX_REPEATS)) return `repeats something more than ${MAX_REPEATS} times`;
  }
  return null;
}
