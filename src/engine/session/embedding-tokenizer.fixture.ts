const SPECIAL = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'];
const LETTERS = Array.from('abcdefghijklmnopqrstuvwxyz0123456789');
const WORDS = ['the', 'cat', 'sat', 'on', 'mat', 'river', 'play', '##ing', '[', ']', '.', ',', '?', '#'];

const vocab: Readonly<Record<string, number>> = Object.fromEntries(
  [...SPECIAL, ...WORDS, ...LETTERS, ...LETTERS.map((letter) => `##${letter}`)].map((word, id) => [word, id]),
);

/** Ids of words of the small vocabulary. */
export const idsOf = (...words: readonly string[]) => Uint32Array.from(words, (word) => vocab[word]!);

export const vocabSize = Object.keys(vocab).length;

const marked = (name: string, typeId: number) => ({ SpecialToken: { id: name, type_id: typeId } });
const sequence = (id: 'A' | 'B', typeId: number) => ({ Sequence: { id, type_id: typeId } });
const special = (name: string) => ({ id: name, ids: [vocab[name]], tokens: [name] });

/** `tokenizer.json` as BERT's, with its rules and a small vocabulary; it also asks to be cut and filled up. */
export const bertTokenizerJson = {
  version: '1.0',
  truncation: { direction: 'Right', max_length: 6, strategy: 'LongestFirst', stride: 0 },
  padding: { strategy: { Fixed: 6 }, direction: 'Right', pad_id: 0, pad_type_id: 0, pad_token: '[PAD]' },
  added_tokens: SPECIAL.map((content, id) => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })),
  normalizer: {
    type: 'BertNormalizer',
    clean_text: true,
    handle_chinese_chars: true,
    strip_accents: null,
    lowercase: true,
  },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [marked('[CLS]', 0), sequence('A', 0), marked('[SEP]', 0)],
    pair: [marked('[CLS]', 0), sequence('A', 0), marked('[SEP]', 0), sequence('B', 1), marked('[SEP]', 1)],
    special_tokens: { '[CLS]': special('[CLS]'), '[SEP]': special('[SEP]') },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab,
  },
};
