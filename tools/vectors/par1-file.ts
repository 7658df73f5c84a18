import { gumbelTable, gumbelTableHash } from '../../src/protocol/par1/gumbel.ts';
import { compare, failure, isRecord, join } from './compare.ts';
import type { Outcome } from './compare.ts';
import { computeCase } from './par1-case.ts';

/** Entries that are read, not recomputed: labels, and what a case is computed from. */
const LABELS = new Set(['about', 'name', 'inputs']);

/** Recomputes every value of a parsed PAR-1 vectors file; a file of another kind, or without cases, is one failure. */
export function recomputePar1File(file: unknown): Outcome[] {
  if (!isRecord(file) || !Array.isArray(file['cases'])) {
    const kind = isRecord(file) ? Object.keys(file).join(', ') : JSON.stringify(file);
    return [failure('(file)', kind, 'unsupported kind: a PAR-1 file has a list "cases"')];
  }
  const cases: readonly unknown[] = file['cases'];
  if (cases.length === 0) return [failure('cases', cases, 'there is no case in it')];
  return Object.entries(file).flatMap(([key, value]) => {
    if (key === 'cases') return cases.flatMap((one, at) => recomputeCase(`cases[${at}]`, one));
    if (key === 'gumbelTable') return guarded(key, value, () => compare(key, value, computeGumbelSection()));
    return compareUnlabelled('', key, value, {});
  });
}

function recomputeCase(path: string, file: unknown): Outcome[] {
  if (!isRecord(file)) return [failure(path, file, 'a case is an object')];
  return guarded(path, file['name'], () => {
    const computed = computeCase(file);
    const outcomes = Object.keys(file).flatMap((key) => compareUnlabelled(path, key, file[key], computed));
    return outcomes.length > 0 ? outcomes : [failure(path, file['name'], 'it holds no result')];
  });
}

function compareUnlabelled(
  path: string,
  key: string,
  value: unknown,
  computed: Readonly<Record<string, unknown>>,
): Outcome[] {
  if (LABELS.has(key)) return [];
  return compare(join(path, key), value, Object.hasOwn(computed, key) ? computed[key] : undefined);
}

function computeGumbelSection(): Record<string, unknown> {
  const table = gumbelTable();
  return {
    sha256OfInt16BE: gumbelTableHash(table),
    first: table[0],
    middle: table[table.length / 2],
    last: table.at(-1),
  };
}

/** What cannot be computed at all is a failure of the file, with the reason. */
function guarded(path: string, expected: unknown, run: () => Outcome[]): Outcome[] {
  try {
    return run();
  } catch (error) {
    return [failure(path, expected, error instanceof Error ? error.message : String(error))];
  }
}
