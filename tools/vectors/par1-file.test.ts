import { describe, expect, it } from 'vitest';
import shipped from '../../src/protocol/par1/par1.vectors.json' with { type: 'json' };
import { compare } from './compare.ts';
import { recomputePar1File } from './par1-file.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Path = readonly (string | number)[];

const copy = (): Json => structuredClone(shipped);
const failuresOf = (file: unknown) => recomputePar1File(file).filter((outcome) => !outcome.ok);

/** The places of all values that are neither list nor object. */
function leavesOf(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, one]) => leavesOf(one, [...path, key]));
}

function placeOf(file: Json, path: Path): { parent: Record<string, Json>; key: string } {
  let parent = file as Record<string, Json>;
  for (const key of path.slice(0, -1)) parent = parent[key] as Record<string, Json>;
  return { parent, key: String(path.at(-1)) };
}

/** A neighbouring value of the same form. */
function changed(value: Json): Json {
  if (typeof value === 'number') return value === 0 ? 1 : value - 1;
  if (typeof value !== 'string') throw new Error('The file holds numbers and texts only.');
  if (value.startsWith('0x')) return value.slice(0, -1) + (value.endsWith('0') ? '1' : '0');
  return value.replace('2654435761', '2654435763');
}

/** One of each kind: the small cases stand for the large one, which has the same keys. */
const isWorthTrying = (path: Path) => path[0] !== 'cases' || path[1] === '2' || path[1] === '3';

describe('the vectors command', () => {
  it('recomputes every value of the shipped file', () => {
    const outcomes = recomputePar1File(copy());
    expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([]);
    const results = leavesOf(copy()).filter(
      (path) => !path.includes('inputs') && !['about', 'name'].includes(String(path.at(-1))),
    );
    expect(outcomes.length).toBe(results.length);
  });

  it('notices a change of any value, inputs included', () => {
    const paths = leavesOf(copy()).filter(
      (path) => isWorthTrying(path) && !['about', 'name'].includes(String(path.at(-1))),
    );
    expect(paths.length).toBeGreaterThan(200);
    const unnoticed = paths.filter((path) => {
      const file = copy();
      const { parent, key } = placeOf(file, path);
      parent[key] = changed(parent[key]!);
      return failuresOf(file).length === 0;
    });
    expect(unnoticed).toEqual([]);
  });

  it('names the value that differs, with both sides', () => {
    const file = copy();
    const { parent } = placeOf(file, ['cases', 3, 'steps', 1, 'rank']);
    parent['rank'] = 5;
    expect(failuresOf(file)).toEqual([{ path: 'cases[3].steps[1].rank', ok: false, expected: 5, got: 0 }]);
  });

  it.each<[string, Path, Json, string]>([
    ['a top-level section', ['extra'], { a: 1 }, 'extra'],
    ['a part of a case', ['cases', 3, 'weights'], [1], 'cases[3].weights'],
    ['a part of a step', ['cases', 3, 'steps', 0, 'entropy'], 1, 'cases[3].steps[0].entropy'],
    ['a part of the table', ['gumbelTable', 'toString'], 1, 'gumbelTable.toString'],
    ['an input', ['cases', 3, 'inputs', 'bias'], 1, 'cases[3]'],
    ['a logit formula', ['cases', 3, 'inputs', 'logit'], 'z_i(t) = normal(i)', 'cases[3]'],
    ['a longer list', ['cases', 3, 'tokens'], [7, 9, 9, 9], 'cases[3].tokens[3]'],
    ['a shorter list', ['cases', 3, 'tokens'], [7, 9], 'cases[3].tokens.length'],
    ['an empty beginning', ['cases', 3, 'steps', 0, 'ids'], [], 'cases[3].steps[0].ids.length'],
    ['a value of another type', ['cases', 3, 'root'], null, 'cases[3].root'],
    ['an object for a list', ['cases', 3, 'tokens'], {}, 'cases[3].tokens'],
    ['a case that is none', ['cases', 3], 7, 'cases[3]'],
    ['a step that is none', ['cases', 3, 'steps', 0], 7, 'cases[3]'],
    ['a position outside the answer', ['cases', 3, 'proof', 'index'], 3, 'cases[3]'],
  ])('fails for %s it does not know', (_what, path, value, at) => {
    const file = copy();
    const { parent, key } = placeOf(file, path);
    Object.defineProperty(parent, key, { value, enumerable: true });
    expect(failuresOf(file).map((outcome) => outcome.path)).toContain(at);
  });

  it.each([null, 7, 'text', [], {}, { cases: [] }, { cases: {} }, { intent: {}, case: {} }])(
    'fails for a file that holds %j',
    (file) => {
      expect(recomputePar1File(file)).toMatchObject([{ ok: false }]);
    },
  );

  it('fails for a case without a result', () => {
    const { inputs } = shipped.cases[3]!;
    expect(recomputePar1File({ cases: [{ name: 'bare', inputs }] })).toMatchObject([{ path: 'cases[0]', ok: false }]);
  });

  it('recomputes a case it has not seen, as far as that shows its results', () => {
    const inputs = {
      ...shipped.cases[0]!.inputs,
      vocab: 1,
      steps: 1,
      temperatureQ: 65535,
      logit: 'z_i(t) = f32(sqrt(2) * (i + t) - 0.5)',
      chainId: '18446744073709551615',
    };
    const known = {
      tokens: [0],
      steps: [{ t: 0, ids: [0], zq: [0], keep: 1, rank: 0, zmax: -0.5 }],
      proof: { index: 0, siblings: [] },
    };
    const outcomes = recomputePar1File({ cases: [{ inputs, ...known }] });
    expect(outcomes.filter((outcome) => !outcome.ok)).toEqual([]);
    expect(outcomes.length).toBe(9);
  });
});

describe('compare', () => {
  it('lets only ids, zq and sketch show their beginning', () => {
    expect(compare('a.ids', [1, 2], [1, 2, 3]).every((outcome) => outcome.ok)).toBe(true);
    expect(compare('a.tokens', [1, 2], [1, 2, 3])).toContainEqual({
      path: 'a.tokens.length',
      ok: false,
      expected: 2,
      got: 3,
    });
  });
});
