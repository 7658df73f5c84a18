import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldedIndex, foldText } from './fold-text.ts';

describe('folding', () => {
  it.each([
    ['CRÈME Brûlée', 'creme brulee'],
    ['Ångström', 'angstrom'],
    ['ﬁne', 'fine'],
    ['Ελλάς', 'ελλας'],
    ['한국어', '한국어'],
    ['Ｆｕｌｌ', 'full'],
  ])('finds %s as %s', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  it('says where a folded match lies in the text as it was written', () => {
    const text = 'eﬃcient Café';
    const at = foldText(text).indexOf('cafe');
    expect(text.slice(foldedIndex(text, at), foldedIndex(text, at + 4))).toBe('Café');
  });

  it('stays inside the text for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(50), (text, count) => {
        const at = foldedIndex(text, count);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at).toBeLessThanOrEqual(text.length);
        expect(foldText(foldText(text))).toBe(foldText(text));
      }),
    );
  });
});
