import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url } from '../base64url.ts';
import { openInvite, sealInvite } from './invite.ts';
import type { Invite } from './invite.ts';
import { signerOf } from './mesh-signer.fixture.ts';

const relay = signerOf(4);
const invite: Invite = {
  version: 1,
  id: new Uint8Array(16).fill(9),
  relay: relay.address,
  role: 'member',
  expiresAt: 1_800_000_000,
};
const text = sealInvite(invite, relay);
const bad = expect.objectContaining({ code: 'mesh/bad-invite' }) as unknown as Error;

test('an invitation is opened by its relay, and read by anybody', () => {
  expect(openInvite(text, relay.address)).toEqual(invite);
  expect(openInvite(text, null)).toEqual(invite);
});

test('an invitation fits a link and a code to scan', () => {
  expect(text).toMatch(/^[\w-]{1,400}$/);
});

test('an invitation opens nothing at another relay', () => {
  expect(() => openInvite(text, signerOf(5).address)).toThrow(bad);
});

test('nobody but its relay can make one', () => {
  const forged = sealInvite(invite, signerOf(5));
  expect(() => openInvite(forged, relay.address)).toThrow(bad);
  expect(() => openInvite(forged, null)).toThrow(bad);
});

test('an invitation with any byte changed, cut or added opens nothing', () => {
  const bytes = decodeBase64Url(text, 512);
  fc.assert(
    fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const altered = Uint8Array.from(bytes);
      altered[at]! ^= flip;
      expect(() => openInvite(encodeBase64Url(altered), relay.address)).toThrow(bad);
      expect(() => openInvite(encodeBase64Url(bytes.subarray(0, at)), relay.address)).toThrow(bad);
      expect(() => openInvite(encodeBase64Url(Uint8Array.of(...bytes, flip)), relay.address)).toThrow(bad);
    }),
  );
});

test('any other text opens nothing', () => {
  fc.assert(
    fc.property(fc.string(), (any) => {
      expect(() => openInvite(any, null)).toThrow(bad);
    }),
  );
  expect(() => openInvite('A'.repeat(100_000), null)).toThrow(bad);
});
