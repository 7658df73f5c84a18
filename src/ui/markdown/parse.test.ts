import { describe, expect, it } from 'vitest';
import type { MdBlock, MdInline } from './nodes.ts';
import { parseMarkdown } from './parse.ts';

/** The inline nodes of a text that is one paragraph. */
function inlines(source: string): readonly MdInline[] {
  const [block, ...others] = parseMarkdown(source);
  expect(others).toEqual([]);
  expect(block?.kind).toBe('paragraph');
  return block?.kind === 'paragraph' ? block.children : [];
}

const kinds = (source: string): readonly MdBlock['kind'][] => parseMarkdown(source).map((block) => block.kind);
const mathOf = (source: string): readonly string[] =>
  inlines(source).flatMap((node) => (node.kind === 'math' ? [node.tex] : []));

describe('parseMarkdown', () => {
  it('knows the blocks people use', () => {
    expect(kinds('# a\n\nb\n\n- c\n\n1. d\n\n> e\n\n---\n\n```js\nf\n```\n\n|g|\n|-|\n|h|')).toEqual([
      'heading',
      'paragraph',
      'list',
      'list',
      'quote',
      'rule',
      'code',
      'table',
    ]);
  });

  it('reads the start, check boxes and nesting of lists', () => {
    const [list] = parseMarkdown('3. one\n   - [x] done\n   - [ ] open');
    expect(list).toMatchObject({ kind: 'list', ordered: true, start: 3 });
    if (list?.kind !== 'list') return;
    expect(list.items[0]?.blocks[1]).toMatchObject({
      kind: 'list',
      items: [{ checked: true }, { checked: false }],
    });
  });

  it('keeps the language of a code block to a word', () => {
    expect(parseMarkdown('```ts title="x" onload=alert(1)\n1\n```')[0]).toMatchObject({ language: 'ts', open: false });
    expect(parseMarkdown('```"><script>\n1\n```')[0]).toMatchObject({ language: '' });
  });

  it.each([
    ['```js', true],
    ['```js\na', true],
    ['```js\na\n``', true],
    ['```js\na\n```', false],
    ['````\n```\n', true],
    ['    indented', false],
  ])('sees whether the fence of %j is open', (source, open) => {
    expect(parseMarkdown(source)[0]).toMatchObject({ kind: 'code', open });
  });

  it('shows raw HTML as the characters that were written', () => {
    expect(parseMarkdown('<div onclick="x()">hi</div>')).toEqual([
      { kind: 'literal', text: '<div onclick="x()">hi</div>' },
    ]);
    expect(inlines('a <img src=x onerror=y> b')).toEqual([
      { kind: 'text', text: 'a ' },
      { kind: 'text', text: '<img src=x onerror=y>' },
      { kind: 'text', text: ' b' },
    ]);
  });

  it('knows a few plain tags and only without attributes', () => {
    expect(inlines('H<sub>2</sub>O')[1]).toEqual({ kind: 'sub', children: [{ kind: 'text', text: '2' }] });
    expect(inlines('a<br>b').map((node) => node.kind)).toEqual(['text', 'break', 'text']);
    expect(inlines('<sub onclick=x>2</sub>').every((node) => node.kind === 'text')).toBe(true);
    expect(inlines('<sub>never closed').every((node) => node.kind === 'text')).toBe(true);
  });

  it('shows the source of a link whose address is refused', () => {
    expect(inlines('[click](javascript:alert(1))')).toEqual([{ kind: 'text', text: '[click](javascript:alert(1))' }]);
    expect(inlines('[a](https://a.example/?b=1&amp;c=2)')[0]).toMatchObject({ href: 'https://a.example/?b=1&c=2' });
  });

  it('never loads a picture', () => {
    expect(inlines('![a cat](https://a.example/c.png)')).toEqual([
      { kind: 'image', alt: 'a cat', address: 'https://a.example/c.png', href: 'https://a.example/c.png' },
    ]);
    expect(inlines('![x](data:image/svg+xml,1)')[0]).toMatchObject({ href: null });
  });

  it('finds formulas in each notation', () => {
    expect(mathOf('so $a_1$ and \\(b\\) and $$c$$')).toEqual(['a_1', 'b', 'c']);
    expect(parseMarkdown('$$\nx = 1\n$$\n\n\\[\ny\n\\]')).toEqual([
      { kind: 'math', tex: 'x = 1' },
      { kind: 'math', tex: 'y' },
    ]);
  });

  it.each([
    'It costs $5 and you pay $10.',
    'from $5-$10',
    'either $5, or 10$',
    'use $HOME and $PATH',
    'a $ b $ c',
    'escaped \\$x\\$',
    '`$x$`',
    'US$5 and CA$7',
    'a$b$c',
  ])('sees no formula in %j', (source) => {
    expect(mathOf(source)).toEqual([]);
  });

  it('reads character references as characters and leaves code alone', () => {
    expect(inlines('a &lt;b&gt; `&lt;`')).toEqual([
      { kind: 'text', text: 'a <b> ' },
      { kind: 'code', text: '&lt;' },
    ]);
  });

  it.each([
    ['quotes', '>'.repeat(5000)],
    ['lists', '- '.repeat(3000)],
    ['deep list', Array.from({ length: 200 }, (_, depth) => `${'  '.repeat(depth)}- x`).join('\n')],
    ['brackets', '['.repeat(5000)],
    ['emphasis', '*a '.repeat(3000)],
    ['underscores', '_'.repeat(6000)],
    ['backticks', '` `` ``` '.repeat(1500)],
    ['dollars', '$a '.repeat(3000)],
    ['tags', '<sub>'.repeat(1500)],
    ['table', `${'|a'.repeat(800)}\n${'|-'.repeat(800)}\n${'|b'.repeat(800)}`],
  ])('makes of hostile %s no more nodes than it has signs, and none too deep to draw', (_name, source) => {
    const nodes = parseMarkdown(source);
    const { count, depth } = sizeOf(nodes);
    expect(count).toBeGreaterThan(0);
    expect(count).toBeLessThanOrEqual(2 * source.length);
    // Sixteen containers, in each a list of items with blocks with parts.
    expect(depth).toBeLessThanOrEqual(80);
  });
});

describe('texts made to hold the page up', () => {
  // Each of these took seconds before the lexer was bounded; the bound here is what a person would not notice twice.
  it.each([
    ['openings of formulas', '\\('.repeat(50_000)],
    ['dollar signs', '$'.repeat(20_000)],
    ['opened tags', '<sub>'.repeat(20_000)],
    ['emphasis that never ends', '_a'.repeat(50_000)],
    ['half a million letters', 'a b\n\n'.repeat(100_000)],
  ])('%s become nodes whose text is all there', (_name, source) => {
    const nodes = parseMarkdown(source);
    expect(nodes.length).toBeGreaterThan(0);
    expect(JSON.stringify(nodes).length).toBeGreaterThan(source.length / 2);
  });

  it('a tag that is never closed leaves what follows readable', () => {
    expect(JSON.stringify(parseMarkdown(`<sub>${'word '.repeat(400)}`))).toContain('word');
  });
});

/** Objects of a tree, and how deep they lie within one another. */
function sizeOf(value: unknown): { readonly count: number; readonly depth: number } {
  if (typeof value !== 'object' || value === null) return { count: 0, depth: 0 };
  const parts = Object.values(value).map(sizeOf);
  const own = Array.isArray(value) ? 0 : 1;
  return {
    count: own + parts.reduce((sum, { count }) => sum + count, 0),
    depth: own + Math.max(0, ...parts.map(({ depth }) => depth)),
  };
}
