import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { compactSignatureToSignature, parseCompactSignature, recoverAddress, serializeSignature } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { describe, expect, it } from 'vitest';
import { fromHex, hex32, toHex } from '../ids.ts';
import { uintBytes } from '../uint-bytes.ts';
import { SIGNER } from './eip712.fixture.ts';
import { fromWalletSignature, recoverSigner, signDigest } from './signature.ts';

const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const digests = bytes32.map((bytes) => hex32(bytes));
const keys = bytes32.filter((key) => secp256k1.utils.isValidSecretKey(key));
const order = secp256k1.Point.Fn.ORDER;
const badSignature = expect.objectContaining({ code: 'eip712/bad-signature' }) as Error;

const digest = hex32(new Uint8Array(32).fill(7));
const signature = signDigest(digest, SIGNER.privateKey);

/** The same signature with s and the parity negated: what curve arithmetic accepts just as well. */
function malleated(of: Uint8Array): { rAndS: Uint8Array; parity: number } {
  const parity = 1 - (of[32]! >> 7);
  const s = BigInt(toHex(of.subarray(32))) & (2n ** 255n - 1n);
  return { rAndS: Uint8Array.of(...of.subarray(0, 32), ...uintBytes('s', order - s, 32)), parity };
}

describe('signature', () => {
  it('is recovered by us and by viem, for any key and digest', async () => {
    await fc.assert(
      fc.asyncProperty(keys, digests, async (key, hash) => {
        const signed = signDigest(hash, key);
        expect(signed).toHaveLength(64);
        const account = privateKeyToAccount(toHex(key));
        expect(recoverSigner(hash, signed)).toBe(account.address.toLowerCase());
        const parsed = compactSignatureToSignature(parseCompactSignature(toHex(signed)));
        expect(await recoverAddress({ hash, signature: parsed })).toBe(account.address);
        expect(toHex(fromWalletSignature(fromHex(serializeSignature(parsed), 65)))).toBe(toHex(signed));
        expect(await account.sign({ hash })).toBe(serializeSignature(parsed));
      }),
      { numRuns: 25 },
    );
  });

  it('names another signer, or none, once a bit of it or of the digest has changed', () => {
    const signerOf = (hash: typeof digest, from: Uint8Array) => {
      try {
        return recoverSigner(hash, from);
      } catch (error) {
        expect(error).toEqual(badSignature);
        return null;
      }
    };
    fc.assert(
      fc.property(fc.nat(511), fc.nat(255), (bit, digestBit) => {
        const flip = (bytes: Uint8Array, at: number) => bytes.with(at >> 3, bytes[at >> 3]! ^ (1 << (at & 7)));
        expect(signerOf(digest, flip(signature, bit))).not.toBe(SIGNER.address);
        expect(signerOf(hex32(flip(fromHex(digest, 32), digestBit)), signature)).not.toBe(SIGNER.address);
      }),
    );
  });

  it('has one form: the other s is refused, in 64 bytes and as a wallet gives it', () => {
    for (let n = 0; n < 20; n++) {
      const hash = hex32(new Uint8Array(32).fill(n));
      const { rAndS, parity } = malleated(signDigest(hash, SIGNER.privateKey));
      expect(() => recoverSigner(hash, fromWalletSignature(Uint8Array.of(...rAndS, 27 + parity)))).toThrow(
        badSignature,
      );
    }
    // The 255 bits that 64 bytes have for s reach a little above half of the order.
    const justAboveHalf = (order >> 1n) + 1n;
    const high = Uint8Array.of(...signature.subarray(0, 32), ...uintBytes('s', justAboveHalf, 32));
    expect(high[32]).toBeLessThan(0x80);
    expect(() => recoverSigner(digest, high)).toThrow('above half');
  });

  it('takes r and s of an honest wallet with v of 0, 1, 27 or 28', () => {
    const parity = signature[32]! >> 7;
    const rAndS = signature.with(32, signature[32]! & 0x7f);
    for (const v of [parity, 27 + parity]) {
      expect(fromWalletSignature(Uint8Array.of(...rAndS, v))).toEqual(signature);
    }
    expect(fromWalletSignature(signature)).toEqual(signature);
    for (const v of [2, 26, 29, 37, 255]) {
      expect(() => fromWalletSignature(Uint8Array.of(...rAndS, v))).toThrow(badSignature);
    }
  });

  it('refuses other lengths, zeros, numbers beyond the order and any junk with a typed error', () => {
    for (const size of [0, 63, 65, 128]) {
      expect(() => recoverSigner(digest, new Uint8Array(size))).toThrow(badSignature);
    }
    for (const size of [0, 63, 66]) expect(() => fromWalletSignature(new Uint8Array(size))).toThrow(badSignature);
    expect(() => recoverSigner(digest, new Uint8Array(64))).toThrow(badSignature);
    expect(() => recoverSigner(digest, new Uint8Array(64).fill(255))).toThrow(badSignature);
    expect(() => recoverSigner(digest, signature.with(0, 255).fill(255, 0, 32))).toThrow(badSignature);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), (junk) => {
        try {
          expect(recoverSigner(digest, junk)).toMatch(/^0x[0-9a-f]{40}$/);
        } catch (error) {
          expect(error).toEqual(badSignature);
        }
      }),
    );
  });
});
