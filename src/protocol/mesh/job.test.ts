import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { jobIdOf } from '../eip712/digest.ts';
import { addressOf } from '../eip712/address-of.ts';
import { signDigest } from '../eip712/signature.ts';
import type { Message } from '../eip712/types.ts';
import { WeftError } from '../errors.ts';
import { address, hex32 } from '../ids.ts';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { consumerMessageSchema, offerSchema, offerToWire, providerMessageSchema } from './job.ts';
import { checkOffer, signOffer } from './signed-offer.ts';
import type { NodeSigner } from './signed.ts';

const key = new Uint8Array(32).fill(1);
const signer: NodeSigner = {
  address: addressOf(secp256k1.getPublicKey(key, false)),
  sign: (digest) => signDigest(digest, key),
};
const domain = { chainId: 1n, verifyingContract: address(new Uint8Array(20)) };
const hash = (byte: number) => hex32(new Uint8Array(32).fill(byte));
const offer: Message<'Offer'> = {
  consumer: signer.address,
  provider: address(new Uint8Array(20).fill(2)),
  manifest: hash(3),
  promptHash: hash(4),
  nonce: hash(5),
  temperatureQ: 717,
  topPBps: 9_000,
  topK: 32,
  penaltiesHash: hash(0),
  grammarHash: hash(0),
  maxTokens: 100,
  pricePerToken: 2n ** 200n,
  maxAmount: 2n ** 256n - 1n,
  expiry: 1_800_000_000n,
};
const badOffer = expect.objectContaining({ code: 'infer/bad-offer' }) as Error;

describe('an offer', () => {
  it('is the same after it crossed the wire', () => {
    const read = decodeCbor('An offer', offerSchema, encodeCbor(offerToWire(offer)));
    expect(read).toEqual(offer);
    expect(jobIdOf(domain, read)).toBe(jobIdOf(domain, offer));
  });

  it.each<[string, object]>([
    ['an amount of 2^256', { maxAmount: (2n ** 256n).toString() }],
    ['an amount below zero', { pricePerToken: '-1' }],
    ['an amount in hexadecimal', { pricePerToken: '0x1' }],
    ['a temperature beyond 16 bits', { temperatureQ: 65_536 }],
    ['half a token', { maxTokens: 0.5 }],
    ['an address in capitals', { provider: offer.provider.toUpperCase() }],
    ['a time that no number holds', { expiry: 2 ** 60 }],
  ])('is not read with %s', (_what, change) => {
    expect(v.safeParse(offerSchema, { ...offerToWire(offer), ...change }).success).toBe(false);
  });

  it('is its consumer’s, on its chain, as it was signed', () => {
    const signed = signOffer(domain, offer, signer);
    expect(checkOffer(domain, signed)).toBe(jobIdOf(domain, offer));
    expect(() => checkOffer({ ...domain, chainId: 2n }, signed)).toThrow(badOffer);
    expect(() => checkOffer(domain, { ...signed, offer: { ...offer, maxTokens: 101 } })).toThrow(badOffer);
    expect(() => checkOffer(domain, { ...signed, offer: { ...offer, consumer: offer.provider } })).toThrow(badOffer);
    expect(() => checkOffer(domain, { ...signed, signature: new Uint8Array(64) })).toThrow(badOffer);
    expect(() => checkOffer(domain, { ...signed, signature: signed.signature.subarray(1) })).toThrow(badOffer);
  });
});

describe('messages of a job', () => {
  it.each<[string, v.GenericSchema, unknown]>([
    ['tokens without texts', providerMessageSchema, { t: 'tokens', from: 0, ids: [1], texts: [] }],
    ['no tokens', providerMessageSchema, { t: 'tokens', from: 0, ids: [], texts: [] }],
    ['a token beyond 32 bits', providerMessageSchema, { t: 'tokens', from: 0, ids: [2 ** 32], texts: ['x'] }],
    ['a message of the other side', providerMessageSchema, { t: 'stop' }],
    ['a kind that is not known', consumerMessageSchema, { t: 'pay' }],
    ['no kind', consumerMessageSchema, { tokens: 1 }],
    ['credit for nothing', consumerMessageSchema, { t: 'credit', tokens: 0 }],
    ['vectors of an empty text', consumerMessageSchema, { t: 'embed', manifest: hash(3), inputs: [''] }],
  ])('do not hold %s', (_what, schema, message) => {
    expect(v.safeParse(schema, message).success).toBe(false);
  });

  it('are refused with a typed error, whatever the bytes', () => {
    const bytes = fc.oneof(
      fc.uint8Array(),
      fc.jsonValue().map((value) => encodeCbor(value)),
    );
    fc.assert(
      fc.property(bytes, fc.constantFrom(consumerMessageSchema, providerMessageSchema), (some, schema) => {
        try {
          decodeCbor('A message', schema as v.GenericSchema, Uint8Array.from(some));
        } catch (error) {
          expect(error).toBeInstanceOf(WeftError);
          expect((error as WeftError).code).toBe('mesh/bad-message');
        }
      }),
    );
  });
});
