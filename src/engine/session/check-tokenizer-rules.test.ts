import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTokenizerRules } from './check-tokenizer-rules.ts';
import { patternCost } from './pattern-cost.ts';

const split = (Regex: string) => ({ type: 'Split', pattern: { Regex }, behavior: 'Isolated', invert: false });
const refused = expect.objectContaining({ code: 'model/unsupported', hints: [expect.any(String)] }) as Error;

describe('the rules of a stranger’s tokenizer', () => {
  it.each([
    ["'s|'t|'re| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+"],
    [
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+",
    ],
    ["[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{M}]*[\\p{Ll}\\p{M}]+(?i:'s|'t|'re)?|\\p{N}{1,3}"],
    ['[!"#$%&\'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|(?:\\n)+'],
    ['\\p{Nd}{1,3}(?=(?:\\p{Nd}{3})*\\b)|.*'],
  ])('may cut by patterns as published ones have them: %s', (pattern) => {
    expect(() => checkTokenizerRules({ pre_tokenizer: split(pattern) })).not.toThrow();
  });

  it.each([
    ['(a+)+b'],
    ['(?:a|a)*b'],
    ['(a?a)+b'],
    ['((a{1,9}){1,9}){1,9}b'],
    ['(?:\\s*\\d)+x'],
    ['\\s*\\s*\\s*\\s*x'],
    ['a?'.repeat(40) + 'a'.repeat(40)],
    ['(a|a)'.repeat(20)],
    ['(a|a){1}'.repeat(20)],
    ['(?=(x+)*y)'],
    ['[)](a*)*'],
    ['\\((b*)*'],
    ['a'.repeat(2_001)],
  ])('may not take for ever: %s', (pattern) => {
    const list = { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }, split(pattern)] };
    expect(() => checkTokenizerRules({ pre_tokenizer: list })).toThrow(refused);
    const replace = { type: 'Replace', pattern: { Regex: pattern }, content: '' };
    expect(() => checkTokenizerRules({ normalizer: replace })).toThrow(refused);
  });

  it('may not make a text grow without measure', () => {
    const double = { type: 'Replace', pattern: { String: 'a' }, content: 'aa' };
    const of = (times: number) => ({ type: 'Sequence', normalizers: Array.from({ length: times }, () => double) });
    expect(() => checkTokenizerRules({ normalizer: of(6) })).not.toThrow();
    expect(() => checkTokenizerRules({ normalizer: of(7) })).toThrow(refused);
    expect(() => checkTokenizerRules({ normalizer: { ...double, content: '$`' } })).toThrow(refused);
  });

  it('end, however many and however deep they are', () => {
    const many = { type: 'Sequence', normalizers: Array.from({ length: 100_000 }, () => ({ type: 'NFC' })) };
    expect(() => checkTokenizerRules({ normalizer: many })).toThrow(refused);
    const deep = Array.from({ length: 100_000 }).reduce<unknown>((inner) => [inner], {});
    expect(() => checkTokenizerRules({ decoder: deep })).toThrow(refused);
  });

  it('are not judged where they are none', () => {
    for (const json of [
      null,
      3,
      [],
      {},
      { normalizer: 'x', decoder: null },
      { pre_tokenizer: split('(') },
      { pre_tokenizer: split('))') },
    ])
      expect(() => checkTokenizerRules(json)).not.toThrow();
  });

  it('are read without a failure, whatever a pattern holds', () => {
    const piece = fc.constantFrom(
      '(',
      ')',
      '[',
      ']',
      '|',
      '*',
      '+',
      '?',
      '{',
      '}',
      ',',
      '1',
      'a',
      '\\',
      '(?:',
      '(?i:',
      '{2,}',
      '{,3}',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const { ways, endless } = patternCost(pieces.join(''));
        expect(ways).toBeGreaterThanOrEqual(1);
        expect(endless).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});
