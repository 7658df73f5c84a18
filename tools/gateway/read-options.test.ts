import { expect, test } from 'vitest';
import { readOptions } from './read-options.ts';

const init = { env: {}, defaultDataFolder: '/data' };
const INVITE = 'https://relay.example.org/#/join/abc_DEF-123';

test('an address is enough, and the rest has a default', () => {
  expect(readOptions(['--relay', 'relay.example.org'], init)).toEqual({
    relay: { url: 'https://relay.example.org', invite: null },
    port: 11_435,
    key: null,
    dataFolder: '/data',
  });
});

test('an invitation says where its relay is', () => {
  const { relay } = readOptions(['--relay', INVITE, '--port', '9000', '--data', '/mine'], {
    ...init,
    env: { WEFT_GATEWAY_KEY: 'secret' },
  });
  expect(relay).toEqual({ url: 'https://relay.example.org', invite: 'abc_DEF-123' });
  expect(readOptions(['--relay', 'https://relay.example.org', '--invite', INVITE], init).relay).toEqual(relay);
});

test.each([
  [[], /npm run gateway/],
  [['--relay', 'not an address'], /neither an invitation/],
  [['--relay', 'http://relay.example.org'], /without encryption/],
  [['--relay', 'other.example', '--invite', INVITE], /another relay/],
  [['--relay', 'relay.example.org', '--port', '0'], /1 to 65535/],
  [['--relay', 'relay.example.org', '--host', '0.0.0.0'], /host/],
])('%j is refused with what is wrong', (args, message) => {
  expect(() => readOptions(args, init)).toThrow(message);
});
