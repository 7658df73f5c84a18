import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../base64url.ts';
import { WeftError } from '../errors.ts';
import { authorize, checkAuthorization } from './authorization.ts';
import type { SignedRequest } from './authorization.ts';
import { CLOCK_SKEW_S } from './constants.ts';
import { signerOf } from './mesh-signer.fixture.ts';

const node = signerOf(1);
const relay = signerOf(2).address;
const NOW_S = 1_700_000_000;
const nonce = new Uint8Array(16).fill(7);
const request: SignedRequest = { relay, method: 'POST', path: '/v1/session', body: Uint8Array.of(1, 2, 3) };
const header = authorize(request, { nowS: NOW_S, nonce }, node);

const codeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    return error instanceof WeftError ? error.code : error;
  }
  return null;
};

describe('the authorization of a request', () => {
  test('names its signer and until when its nonce counts', () => {
    expect(checkAuthorization(header, request, NOW_S)).toEqual({
      address: node.address,
      nonce,
      forgetAt: NOW_S + CLOCK_SKEW_S + 1,
    });
  });

  test('is always the same for the same request, time, nonce and key', () => {
    expect(authorize(request, { nowS: NOW_S, nonce }, node)).toBe(header);
    expect(header.length).toBeLessThan(256);
  });

  test('is remembered for as long as it could be used again', () => {
    const { forgetAt } = checkAuthorization(header, request, NOW_S);
    expect(codeOf(() => checkAuthorization(header, request, forgetAt))).toBe('auth/clock');
    expect(codeOf(() => checkAuthorization(header, request, forgetAt - 1))).toBeNull();
  });

  test.each([
    ['relay', { relay: signerOf(3).address }],
    ['method', { method: 'PUT' }],
    ['path', { path: '/v1/session/' }],
    ['body', { body: Uint8Array.of(1, 2) }],
  ])('counts for its %s only', (_what, other) => {
    expect(codeOf(() => checkAuthorization(header, { ...request, ...other }, NOW_S))).toBe('auth/bad-signature');
  });

  test('counts within a minute of either clock, and says how far apart they are', () => {
    for (const skewS of [-CLOCK_SKEW_S, CLOCK_SKEW_S]) {
      expect(codeOf(() => checkAuthorization(header, request, NOW_S + skewS))).toBeNull();
    }
    expect(() => checkAuthorization(header, request, NOW_S + 61)).toThrow(/61 seconds behind/);
    expect(() => checkAuthorization(header, request, NOW_S - 75)).toThrow(/75 seconds ahead/);
  });

  test('is missing where another scheme stands', () => {
    for (const none of [null, '', 'Bearer abc', header.slice(5), header.replace('Weft ', 'weft ')]) {
      expect(codeOf(() => checkAuthorization(none, request, NOW_S))).toBe('auth/missing');
    }
  });

  test('counts no more after any change of its bytes', () => {
    const bytes = decodeBase64Url(header.slice(5), 256);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = Uint8Array.from(bytes);
        altered[at]! ^= flip;
        expect(codeOf(() => checkAuthorization(`Weft ${encodeBase64Url(altered)}`, request, NOW_S))).toMatch(/^auth\//);
      }),
    );
  });

  test('throws nothing but its own codes for any text', () => {
    const texts = fc.oneof(
      fc.string().map((text) => `Weft ${text}`),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => `Weft ${encodeBase64Url(bytes)}`),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(codeOf(() => checkAuthorization(text, request, NOW_S))).toMatch(
          /^auth\/(?:malformed|clock|bad-signature)$/,
        );
      }),
    );
  });
});
