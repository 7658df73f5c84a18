import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from './base64url.ts';

describe('base64url', () => {
  // RFC 4648 §10, without padding; and §5's own letters.
  it.each([
    ['', ''],
    ['f', 'Zg'],
    ['fo', 'Zm8'],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg'],
    ['fooba', 'Zm9vYmE'],
    ['foobar', 'Zm9vYmFy'],
  ])('writes %j as %j', (text, encoded) => {
    expect(encodeBase64Url(new TextEncoder().encode(text))).toBe(encoded);
  });

  it('uses - and _ where base64 has + and /', () => {
    expect(encodeBase64Url(Uint8Array.of(0xfb, 0xff, 0xbf))).toBe('-_-_');
  });

  it('gives any bytes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(decodeBase64Url(encodeBase64Url(bytes), 200)).toEqual(bytes);
      }),
    );
  });

  it('has one text for given bytes: whatever is read is written the same', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('A', 'Z', 'a', '9', '-', '_', '+', '/', '=', ' ', '\n'), maxLength: 12 }),
        (text) => {
          let bytes;
          try {
            bytes = decodeBase64Url(text, 100);
          } catch (error) {
            expect(error).toMatchObject({ code: 'app/bad-request' });
            return;
          }
          expect(encodeBase64Url(bytes)).toBe(text);
        },
      ),
    );
  });

  it.each(['Zg==', 'Zh', 'Z', 'Zm 9', 'Zm+v', 'Zm/v', 'Zmö9'])('refuses %j', (text) => {
    expect(() => decodeBase64Url(text, 100)).toThrow(expect.objectContaining({ code: 'app/bad-request' }));
  });

  it('reads as many bytes as it may, and none more', () => {
    expect(decodeBase64Url(encodeBase64Url(new Uint8Array(30)), 30)).toHaveLength(30);
    expect(() => decodeBase64Url(encodeBase64Url(new Uint8Array(31)), 30)).toThrow('too long');
  });
});
