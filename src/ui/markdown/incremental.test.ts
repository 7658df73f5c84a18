import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIncrementalMarkdown } from './incremental.ts';
import { parseMarkdown } from './parse.ts';

const PIECES = [
  'A plain paragraph.',
  'Two lines\nof text',
  '# Heading',
  'Setext\n---',
  '- one\n- two\n\n  more of two',
  '1. a\n2. b\n   - c',
  '> quoted\n> again',
  '```ts\nconst a = 1;\n\nconst b = 2;\n```',
  '| a | b |\n|---|---|\n| 1 | 2 |',
  '$$\nx^2\n$$',
  '\\[ y \\]',
  '---',
  '<div>raw</div>',
  '    indented code',
  '**bold** and `code` and $x$',
  '![picture](https://a.example/b.png)',
];

const documents = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 12 }).map((all) => all.join('\n\n'));

describe('createIncrementalMarkdown', () => {
  it('ends with what one reading of the whole text gives, however the text arrives', () => {
    fc.assert(
      fc.property(documents, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (text, steps) => {
        const parser = createIncrementalMarkdown();
        let length = 0;
        for (let turn = 0; length < text.length; turn += 1) {
          length += steps[turn % steps.length]!;
          parser.update(text.slice(0, length), false);
        }
        expect(parser.update(text, true)).toEqual(parseMarkdown(text));
      }),
      { numRuns: 300 },
    );
  });

  it('shows at every moment what one reading of the text so far gives', () => {
    const text = PIECES.join('\n\n');
    const parser = createIncrementalMarkdown();
    for (let length = 1; length <= text.length; length += 1) {
      const soFar = text.slice(0, length);
      expect(parser.update(soFar, false)).toEqual(parseMarkdown(soFar));
    }
  });

  it('keeps the identity of finished blocks, so that nothing is drawn again', () => {
    const parser = createIncrementalMarkdown();
    const first = parser.update('one\n\ntwo\n\nthree\n\nfour', false)[0];
    const later = parser.update('one\n\ntwo\n\nthree\n\nfour and more\n\nfive', false);
    expect(later[0]).toBe(first);
  });

  it('starts again when the text is another one', () => {
    const parser = createIncrementalMarkdown();
    parser.update('one\n\ntwo\n\nthree\n\nfour', false);
    expect(parser.update('other', false)).toEqual(parseMarkdown('other'));
  });

  it('resolves link definitions that come after their use', () => {
    const text = 'See [this][1].\n\nMore.\n\nEven more.\n\n[1]: https://a.example/';
    const parser = createIncrementalMarkdown();
    for (let length = 1; length < text.length; length += 3) parser.update(text.slice(0, length), false);
    expect(parser.update(text, true)).toEqual(parseMarkdown(text));
  });

  it('reads only the tail of a long text', () => {
    const parser = createIncrementalMarkdown();
    let text = Array.from({ length: 2000 }, (_, at) => `Paragraph ${at} with some words in it.`).join('\n\n');
    let before = parser.update(text, false);
    for (let step = 0; step < 200; step += 1) {
      text += ' word';
      const after = parser.update(text, false);
      // What is read again becomes another object.
      const again = after.filter((block, at) => block !== before[at]);
      expect(again.length).toBeLessThanOrEqual(2);
      before = after;
    }
    expect(before).toEqual(parseMarkdown(text));
  });
});
