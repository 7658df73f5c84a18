import * as v from 'valibot';
import type { Message } from '../eip712/types.ts';
import { promptRequestSchema } from '../prompt-request.ts';
import { addressField, bytesField, hashField, timeField, weiField } from './fields.ts';

const u16 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff));
const u32 = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(0xffff_ffff));
const wei = v.pipe(
  weiField,
  v.transform((text) => BigInt(text)),
  v.check((amount) => amount < 2n ** 256n, 'below 2^256'),
);

/** An offer as it crosses the wire: amounts as decimal text, the time in seconds. */
export const offerSchema = v.pipe(
  v.object({
    consumer: addressField,
    provider: addressField,
    manifest: hashField,
    promptHash: hashField,
    nonce: hashField,
    temperatureQ: u16,
    topPBps: u16,
    topK: u16,
    penaltiesHash: hashField,
    grammarHash: hashField,
    maxTokens: u32,
    pricePerToken: wei,
    maxAmount: wei,
    expiry: timeField,
  }),
  v.transform((offer): Message<'Offer'> => ({ ...offer, expiry: BigInt(offer.expiry) })),
);

/** An offer that is not read yet. */
export type OfferWire = v.InferInput<typeof offerSchema>;

/** What {@link offerSchema} reads. */
export function offerToWire(offer: Message<'Offer'>): OfferWire {
  return {
    ...offer,
    pricePerToken: offer.pricePerToken.toString(),
    maxAmount: offer.maxAmount.toString(),
    expiry: Number(offer.expiry),
  };
}

/** Characters that are held back at most. */
export const MAX_REST_CHARS = 65_536;

const finishReason = v.picklist(['stop', 'length', 'context', 'aborted', 'tool-calls']);
const figure = v.pipe(v.number(), v.minValue(0), v.maxValue(1e12));
const wireErrorSchema = v.object({
  code: v.pipe(v.string(), v.maxLength(60)),
  message: v.pipe(v.string(), v.maxLength(500)),
  hints: v.pipe(v.array(v.pipe(v.string(), v.maxLength(300))), v.maxLength(4)),
  retryable: v.boolean(),
});

/** What a consumer says on `/weft/infer/1`. The first message is `ask` or `embed`, and there is one of them. */
export const consumerMessageSchema = v.variant('t', [
  v.object({
    t: v.literal('ask'),
    offer: offerSchema,
    /** EIP-712, by the offer's consumer. */
    signature: bytesField(64),
    request: promptRequestSchema,
    /** 16 bytes that stay the same for one conversation and say nothing about it: who has its beginning in a cache finds it. */
    conversation: bytesField(16),
  }),
  v.object({
    t: v.literal('embed'),
    manifest: hashField,
    inputs: v.pipe(v.array(v.pipe(v.string(), v.minLength(1), v.maxLength(100_000))), v.minLength(1), v.maxLength(256)),
  }),
  /** As many tokens more may be sent. */
  v.object({ t: v.literal('credit'), tokens: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536)) }),
  /** Ends the answer; its last tokens may be sent at once, up to CREDIT_TOKENS beyond what was allowed. */
  v.object({ t: v.literal('stop') }),
  v.object({ t: v.literal('alive') }),
]);
export type ConsumerMessage = v.InferOutput<typeof consumerMessageSchema>;

/** What a provider says. `refuse` and `failed` are the last; so are `done` and `vectors`. */
export const providerMessageSchema = v.variant('t', [
  /** Before the first token: this node does not do the job; another may. */
  v.object({ t: v.literal('refuse'), error: wireErrorSchema }),
  v.object({ t: v.literal('accept') }),
  v.object({ t: v.literal('queued'), ahead: v.pipe(v.number(), v.integer(), v.minValue(0)) }),
  v.object({ t: v.literal('loading'), ratio: v.pipe(v.number(), v.minValue(0), v.maxValue(1)) }),
  v.object({ t: v.literal('prefill'), prompt: u32, cached: u32, done: u32 }),
  v.object({
    t: v.literal('tokens'),
    /** Position of the first of them in the answer: nothing is lost or doubled unnoticed. */
    from: u32,
    ids: v.pipe(v.array(u32), v.minLength(1), v.maxLength(256)),
    /** One for each id; may be empty. */
    texts: v.pipe(v.array(v.pipe(v.string(), v.maxLength(4_096))), v.minLength(1), v.maxLength(256)),
  }),
  /** After the last token: text of it that was held back in case it began a call or a text that ends the answer. */
  v.object({ t: v.literal('rest'), text: v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_REST_CHARS)) }),
  v.object({
    t: v.literal('calls'),
    calls: v.pipe(
      v.array(
        v.object({
          id: v.pipe(v.string(), v.minLength(1), v.maxLength(100)),
          name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/u)),
          arguments: v.pipe(v.string(), v.maxLength(100_000)),
        }),
      ),
      v.maxLength(16),
    ),
  }),
  v.object({
    t: v.literal('done'),
    reason: finishReason,
    stats: v.object({
      promptTokens: figure,
      cachedTokens: figure,
      completionTokens: figure,
      timeToFirstTokenMs: figure,
      decodeTokensPerSecond: figure,
      contextTokens: figure,
      contextLimit: figure,
    }),
    /** PAR-1, 243 bytes, and the provider's EIP-712 signature; null where no token was sampled. */
    receipt: v.nullable(v.object({ bytes: bytesField(243), signature: bytesField(64) })),
  }),
  v.object({
    t: v.literal('vectors'),
    /** Float32, little-endian, one vector after the other. */
    data: v.instance(Uint8Array),
    dimensions: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_536)),
    promptTokens: u32,
  }),
  v.object({ t: v.literal('failed'), error: wireErrorSchema }),
  v.object({ t: v.literal('alive') }),
]);
export type ProviderMessage = v.InferOutput<typeof providerMessageSchema>;
