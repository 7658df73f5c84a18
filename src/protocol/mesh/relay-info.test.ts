import { describe, expect, test } from 'vitest';
import * as v from 'valibot';
import { signerOf } from './mesh-signer.fixture.ts';
import { iceServersSchema, openRelayInfo } from './relay-info.ts';
import type { RelayInfo } from './relay-info.ts';
import { openSignedJson, signJson } from './signed-json.ts';

const relay = signerOf(6);
const info: RelayInfo = {
  version: 1,
  name: 'Köln – Relay',
  address: relay.address,
  peerId: '16Uiu2HAm3NPGRyvkXhQvJ3wNoQnPHTwFtSPSK2SCmTGf6UwwrpAr',
  multiaddrs: ['/dns4/relay.example.org/tcp/443/tls/ws'],
  admission: 'invite',
  chain: { chainId: 31_337, settlement: signerOf(7).address },
  software: 'weft/0.1.0',
  about: null,
  issuedAt: 1_700_000_000,
};
const json = signJson('relay-info', info, relay);

describe('what a relay says of itself', () => {
  test('is opened with its signature, known before or not', () => {
    expect(openRelayInfo(json, null)).toEqual(info);
    expect(openRelayInfo(json, relay.address)).toEqual(info);
  });

  test('is another relay’s where another is known', () => {
    const code = 'mesh/relay-changed';
    expect(() => openRelayInfo(json, signerOf(8).address)).toThrow(expect.objectContaining({ code }));
  });

  test.each(Object.keys(info) as (keyof RelayInfo)[])('is refused without its %s', (field) => {
    const { [field]: _left, ...rest } = json;
    expect(() => openRelayInfo(rest, null)).toThrow(expect.objectContaining({ code: 'mesh/bad-message' }));
  });

  test.each<[string, Partial<Record<keyof RelayInfo, unknown>>]>([
    ['a name that turns the writing’s direction', { name: 'a\u202eb' }],
    ['a name with a line break', { name: 'a\nb' }],
    ['another kind of key', { peerId: '12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp' }],
    ['too many addresses', { multiaddrs: Array.from({ length: 9 }, () => '/ip4/127.0.0.1/tcp/1/ws') }],
    ['another policy', { admission: 'friends' }],
    ['another version', { version: 2 }],
  ])('is refused with %s, although it is signed', (_what, other) => {
    const signed = signJson('relay-info', { ...info, ...other }, relay);
    expect(() => openRelayInfo(signed, null)).toThrow(expect.objectContaining({ code: 'mesh/bad-message' }));
  });

  test('is refused when signed by another than it names', () => {
    const forged = signJson('relay-info', info, signerOf(8));
    expect(() => openRelayInfo(forged, null)).toThrow(/signed by another/);
  });
});

describe('a signed document', () => {
  const schema = v.object({ text: v.string() });

  test('is the same whatever the order of its fields, and covers those that nobody reads', () => {
    const signed = signJson('relay-status', { text: 'a', more: [1, { deep: true }] }, relay);
    const { text, more, signature } = signed;
    expect(openSignedJson('relay-status', schema, { signature, more, text })).toEqual({
      value: { text: 'a' },
      signer: relay.address,
    });
    const altered = openSignedJson('relay-status', schema, { ...signed, more: [1, { deep: false }] });
    expect(altered.signer).not.toBe(relay.address);
  });

  test('of one kind is none of another', () => {
    const signed = signJson('relay-status', { text: 'a' }, relay);
    expect(openSignedJson('relay-info', schema, signed).signer).not.toBe(relay.address);
  });

  test('needs a signature of 64 bytes in lower case, and is an object', () => {
    for (const wrong of [{}, { signature: '0x' }, { signature: `0x${'AB'.repeat(64)}` }]) {
      expect(() => openSignedJson('relay-info', schema, { text: 'a', ...wrong })).toThrow(/not usable at signature/);
    }
    for (const wrong of [null, [], 'text', 7]) {
      expect(() => openSignedJson('relay-info', schema, wrong)).toThrow(/not usable/);
    }
  });
});

describe('ICE servers', () => {
  test.each(['stun:stun.example.org:3478', 'turns:turn.example.org?transport=tcp', 'turn:[2001:db8::1]:3478'])(
    'may be %s',
    (url) => expect(v.is(iceServersSchema, [{ urls: [url] }])).toBe(true),
  );
  test.each(['https://example.org', 'stun:', 'stun:a b', 'javascript:alert(1)', ''])('may not be "%s"', (url) => {
    expect(v.is(iceServersSchema, [{ urls: [url] }])).toBe(false);
  });
});
