import fc from 'fast-check';
import { hashTypedData } from 'viem';
import { describe, expect, it } from 'vitest';
import { address, fromHex, hex32, toHex } from '../ids.ts';
import { jobIdOf, typedDataDigest } from './digest.ts';
import { anyDomain, anyMessage, SIGNER } from './eip712.fixture.ts';
import vectors from './eip712.vectors.json' with { type: 'json' };
import { recoverSigner, signDigest } from './signature.ts';
import { TYPES, typeString } from './types.ts';
import type { Message, TypeName } from './types.ts';

const domainOf = ({ chainId, verifyingContract }: { chainId: string; verifyingContract: string }) => ({
  chainId: BigInt(chainId),
  verifyingContract: address(verifyingContract),
});

/** The message of a known answer, whose big numbers are texts. */
function messageOf(name: TypeName, texts: Readonly<Record<string, unknown>>): Message<TypeName> {
  const isBig = (type: string) => type === 'uint64' || type === 'uint256';
  return Object.fromEntries(
    TYPES[name].map((field) => [
      field.name,
      isBig(field.type) ? BigInt(texts[field.name] as string) : texts[field.name],
    ]),
  ) as unknown as Message<TypeName>;
}

const badRequest = expect.objectContaining({ code: 'app/bad-request' }) as Error;

describe('typed data', () => {
  it('has the pinned types, all of them', () => {
    expect(vectors.types.map((known) => known.typeString)).toEqual((Object.keys(TYPES) as TypeName[]).map(typeString));
  });

  it.each(vectors.types)('$name has the known digests and signatures, with a chain and without', (known) => {
    const name = known.name as TypeName;
    const message = messageOf(name, known.message);
    for (const [domain, answer] of [
      [vectors.domain, known],
      [vectors.withoutChain, known.withoutChain],
    ] as const) {
      const digest = typedDataDigest(domainOf(domain), name, message);
      expect(digest).toBe(answer.digest);
      expect(toHex(signDigest(digest, SIGNER.privateKey))).toBe(answer.signature);
      expect(recoverSigner(digest, fromHex(answer.signature, 64))).toBe(SIGNER.address);
    }
  });

  it('hashes any message of any type as viem does', () => {
    fc.assert(
      fc.property(anyDomain, anyMessage, (domain, { name, message }) => {
        const expected = hashTypedData({
          domain: { name: 'Weft', version: '1', ...domain },
          types: TYPES as unknown as Record<string, { name: string; type: string }[]>,
          primaryType: name,
          message: { ...message },
        });
        expect(typedDataDigest(domain, name, message)).toBe(expected);
      }),
    );
  });

  it('names a job by the digest of its offer', () => {
    const known = vectors.types[0]!;
    expect(jobIdOf(domainOf(vectors.domain), messageOf('Offer', known.message) as Message<'Offer'>)).toBe(known.digest);
  });

  it('refuses values outside their type', () => {
    const domain = domainOf(vectors.domain);
    const opening = { receiptHash: hex32(new Uint8Array(32)), index: 0, leafHash: hex32(new Uint8Array(32)) };
    for (const index of [-1, 0.5, 2 ** 32, NaN]) {
      expect(() => typedDataDigest(domain, 'Opening', { ...opening, index })).toThrow(badRequest);
    }
    const short = '0x12' as typeof opening.leafHash;
    expect(() => typedDataDigest(domain, 'Opening', { ...opening, leafHash: short })).toThrow(badRequest);
    expect(() => typedDataDigest({ ...domain, chainId: -1n }, 'Opening', opening)).toThrow(badRequest);
    expect(() => typedDataDigest({ ...domain, chainId: 2n ** 256n }, 'Opening', opening)).toThrow('256 bits');
  });
});
