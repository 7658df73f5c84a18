/** One value of a vectors file against its recomputation. */
export interface Outcome {
  /** Where in the file, as `cases[0].steps[1].rank`. */
  readonly path: string;
  readonly ok: boolean;
  readonly expected: unknown;
  /** What was computed, or a sentence in brackets why nothing could be. */
  readonly got: unknown;
}

/** Names of arrays of which a file may show only the beginning. */
const PARTIAL = new Set(['ids', 'zq', 'sketch']);

/** Every value under `expected` (the file's) against `computed`; what has no counterpart there is a failure. */
export function compare(path: string, expected: unknown, computed: unknown): Outcome[] {
  if (computed === undefined) return [failure(path, expected, 'this command does not know how to recompute it')];
  if (Array.isArray(expected) && Array.isArray(computed)) return compareArrays(path, expected, computed);
  if (isRecord(expected) && isRecord(computed)) {
    const keys = Object.keys(expected);
    if (keys.length === 0) return [failure(path, expected, 'it holds no value')];
    return keys.flatMap((key) =>
      compare(join(path, key), expected[key], Object.hasOwn(computed, key) ? computed[key] : undefined),
    );
  }
  return [{ path, ok: expected === computed, expected, got: computed }];
}

export function failure(path: string, expected: unknown, why: string): Outcome {
  return { path, ok: false, expected, got: `(${why})` };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function join(path: string, key: string): string {
  return path === '' ? key : `${path}.${key}`;
}

function compareArrays(path: string, expected: readonly unknown[], computed: readonly unknown[]): Outcome[] {
  const isPartial = PARTIAL.has(path.slice(path.lastIndexOf('.') + 1));
  const fits = isPartial
    ? expected.length >= 1 && expected.length <= computed.length
    : expected.length === computed.length;
  const outcomes = expected.map((value, at) => compare(`${path}[${at}]`, value, computed[at])).flat();
  // An array that is right to be empty still counts as one value.
  if (fits && expected.length > 0) return outcomes;
  return [...outcomes, { path: `${path}.length`, ok: fits, expected: expected.length, got: computed.length }];
}
