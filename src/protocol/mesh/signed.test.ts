import fc from 'fast-check';
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { encodeCbor } from '../cbor.ts';
import { toHex } from '../ids.ts';
import { signerOf } from './mesh-signer.fixture.ts';
import { openSigned, sealSigned, signedDigest } from './signed.ts';

const schema = v.object({ text: v.string() });
const signer = signerOf(7);
const bad = expect.objectContaining({ code: 'mesh/bad-message' }) as unknown;

describe('what a node signs beside its contracts', () => {
  it('is opened with the name of who sealed it', () => {
    expect(openSigned('card', schema, sealSigned('card', { text: 'hello' }, signer), 1_000)).toEqual({
      value: { text: 'hello' },
      signer: signer.address,
    });
  });

  it('is the digest of its kind, a zero and its bytes', () => {
    expect(signedDigest('card', Uint8Array.of(1, 2, 3))).toBe(
      '0xc768a2d21d027981f7574070ddd0d8fe04ba4f5e13085c5b237a5128be818e48',
    );
  });

  it('always has the same bytes', () => {
    expect(toHex(sealSigned('card', { text: 'hello' }, signer))).toBe(
      toHex(sealSigned('card', { text: 'hello' }, signer)),
    );
  });

  it('of one kind is signed by nobody we know as another kind', () => {
    const { signer: other } = openSigned('request', schema, sealSigned('card', { text: 'hello' }, signer), 1_000);
    expect(other).not.toBe(signer.address);
  });

  it('with any bit turned is refused or signed by another', () => {
    const sealed = sealSigned('card', { text: 'hello' }, signer);
    fc.assert(
      fc.property(fc.nat({ max: sealed.length * 8 - 1 }), (bit) => {
        const turned = Uint8Array.from(sealed);
        turned[bit >> 3]! ^= 1 << (bit & 7);
        let by;
        try {
          by = openSigned('card', schema, turned, 1_000).signer;
        } catch (error) {
          expect(['mesh/bad-message', 'eip712/bad-signature']).toContain((error as { code: string }).code);
          return;
        }
        expect(by).not.toBe(signer.address);
      }),
      { numRuns: 300 },
    );
  });

  it('is not read at all where it is longer than it may be', () => {
    const sealed = sealSigned('card', { text: 'x'.repeat(100) }, signer);
    expect(() => openSigned('card', schema, sealed, sealed.length - 1)).toThrow(bad);
    expect(openSigned('card', schema, sealed, sealed.length).signer).toBe(signer.address);
  });

  it.each([
    ['a signature that is missing', [Uint8Array.of(1)]],
    ['a signature that is too short', [Uint8Array.of(1), new Uint8Array(63)]],
    ['more than a body and a signature', [Uint8Array.of(1), new Uint8Array(64), 1]],
    ['a body that is text', ['body', new Uint8Array(64)]],
  ])('with %s is refused', (_, envelope) => {
    expect(() => openSigned('card', schema, encodeCbor(envelope), 1_000)).toThrow(bad);
  });
});
