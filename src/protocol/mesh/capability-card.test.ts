import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hex32, toHex } from '../ids.ts';
import { openCard, sealCard } from './capability-card.ts';
import type { CapabilityCard, CardModel } from './capability-card.ts';
import { MAX_CARD_BYTES, MAX_CARD_MODELS } from './constants.ts';
import { signerOf } from './mesh-signer.fixture.ts';
import { sealSigned } from './signed.ts';

const NOW_S = 1_800_000_000;

const signer = signerOf(7);

const model: CardModel = {
  id: 'SmolLM2-360M-Instruct-q4f16_1-MLC',
  title: 'SmolLM2 360M',
  manifest: hex32(new Uint8Array(32).fill(1)),
  quantization: 'q4f16_1',
  parameterCount: 360_000_000,
  contextLimit: 4_096,
  kind: 'chat',
  vision: false,
  tools: true,
  defaults: { temperature: 0.7, topP: 0.9, topK: 32, maxTokens: 1_024, seed: null, stop: [] },
  systemPrompt: 'You help.',
  decodeTokensPerSecond: 41.5,
  maxTokens: 2_048,
  pricePerTokenWei: '1000',
};

const card: CapabilityCard = {
  version: 1,
  address: signer.address,
  peerId: `16Uiu2HA${'m'.repeat(45)}`,
  roles: ['consumer', 'provider'],
  issuedAt: NOW_S,
  expiresAt: NOW_S + 60,
  models: [model],
  load: { running: 1, waiting: 0, limit: 4 },
  isAccepting: true,
  software: 'weft/0.1.0',
};

const bad = (what: string) =>
  expect.objectContaining({ code: 'mesh/bad-message', message: expect.stringContaining(what) as string }) as unknown;

describe('a capability card', () => {
  it('is read as it was sealed, and always has the same bytes', () => {
    const sealed = sealCard(card, signer);
    expect(openCard(sealed, NOW_S)).toEqual(card);
    expect(toHex(sealCard({ ...card }, signer))).toBe(toHex(sealed));
  });

  it('is no one else’s to make', () => {
    expect(() => openCard(sealCard(card, signerOf(8)), NOW_S)).toThrow(bad('is signed by another'));
  });

  it.each([
    ['counts before its time, within a minute', 0, 60, -60, null],
    ['does not count earlier', 0, 60, -61, 'is from the future'],
    ['counts for a minute more by a clock that is ahead', 0, 60, 119, null],
    ['does not count longer', 0, 60, 120, 'has expired'],
    ['does not give itself more than a minute', 0, 61, 0, 'counts for more than 60 seconds'],
    ['does not end before it begins', 0, 0, 0, 'counts for more than 60 seconds'],
  ])('%s', (_, issuedAt, expiresAt, now, what) => {
    const sealed = sealCard({ ...card, issuedAt: NOW_S + issuedAt, expiresAt: NOW_S + expiresAt }, signer);
    if (what === null) expect(openCard(sealed, NOW_S + now).address).toBe(signer.address);
    else expect(() => openCard(sealed, NOW_S + now)).toThrow(bad(what));
  });

  it.each<[string, Record<string, unknown>]>([
    ['a title that turns the writing’s direction', { models: [{ ...model, title: 'safe\u202Egpj.exe' }] }],
    ['a line break in a title', { models: [{ ...model, title: 'one\ntwo' }] }],
    ['a model’s name that is a path', { models: [{ ...model, id: '../other' }] }],
    ['a price that is no number', { models: [{ ...model, pricePerTokenWei: '-1' }] }],
    ['a price with a zero before it', { models: [{ ...model, pricePerTokenWei: '01' }] }],
    ['a speed below zero', { models: [{ ...model, decodeTokensPerSecond: -1 }] }],
    ['more models than may be', { models: Array.from({ length: MAX_CARD_MODELS + 1 }, () => model) }],
    ['the same model twice', { models: [model, { ...model, id: 'another-name' }] }],
    ['a role that nobody knows', { roles: ['king'] }],
    ['a peer id of another kind of key', { peerId: `12D3KooW${'m'.repeat(44)}` }],
    ['a load that is no whole number', { load: { running: 0.5, waiting: 0, limit: 4 } }],
    ['another version', { version: 2 }],
    ['a list that is null', { models: null }],
  ])('with %s is refused', (_, change) => {
    expect(() => openCard(sealSigned('card', { ...card, ...change }, signer), NOW_S)).toThrow(bad('is not usable'));
  });

  it('without one of its fields is refused', () => {
    for (const name of Object.keys(card)) {
      const rest = Object.fromEntries(Object.entries(card).filter(([other]) => other !== name));
      expect(() => openCard(sealSigned('card', rest, signer), NOW_S)).toThrow(bad('is not usable'));
    }
  });

  it('of the largest kind fits', () => {
    const models = Array.from({ length: MAX_CARD_MODELS }, (_, i) => ({
      ...model,
      id: `${model.id}-${i}`,
      manifest: hex32(new Uint8Array(32).fill(i)),
    }));
    const sealed = sealCard({ ...card, models }, signer);
    expect(sealed.length).toBeLessThan(MAX_CARD_BYTES);
    expect(openCard(sealed, NOW_S).models).toHaveLength(MAX_CARD_MODELS);
  });

  it('that is too long is not read', () => {
    const models = [model, model, model, model, model].map((one) => ({ ...one, systemPrompt: 'x'.repeat(4_000) }));
    expect(() => openCard(sealCard({ ...card, models }, signer), NOW_S)).toThrow(bad('bytes, at most'));
  });

  it('is never read from bytes that nobody sealed', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(() => openCard(bytes, NOW_S)).toThrow(expect.objectContaining({ name: 'WeftError' }));
      }),
    );
  });
});
