import { describe, expect, it } from 'vitest';
import shipped from '../../src/protocol/eip712/eip712.vectors.json' with { type: 'json' };
import { recomputeEip712File } from './eip712-file.ts';

const failuresOf = (file: Record<string, unknown>) =>
  recomputeEip712File(file)
    .filter(({ ok }) => !ok)
    .map(({ path }) => path);
const withFirst = (change: Record<string, unknown>) => ({
  ...shipped,
  types: [{ ...shipped.types[0], ...change }, ...shipped.types.slice(1)],
});
const offer = shipped.types[0]!.message;

describe('the vectors command on typed data', () => {
  it('recomputes every value of the shipped file', () => {
    expect(failuresOf(shipped)).toEqual([]);
    expect(recomputeEip712File(shipped).length).toBeGreaterThan(100);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['another digest', withFirst({ digest: '0x00' }), 'types[0].digest'],
    ['another signature', withFirst({ signature: '0x00' }), 'types[0].signature'],
    ['another type', withFirst({ typeString: 'Offer()' }), 'types[0].typeString'],
    ['another message', withFirst({ message: { ...offer, topK: 31 } }), 'types[0].digest'],
    ['one more field', withFirst({ message: { ...offer, tip: 1 } }), 'types[0].message.tip'],
    ['a field that does not fit', withFirst({ message: { ...offer, topK: 2 ** 16 } }), '(file)'],
    ['a type that is none of ours', withFirst({ name: 'Permit' }), '(file)'],
    ['another chain', { ...shipped, domain: { ...shipped.domain, chainId: '1' } }, 'domain.separator'],
    ['another name', { ...shipped, domain: { ...shipped.domain, name: 'Weft 2' } }, 'domain.name'],
    ['another section', { ...shipped, extra: 1 }, 'extra'],
    ['no types', { ...shipped, types: [] }, '(file)'],
    ['nothing', {}, '(file)'],
  ])('fails for %s', (_what, file, path) => {
    expect(failuresOf(file)).toContain(path);
  });
});
