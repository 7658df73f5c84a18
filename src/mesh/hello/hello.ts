import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../../protocol/cbor.ts';
import { MAX_CARD_BYTES } from '../../protocol/mesh/constants.ts';

/** Cards in one message: with it they stay below the longest message of a stream. */
const CARDS_PER_MESSAGE = 15;
/** Cards that are read from one node at a time. */
export const MAX_HELLO_CARDS = 512;

const sealedCardField = v.pipe(v.instance(Uint8Array), v.minLength(1), v.maxLength(MAX_CARD_BYTES));

/**
 * What is said on `/weft/hello/1`. Whoever opens the stream says one of `hello` and `bye`, and closes. A hello is answered
 * with `cards` until the end of the stream: a relay sends those of all members that are there, its own first; any other
 * node sends its own, or none. A goodbye is not answered.
 */
const helloMessageSchema = v.variant('t', [
  v.object({
    t: v.literal('hello'),
    /** Sealed, of the node that sends it; null before it has one. */
    card: v.nullable(sealedCardField),
  }),
  v.object({
    t: v.literal('cards'),
    cards: v.pipe(v.array(sealedCardField), v.maxLength(CARDS_PER_MESSAGE)),
  }),
  /** This node goes now: its connections are over before they look so. */
  v.object({ t: v.literal('bye') }),
]);
export type HelloMessage = v.InferOutput<typeof helloMessageSchema>;

export function encodeHello(message: HelloMessage): Uint8Array<ArrayBuffer> {
  return encodeCbor(message);
}

/** Throws mesh/bad-message. */
export function decodeHello(bytes: Uint8Array): HelloMessage {
  return decodeCbor('A greeting', helloMessageSchema, bytes);
}

/** The answer to a hello, as messages. More than {@link MAX_HELLO_CARDS} are not sent. */
export function* encodeCards(cards: readonly Uint8Array<ArrayBuffer>[]): Generator<Uint8Array<ArrayBuffer>> {
  const sent = cards.slice(0, MAX_HELLO_CARDS);
  for (let at = 0; at < sent.length; at += CARDS_PER_MESSAGE) {
    yield encodeHello({ t: 'cards', cards: sent.slice(at, at + CARDS_PER_MESSAGE) });
  }
}
