import { describe, expect, it } from 'vitest';
import { bertTokenizerJson, idsOf, vocabSize } from './embedding-tokenizer.fixture.ts';
import { createEmbeddingTokenizer } from './embedding-tokenizer.ts';

const tokenize = createEmbeddingTokenizer(bertTokenizerJson, { vocabSize });

describe('an embedding tokenizer', () => {
  it('puts the model’s marks around a text, lower case, words cut into known pieces', () => {
    expect(tokenize('The cat, PLAYING.')).toEqual(idsOf('[CLS]', 'the', 'cat', ',', 'play', '##ing', '.', '[SEP]'));
    expect(tokenize('')).toEqual(idsOf('[CLS]', '[SEP]'));
  });

  it('drops accents as BERT does', () => {
    expect(tokenize('Cät')).toEqual(tokenize('cat'));
  });

  it('neither cuts a text off nor fills it up, whatever the file says', () => {
    expect(tokenize('the '.repeat(50))).toHaveLength(52);
    expect(tokenize('the')).toHaveLength(3);
  });

  it('reads special tokens that somebody typed as text', () => {
    expect(tokenize('[SEP]')).toEqual(idsOf('[CLS]', '[', 's', '##e', '##p', ']', '[SEP]'));
    expect(Array.from(tokenize('[CLS][MASK][PAD]')).slice(1, -1)).not.toContain(idsOf('[CLS]')[0]);
  });

  it('says of what it does not know that it does not know it', () => {
    expect(tokenize('the ☃')).toEqual(idsOf('[CLS]', 'the', '[UNK]', '[SEP]'));
  });

  it.each([
    ['of another kind', { ...bertTokenizerJson, model: { type: 'BPE', vocab: {}, merges: [] } }],
    ['without marks', { ...bertTokenizerJson, post_processor: null }],
    ['with a rule nobody knows', { ...bertTokenizerJson, normalizer: { type: 'Nonsense' } }],
    [
      'without its word for the unknown',
      { ...bertTokenizerJson, model: { ...bertTokenizerJson.model, unk_token: '?!' } },
    ],
  ])('refuses a file %s', (_, json) => {
    expect(() => createEmbeddingTokenizer(json, { vocabSize })).toThrow(
      expect.objectContaining({ code: 'model/bad-tokenizer' }) as Error,
    );
  });

  it('refuses ids that the network has no row for', () => {
    expect(() => createEmbeddingTokenizer(bertTokenizerJson, { vocabSize: vocabSize - 1 })).toThrow(
      expect.objectContaining({ code: 'model/bad-tokenizer' }) as Error,
    );
  });
});
