import { describe, expect, it } from 'vitest';
import shipped from '../../src/protocol/quorum/quorum.vectors.json' with { type: 'json' };
import { recomputeQuorumFile } from './quorum-file.ts';
import { typescriptWire } from './quorum-wire.ts';

type Json = number | string | Json[] | { [key: string]: Json };

const copy = () => structuredClone(shipped) as unknown as Record<string, Json>;
async function failuresOf(file: Record<string, unknown>): Promise<string[]> {
  const outcomes = await recomputeQuorumFile(file, typescriptWire);
  return outcomes.filter(({ ok }) => !ok).map(({ path }) => path);
}

/** Calls `visit` with the parent and the key of every value that is neither list nor object. */
async function eachValue(
  value: Json,
  visit: (parent: Record<string, Json>, key: string) => Promise<void>,
): Promise<void> {
  if (typeof value !== 'object') return;
  for (const [key, one] of Object.entries(value)) {
    if (typeof one === 'object') await eachValue(one, visit);
    else await visit(value as Record<string, Json>, key);
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
  it('recomputes every value of the shipped file', async () => {
    expect(await failuresOf(copy())).toEqual([]);
    expect((await recomputeQuorumFile(copy(), typescriptWire)).length).toBeGreaterThan(55);
  });

  it('notices a change of any value, inputs included', async () => {
    const file = copy();
    let values = 0;
    await eachValue(file, async (parent, key) => {
      const before = parent[key]!;
      if (key === 'about' || undrawn.includes(before as string)) return;
      values += 1;
      parent[key] = changed(before);
      expect(await failuresOf(file), `${key} ${JSON.stringify(before)}`).not.toEqual([]);
      parent[key] = before;
    });
    expect(values).toBeGreaterThan(70);
    expect(await failuresOf(file)).toEqual([]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a section it does not know', { ...copy(), extra: 1 }],
    ['a part of the case it does not know', { case: { ...shipped.case, toString: 1 } }],
    ['a case that is none', { case: [] }],
    ['a case without a result', { case: { intent: shipped.case.intent } }],
    ['a result without its inputs', { case: { intentId: shipped.case.intentId } }],
    ['a proof outside the tree', { case: { receiptTree: { ...shipped.case.receiptTree, proofOfIndex7: [] } } }],
    ['an intent with more to it', { case: { ...shipped.case, intent: { ...shipped.case.intent, tip: 1 } } }],
  ])('fails for %s', async (_what, file) => {
    expect(await failuresOf(file)).not.toEqual([]);
  });
});
