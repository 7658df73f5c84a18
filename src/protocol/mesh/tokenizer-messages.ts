import * as v from 'valibot';
import { MAX_CHAT_CONFIG_BYTES } from '../model-manifest/check-tokenizer-kit.ts';
import { MAX_TOKENIZER_BYTES } from './constants.ts';
import { bytesField, hashField } from './fields.ts';

const sizeField = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(most));

/** Bytes of one part. */
export const TOKENIZER_PART_BYTES = 32_768;
/** Parts that a provider may be ahead of what was asked for. */
export const TOKENIZER_PARTS_AHEAD = 32;

/** What a consumer says on `/weft/tokenizer/1`; `want` first and once. */
export const tokenizerWishSchema = v.variant('t', [
  v.object({ t: v.literal('want'), manifest: hashField }),
  /** As many parts more may be sent. */
  v.object({ t: v.literal('more'), parts: sizeField(TOKENIZER_PARTS_AHEAD) }),
  v.object({ t: v.literal('alive') }),
]);
export type TokenizerWish = v.InferOutput<typeof tokenizerWishSchema>;

/** What a provider says: `refuse`, or `kit` and as many parts as that announces. */
export const tokenizerMessageSchema = v.variant('t', [
  v.object({ t: v.literal('refuse'), code: v.pipe(v.string(), v.maxLength(60)) }),
  v.object({
    t: v.literal('kit'),
    digests: bytesField(160),
    tokenizerBytes: sizeField(MAX_TOKENIZER_BYTES),
    chatConfigBytes: sizeField(MAX_CHAT_CONFIG_BYTES),
    /** Of gzip of the tokenizer, then the configuration. */
    packedBytes: sizeField(MAX_TOKENIZER_BYTES),
  }),
  v.object({
    t: v.literal('part'),
    /** Of its first byte. */
    at: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_TOKENIZER_BYTES)),
    data: v.pipe(
      v.instance(Uint8Array),
      v.check(({ length }) => length >= 1 && length <= TOKENIZER_PART_BYTES, `1 to ${TOKENIZER_PART_BYTES} bytes`),
    ),
  }),
  v.object({ t: v.literal('alive') }),
]);
export type TokenizerMessage = v.InferOutput<typeof tokenizerMessageSchema>;
