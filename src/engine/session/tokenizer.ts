import { Tokenizer as LibraryTokenizer } from '@huggingface/tokenizers';
import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from './parse-published.ts';
import { createTokenSplitter } from './split-at-tokens.ts';
import { createTokenBytes } from './token-bytes.ts';

/** Text to token ids and back, for one model. */
export interface Tokenizer {
  /**
   * Ids of text that means itself: whatever is typed, no special token comes out. `isSectionStart`: it follows the start
   * of the text or a special token, where some tokenizers put a space before a word.
   */
  encodePlain(text: string, isSectionStart: boolean): number[];
  /** Ids of a model maker's text, in which special tokens stand for themselves. */
  encodeControl(text: string, isSectionStart: boolean): number[];
  /** True for ids that are never shown: special tokens. */
  isSpecial(id: number): boolean;
  /** Whether the file adds this token to its vocabulary: text that the model reads and writes as one. */
  hasToken(content: string): boolean;
  /** The token's own bytes of UTF-8 text, possibly a part of a character; none for special and unknown ids. */
  bytesOf(id: number): Uint8Array;
  /** True where the decoder drops one space at the start of a text. */
  readonly stripsFirstSpace: boolean;
}

/** What llama-family models use. */
const MODELS: readonly string[] = ['BPE', 'Unigram'];

/** Special to some publishers, but part of what a model says. */
const SHOWN: readonly string[] = ['<tool_call>', '</tool_call>', '<think>', '</think>'];

const addedToken = v.object({
  id: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  content: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
  special: v.optional(v.boolean(), false),
});

const schema = v.object({
  added_tokens: v.optional(v.pipe(v.array(addedToken), v.maxLength(100_000)), []),
  normalizer: v.optional(v.nullable(v.looseObject({ type: v.string() })), null),
  pre_tokenizer: v.optional(v.nullable(v.looseObject({ type: v.string() })), null),
  decoder: v.optional(v.nullable(v.looseObject({ type: v.string() })), null),
  model: v.looseObject({ type: v.optional(v.string()) }),
});

/**
 * Reads `tokenizer.json`. `stopTokenIds` are treated as special whatever the file says. Throws model/bad-tokenizer, and
 * model/unsupported for a kind of tokenizer that is not read.
 */
export function createTokenizer(json: unknown, init: { readonly stopTokenIds: readonly number[] }): Tokenizer {
  const parsed = parsePublished(schema, json);
  if (!parsed.success) throw badTokenizer(parsed.issue);
  const { added_tokens: added, normalizer, pre_tokenizer: preTokenizer, decoder, model } = parsed.output;
  if (model.type !== undefined && !MODELS.includes(model.type)) {
    throw new WeftError(
      'model/unsupported',
      `The model's tokenizer is a ${model.type}; ${MODELS.join(' and ')} are supported.`,
      { hints: ['Choose another model.'] },
    );
  }
  const prefix = takePrefix(normalizer, preTokenizer);
  const library = build({
    version: '1.0',
    // Left out on purpose: without them the library reads every text as plain text.
    added_tokens: [],
    normalizer: prefix.normalizer,
    pre_tokenizer: prefix.preTokenizer,
    post_processor: null,
    decoder,
    model,
  });

  const special = new Set([...added.filter((token) => token.special).map((token) => token.id), ...init.stopTokenIds]);
  const addedById = new Map(added.map((token) => [token.id, token.content]));
  const byContent = new Map(added.map((token) => [token.content, token.id]));
  const splitAtTokens = createTokenSplitter(byContent.keys());
  const tokenBytes = createTokenBytes({ decoder, textOf: (id) => library.id_to_token(id) });

  const encodeText = (text: string, isSectionStart: boolean): number[] => {
    if (text === '') return [];
    const whole = isSectionStart ? prefix.add(text) : text;
    return library.encode(whole.toWellFormed(), { add_special_tokens: false }).ids;
  };

  /** Cuts inside every special token's name, so that no merge and no whole-word entry can make one of it. */
  const encodeApart = (text: string, isSectionStart: boolean): number[] => {
    const parts: string[] = [];
    for (const part of splitAtTokens(text)) {
      if (byContent.has(part)) parts.push(part.slice(0, 1), part.slice(1));
      else parts.push(part);
    }
    const ids = parts.flatMap((part, at) => encodeText(part, isSectionStart && at === 0));
    if (!ids.some((id) => special.has(id))) return ids;
    // Single characters: what is special now stands for one character itself, which such a tokenizer cannot say otherwise.
    return Array.from(text)
      .flatMap((char, at) => encodeText(char, isSectionStart && at === 0))
      .filter((id) => !special.has(id));
  };

  return {
    encodePlain(text, isSectionStart) {
      const ids = encodeText(text, isSectionStart);
      return ids.some((id) => special.has(id)) ? encodeApart(text, isSectionStart) : ids;
    },

    encodeControl(text, isSectionStart) {
      let isStart = isSectionStart;
      const ids: number[] = [];
      for (const part of splitAtTokens(text)) {
        const token = byContent.get(part);
        if (token !== undefined) ids.push(token);
        else for (const id of encodeText(part, isStart)) ids.push(id);
        isStart = token !== undefined || (isStart && part === '');
      }
      return ids;
    },

    isSpecial: (id) => special.has(id),

    hasToken: (content) => byContent.has(content),

    bytesOf(id) {
      const content = addedById.get(id);
      if (special.has(id) && !SHOWN.includes(content ?? '')) return NO_BYTES;
      return content === undefined ? tokenBytes.bytesOf(id) : new TextEncoder().encode(content);
    },

    stripsFirstSpace: tokenBytes.stripsFirstSpace,
  };
}

const NO_BYTES = new Uint8Array(0);

function build(config: object): LibraryTokenizer {
  try {
    return new LibraryTokenizer(config, { clean_up_tokenization_spaces: false });
  } catch (cause) {
    throw badTokenizer(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

interface Component {
  readonly type: string;
  readonly [key: string]: unknown;
}

interface Prefix {
  /** Puts the space before a word at the start of a section, in the tokenizer's own writing. */
  readonly add: (text: string) => string;
  readonly normalizer: Component | null;
  readonly preTokenizer: Component | null;
}

/** Takes the rule "a space before the first word" out of the components, so that it can be applied where it belongs. */
function takePrefix(normalizer: Component | null, preTokenizer: Component | null): Prefix {
  const normalizers = partsOf(normalizer, 'normalizers');
  const preTokenizers = partsOf(preTokenizer, 'pretokenizers');
  const prepend = normalizers.find(({ type }) => type === 'Prepend')?.['prepend'];
  const metaspace = preTokenizers.find(({ type }) => type === 'Metaspace');
  const usesMetaspace = metaspace !== undefined && metaspace['prepend_scheme'] !== 'never';
  const usesByteLevel = preTokenizers.some(
    ({ type, ...rest }) => type === 'ByteLevel' && rest['add_prefix_space'] === true,
  );
  return {
    add(text) {
      if (typeof prepend === 'string') return prepend + text;
      return (usesMetaspace || usesByteLevel) && !/^[ \u2581]/u.test(text) ? ` ${text}` : text;
    },
    normalizer: joined(
      normalizers.filter(({ type }) => type !== 'Prepend'),
      'normalizers',
    ),
    preTokenizer: joined(
      preTokenizers.map((part) => {
        if (part.type === 'Metaspace') return { ...part, prepend_scheme: 'never' };
        return part.type === 'ByteLevel' ? { ...part, add_prefix_space: false } : part;
      }),
      'pretokenizers',
    ),
  };
}

function partsOf(component: Component | null, list: string): readonly Component[] {
  if (component === null) return [];
  if (component.type !== 'Sequence') return [component];
  const parts = parsePublished(v.array(v.looseObject({ type: v.string() })), component[list]);
  if (!parts.success) throw badTokenizer(`${list}: ${parts.issue}`);
  return parts.output;
}

function joined(parts: readonly Component[], list: string): Component | null {
  if (parts.length <= 1) return parts[0] ?? null;
  return { type: 'Sequence', [list]: parts };
}

function badTokenizer(detail: string, cause?: unknown): WeftError {
  return new WeftError('model/bad-tokenizer', `tokenizer.json of the model is not usable: ${detail}.`, {
    hints: ['Take the model from its publisher again, or choose another one.'],
    cause,
  });
}
