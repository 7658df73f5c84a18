import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';

/** Ids of a whole text with what the model expects around it: BERT's `[CLS] … [SEP]`. */
export type EmbeddingTokenizer = (text: string) => Uint32Array;

const component = v.looseObject({ type: v.string() });
const schema = v.object({
  normalizer: v.nullable(component),
  pre_tokenizer: v.nullable(component),
  post_processor: component,
  // The kind that BERT and what came of it use.
  model: v.looseObject({
    type: v.literal('WordPiece'),
    unk_token: v.string(),
    vocab: v.record(v.string(), v.number()),
  }),
});

/**
 * Reads `tokenizer.json` of an embedding model. Nothing is cut off and nothing is filled up, whatever the file says of
 * that: who asks is told that a text is too long. Throws model/bad-tokenizer.
 */
export function createEmbeddingTokenizer(
  json: unknown,
  { vocabSize }: { readonly vocabSize: number },
): EmbeddingTokenizer {
  const parsed = parsePublished(schema, json);
  if (!parsed.success) throw badTokenizer(parsed.issue);
  const { normalizer, pre_tokenizer: preTokenizer, post_processor: postProcessor, model } = parsed.output;
  const ids = new Set(Object.values(model.vocab));
  if (!Object.hasOwn(model.vocab, model.unk_token)) throw badTokenizer(`it has no entry "${model.unk_token}"`);
  const outside = [...ids].find((id) => !Number.isSafeInteger(id) || id < 0 || id >= vocabSize);
  if (outside !== undefined) throw badTokenizer(`its id ${outside} is outside the model's vocabulary of ${vocabSize}`);
  let library: LibraryTokenizer;
  try {
    library = new LibraryTokenizer(
      {
        version: '1.0',
        // Left out on purpose: without them a text that names special tokens is plain text.
        added_tokens: [],
        normalizer,
        pre_tokenizer: preTokenizer,
        post_processor: postProcessor,
        decoder: null,
        model,
      },
      { clean_up_tokenization_spaces: false },
    );
  } catch (cause) {
    throw badTokenizer(cause instanceof Error ? cause.message : String(cause), cause);
  }
  return (text) => Uint32Array.from(library.encode(text.toWellFormed(), { add_special_tokens: true }).ids);
}

function badTokenizer(detail: string, cause?: unknown): WeftError {
  return new WeftError('model/bad-tokenizer', `tokenizer.json of the embedding model is not usable: ${detail}.`, {
    hints: ['Take the model from its publisher again, or choose another one.'],
    cause,
  });
}
