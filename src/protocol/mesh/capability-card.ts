import * as v from 'valibot';
import { WeftError } from '../errors.ts';
import { samplingSchema } from '../prompt-request.ts';
import { CARD_LIFETIME_S, CLOCK_SKEW_S, MAX_CARD_BYTES, MAX_CARD_MODELS } from './constants.ts';
import { addressField, countField, hashField, peerIdField, shownField, timeField, weiField } from './fields.ts';
import { openSigned, sealSigned } from './signed.ts';
import type { NodeSigner } from './signed.ts';

const ratio = v.pipe(v.number(), v.minValue(0), v.maxValue(1e6));

/** A model that a node serves. */
const cardModelSchema = v.object({
  /** As the catalogue names it. */
  id: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][\w.-]{0,99}$/)),
  title: shownField(200),
  manifest: hashField,
  quantization: shownField(64),
  parameterCount: countField,
  /** Tokens. */
  contextLimit: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** What it does: writes answers, or turns texts into vectors. */
  kind: v.picklist(['chat', 'embedding']),
  vision: v.boolean(),
  tools: v.boolean(),
  /** Sampling and system prompt that its makers recommend. */
  defaults: samplingSchema,
  systemPrompt: v.pipe(v.string(), v.maxLength(4_000)),
  /** Tokens per second, measured; 0 where it is not known yet. */
  decodeTokensPerSecond: ratio,
  /** Longest answer it gives to others, in tokens. */
  maxTokens: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  pricePerTokenWei: weiField,
});

/** What a node says of itself: `/weft/hello/1` and the topic of cards. It counts for 60 seconds. */
const capabilityCardSchema = v.object({
  version: v.literal(1),
  address: addressField,
  peerId: peerIdField,
  roles: v.pipe(v.array(v.picklist(['consumer', 'provider', 'validator', 'gateway', 'relay'])), v.maxLength(5)),
  issuedAt: timeField,
  expiresAt: timeField,
  /** Empty where it serves nobody. */
  models: v.pipe(
    v.array(cardModelSchema),
    v.maxLength(MAX_CARD_MODELS),
    // How many serve a model decides who has its name: one node is one of them.
    v.check(
      (models) => new Set(models.map(({ kind, manifest }) => `${kind} ${manifest}`)).size === models.length,
      'the same model twice',
    ),
  ),
  /** Jobs of others that run and wait, and how many may wait. */
  load: v.object({ running: countField, waiting: countField, limit: countField }),
  /** False while it ends what it has and takes nothing new. */
  isAccepting: v.boolean(),
  /** Of its software. */
  software: shownField(40),
});

export type CapabilityCard = v.InferOutput<typeof capabilityCardSchema>;
export type CardModel = CapabilityCard['models'][number];

export function sealCard(card: CapabilityCard, signer: NodeSigner): Uint8Array<ArrayBuffer> {
  return sealSigned('card', card, signer);
}

/**
 * A card as its node signed it. `nowS`: seconds since 1970. Throws mesh/bad-message for one that is not its signer's, that
 * has expired, or that counts longer than a card may; eip712/bad-signature. That its peer id belongs to the signer is for
 * whoever knows peer ids to check.
 */
export function openCard(bytes: Uint8Array, nowS: number): CapabilityCard {
  const { value: card, signer } = openSigned('card', capabilityCardSchema, bytes, MAX_CARD_BYTES);
  const bad = (what: string) => new WeftError('mesh/bad-message', `The card of a node ${what}.`);
  if (signer !== card.address) throw bad('is signed by another');
  if (card.expiresAt <= nowS - CLOCK_SKEW_S) throw bad('has expired');
  if (card.issuedAt > nowS + CLOCK_SKEW_S) throw bad('is from the future');
  if (card.expiresAt <= card.issuedAt || card.expiresAt - card.issuedAt > CARD_LIFETIME_S)
    throw bad(`counts for more than ${CARD_LIFETIME_S} seconds`);
  return card;
}
