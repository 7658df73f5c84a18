import fc from 'fast-check';
import { expect, it } from 'vitest';
import { encodeCbor } from '../../protocol/cbor.ts';
import { MAX_CARD_BYTES, MAX_MESSAGE_BYTES } from '../../protocol/mesh/constants.ts';
import { MAX_HELLO_CARDS, decodeHello, encodeCards, encodeHello } from './hello.ts';

it('reads what it wrote', () => {
  for (const card of [null, Uint8Array.of(1, 2, 3)]) {
    expect(decodeHello(encodeHello({ t: 'hello', card }))).toEqual({ t: 'hello', card });
  }
  expect(decodeHello(encodeHello({ t: 'bye' }))).toEqual({ t: 'bye' });
});

it('sends the longest cards in messages that fit a stream', () => {
  const cards = Array.from({ length: 40 }, (_, i) => new Uint8Array(MAX_CARD_BYTES).fill(i));
  const messages = [...encodeCards(cards)];
  expect(Math.max(...messages.map((message) => message.length))).toBeLessThanOrEqual(MAX_MESSAGE_BYTES);
  const read = messages.map(decodeHello).flatMap((message) => (message.t === 'cards' ? message.cards : []));
  const lengthAndFirst = (card: Uint8Array) => [card.length, card[0]];
  expect(read.map(lengthAndFirst)).toEqual(cards.map(lengthAndFirst));
});

it('sends no more cards than are read', () => {
  const cards = Array.from({ length: MAX_HELLO_CARDS + 20 }, () => Uint8Array.of(1));
  const sent = [...encodeCards(cards)].map(decodeHello).map((message) => (message.t === 'cards' ? message.cards : []));
  expect(sent.flat()).toHaveLength(MAX_HELLO_CARDS);
});

it.each([
  ['a card that is too long', { t: 'hello', card: new Uint8Array(MAX_CARD_BYTES + 1) }],
  ['too many cards', { t: 'cards', cards: Array.from({ length: 16 }, () => Uint8Array.of(1)) }],
  ['a kind that nobody knows', { t: 'howdy' }],
  ['a card that is text', { t: 'hello', card: 'card' }],
])('refuses %s', (_, value) => {
  expect(() => decodeHello(encodeCbor(value))).toThrow(expect.objectContaining({ code: 'mesh/bad-message' }));
});

it('refuses any other bytes with its own error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeHello(bytes);
      } catch (error) {
        expect(error).toMatchObject({ code: 'mesh/bad-message' });
      }
    }),
  );
});
