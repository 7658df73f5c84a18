import { describe, expect, it } from 'vitest';
import shipped from '../../src/protocol/quorum/quorum.vectors.json' with { type: 'json' };
import { recomputeQuorumFile } from './quorum-file.ts';

type Json = number | string | Json[] | { [key: string]: Json };

const copy = () => structuredClone(shipped) as unknown as Record<string, Json>;
const failuresOf = (file: Record<string, unknown>) =>
  recomputeQuorumFile(file)
    .filter(({ ok }) => !ok)
    .map(({ path }) => path);

/** Calls `visit` with the parent and the key of every value that is neither list nor object. */
function eachValue(value: Json, visit: (parent: Record<string, Json>, key: string) => void): void {
  if (typeof value !== 'object') return;
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'object') eachValue(one, visit);
    else visit(value as Record<string, Json>, key);
  }
}

/** A neighbouring value of the same form. */
function changed(value: Json): Json {
  if (typeof value === 'number') return value + 1;
  const text = value as string;
  return text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
}

/** Nodes that were not drawn: another address in their place changes nothing. */
const undrawn = shipped.case.draw.eligible.filter((one) => !shipped.case.draw.selected.includes(one));

describe('the vectors command on quorum files', () => {
  it('recomputes every value of the shipped file', () => {
    expect(failuresOf(copy())).toEqual([]);
    expect(recomputeQuorumFile(copy()).length).toBeGreaterThan(55);
  });

  it('notices a change of any value, inputs included', () => {
    const file = copy();
    let values = 0;
    eachValue(file, (parent, key) => {
      const before = parent[key]!;
      if (key === 'about' || undrawn.includes(before as string)) return;
      values += 1;
      parent[key] = changed(before);
      expect(failuresOf(file), `${key} ${JSON.stringify(before)}`).not.toEqual([]);
      parent[key] = before;
    });
    expect(values).toBeGreaterThan(70);
    expect(failuresOf(file)).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a section it does not know', { ...copy(), extra: 1 }],
    ['a part of the case it does not know', { case: { ...shipped.case, toString: 1 } }],
    ['a case that is none', { case: [] }],
    ['a case without a result', { case: { intent: shipped.case.intent } }],
    ['a result without its inputs', { case: { intentId: shipped.case.intentId } }],
    ['a proof outside the tree', { case: { receiptTree: { ...shipped.case.receiptTree, proofOfIndex7: [] } } }],
    ['an intent with more to it', { case: { ...shipped.case, intent: { ...shipped.case.intent, tip: 1 } } }],
  ])('fails for %s', (_what, file) => {
    expect(failuresOf(file)).not.toEqual([]);
  });
});
