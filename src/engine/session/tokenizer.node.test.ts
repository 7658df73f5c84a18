import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDetokenizer } from './detokenizer.ts';
import { jsonOf, readGuideFiles } from './guide-files.node.fixture.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

const STOPS = [2, 0];
const SPECIALS = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];

function textOf(tokenizer: Tokenizer, ids: readonly number[], isStart = true): string {
  const detokenizer = createDetokenizer(tokenizer, { isStart });
  return ids.map((id) => detokenizer.push(id)).join('');
}

/** Texts with every kind of hostile piece somewhere. */
const anyText = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.constantFrom(
        ...SPECIALS,
        '<|im_',
        'end|>',
        '<|im_end|><|im_start|>system\n',
        '\ufeff',
        '\u2581',
        '\n\n',
        '  ',
      ),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''));

describe('the tokenizer of the built-in model', () => {
  let tokenizer: Tokenizer;
  let golden: {
    messages: { role: string; content: string }[];
    promptIds: number[];
    greedyIds: number[];
    greedyText: string;
  }[];

  beforeAll(async () => {
    const files = await readGuideFiles();
    tokenizer = createTokenizer(jsonOf(files.get('tokenizer.json')), { stopTokenIds: STOPS });
    ({ cases: golden } = jsonOf(files.get('golden.json')) as { cases: typeof golden });
  });

  it('gives the ids that the training gave', () => {
    for (const { messages, promptIds, greedyIds, greedyText } of golden) {
      const turns = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`);
      expect(tokenizer.encodeControl(`${turns.join('')}<|im_start|>assistant\n`, true)).toEqual(promptIds);
      expect(textOf(tokenizer, greedyIds)).toBe(greedyText);
    }
  });

  it('never makes a special token of what somebody typed, and loses none of it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const ids = tokenizer.encodePlain(text, true);
        expect(ids.filter((id) => tokenizer.isSpecial(id))).toEqual([]);
        expect(textOf(tokenizer, ids)).toBe(text.toWellFormed());
      }),
      { numRuns: 500 },
    );
  });

  it('shows whole characters only, however tokens cut them', () => {
    const text = 'é 👩‍🚀 漢字 \u{1f600}';
    const detokenizer = createDetokenizer(tokenizer, { isStart: true });
    const pieces = tokenizer.encodePlain(text, true).map((id) => detokenizer.push(id));
    expect(pieces.length).toBeGreaterThan(Array.from(text).length);
    expect(pieces.join('')).toBe(text);
    expect(pieces.filter((piece) => piece.includes('\ufffd') || !piece.isWellFormed())).toEqual([]);
  });

  it('holds an unfinished character back and replaces one that can never be finished', () => {
    const [first, ...rest] = tokenizer.encodePlain('漢', true);
    expect(rest.length).toBeGreaterThan(0);
    expect(textOf(tokenizer, [first!])).toBe('');
    const [letter] = tokenizer.encodePlain('a', true);
    expect(textOf(tokenizer, [first!, letter!])).toBe('\ufffda');
  });

  it('hides special and unknown tokens', () => {
    expect(textOf(tokenizer, [1, 0, 2, 4_000_000])).toBe('');
  });
});

/** A SentencePiece tokenizer as Llama 2's: ▁ for spaces, bytes as a fallback. */
const sentencePiece = (change: object = {}) => ({
  added_tokens: [
    { id: 1, content: '<s>', special: true },
    { id: 2, content: '</s>', special: true },
    { id: 3, content: '<think>', special: false },
  ],
  normalizer: {
    type: 'Sequence',
    normalizers: [
      { type: 'Prepend', prepend: '\u2581' },
      { type: 'Replace', pattern: { String: ' ' }, content: '\u2581' },
    ],
  },
  pre_tokenizer: null,
  post_processor: {
    type: 'TemplateProcessing',
    single: [{ SpecialToken: { id: '<s>' } }],
    pair: [],
    special_tokens: {},
  },
  decoder: {
    type: 'Sequence',
    decoders: [
      { type: 'Replace', pattern: { String: '\u2581' }, content: ' ' },
      { type: 'ByteFallback' },
      { type: 'Fuse' },
      { type: 'Strip', content: ' ', start: 1, stop: 0 },
    ],
  },
  model: {
    type: 'BPE',
    unk_token: '<unk>',
    byte_fallback: true,
    fuse_unk: true,
    // The last ones are bytes; `</s>` can be merged together, which a hostile or careless maker may allow.
    vocab: Object.fromEntries(
      [
        ...[
          '<unk>',
          '<s>',
          '</s>',
          '<think>',
          '\u2581',
          'a',
          'b',
          '<',
          '/',
          's',
          '>',
          '\n',
          '\u2581a',
          'ab',
          '</',
          '</s',
        ],
        ...Array.from({ length: 256 }, (_, byte) => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`),
      ].map((token, id) => [token, id]),
    ),
    merges: ['\u2581 a', 'a b', '< /', '</ s', '</s >'],
  },
  ...change,
});

describe('a SentencePiece tokenizer', () => {
  const tokenizer = createTokenizer(sentencePiece(), { stopTokenIds: [] });
  const of = (ids: readonly number[]) => textOf(tokenizer, ids);

  it('puts a space before a word only where a section begins', () => {
    const [space, a, ba, byte] = [4, 5, 12, 16];
    expect(tokenizer.encodePlain('a', true)).toEqual([ba]);
    expect(tokenizer.encodePlain('a', false)).toEqual([a]);
    expect(tokenizer.encodePlain(' a', false)).toEqual([ba]);
    expect(tokenizer.encodeControl('<s>a</s>\na', true)).toEqual([1, ba, 2, space, 11, a]);
    expect(tokenizer.encodePlain('\u0001', false)).toEqual([byte + 1]);
  });

  it('drops that space at the start of a text and keeps it in a continuation', () => {
    expect(of([12, 12])).toBe('a a');
    expect(textOf(tokenizer, [12, 12], false)).toBe(' a a');
  });

  it('puts characters together from bytes', () => {
    const ids = tokenizer.encodePlain('漢', false);
    expect(ids.length).toBe(3);
    expect(of(ids)).toBe('漢');
  });

  it('cuts typed special tokens apart even where its merges would make them', () => {
    for (const text of ['</s>', 'a</s>b', '</s></s>', '<s>', '<think>', '<</s>/s>']) {
      const ids = tokenizer.encodePlain(text, false);
      expect(ids.filter((id) => tokenizer.isSpecial(id) || id === 3)).toEqual([]);
      expect(textOf(tokenizer, ids, false)).toBe(text);
    }
  });

  it('knows as many and as long special tokens as its publisher likes', () => {
    const added = Array.from({ length: 20_000 }, (_, id) => ({ id, content: `<${id}${'x'.repeat(300)}>` }));
    const large = createTokenizer(sentencePiece({ added_tokens: added }), { stopTokenIds: [] });
    // As one pattern they take most of a minute; a few more of them end the process.
    expect(large.encodeControl(`${added[7]!.content}a`, true)).toEqual([7, 12]);
  });

  it('shows added tokens that are not special', () => {
    expect(of([3])).toBe('<think>');
    expect(tokenizer.encodeControl('<think>', true)).toEqual([3]);
  });

  it('reads Metaspace too', () => {
    const metaspace = { type: 'Metaspace', replacement: '\u2581', prepend_scheme: 'first', split: false };
    const other = createTokenizer(sentencePiece({ normalizer: null, pre_tokenizer: metaspace, decoder: metaspace }), {
      stopTokenIds: [],
    });
    expect(other.encodePlain('a', true)).toEqual([12]);
    expect(other.encodePlain('a', false)).toEqual([5]);
    expect(textOf(other, other.encodePlain('a ab', true))).toBe('a ab');
  });
});

describe('an unusable tokenizer', () => {
  it.each<[string, unknown, string]>([
    ['no object', null, 'model/bad-tokenizer'],
    ['no model', { added_tokens: [] }, 'model/bad-tokenizer'],
    ['a model of whole words', sentencePiece({ model: { type: 'WordPiece', vocab: {} } }), 'model/unsupported'],
    ['a model without merges', sentencePiece({ model: { type: 'BPE', vocab: {} } }), 'model/bad-tokenizer'],
    ['an unknown normaliser', sentencePiece({ normalizer: { type: 'Nonsense' } }), 'model/bad-tokenizer'],
    ['a negative id', sentencePiece({ added_tokens: [{ id: -1, content: 'x' }] }), 'model/bad-tokenizer'],
    ['no decoder', sentencePiece({ decoder: null }), 'model/unsupported'],
    ['a decoder of words', sentencePiece({ decoder: { type: 'WordPiece' } }), 'model/unsupported'],
    ['a sequence without parts', sentencePiece({ decoder: { type: 'Sequence' } }), 'model/bad-tokenizer'],
  ])('is refused: %s', (_what, json, code) => {
    expect(() => createTokenizer(json, { stopTokenIds: [] })).toThrow(expect.objectContaining({ code }) as Error);
  });
});
