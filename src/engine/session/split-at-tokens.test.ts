import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createTokenSplitter } from './split-at-tokens.ts';

describe('a text cut at the names of tokens', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['no name', ['<s>'], ['no name']],
    ['', ['<s>'], ['']],
    ['text', [], ['text']],
    ['<s>', ['<s>'], ['', '<s>', '']],
    ['a<s></s>b', ['<s>', '</s>'], ['a', '<s>', '', '</s>', 'b']],
    ['<s><s', ['<s>'], ['', '<s>', '<s']],
    ['xabcd', ['ab', 'abc', 'bcd'], ['x', 'abc', 'd']],
    ['a.b', ['a.', '.*'], ['', 'a.', 'b']],
    ['漢\u{1f600}字', ['\u{1f600}'], ['漢', '\u{1f600}', '字']],
  ])('is for %j with %j', (text, names, parts) => {
    expect(createTokenSplitter(names)(text)).toEqual(parts);
  });

  it('is the same as by a pattern of all names', () => {
    const name = fc.string({ unit: fc.constantFrom('a', 'b', '<'), minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 8 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '<', 'c') }),
        (names, text) => {
          const longestFirst = [...names].sort((a, b) => b.length - a.length);
          expect(createTokenSplitter(names)(text)).toEqual(text.split(new RegExp(`(${longestFirst.join('|')})`, 'u')));
        },
      ),
    );
  });
});
