import { describe, expect, test } from 'vitest';
import { readConfig } from './config.ts';

const someone = `0x${'ab'.repeat(20)}`;
const mesh = (env: Record<string, string>) => readConfig(env).mesh;

describe('who may come in', () => {
  test.each([
    [{}, 'open'],
    [{ HOST: '::1' }, 'open'],
    [{ HOST: '0.0.0.0' }, 'invite'],
    [{ HOST: '192.168.1.5' }, 'invite'],
    // A proxy on the same computer brings everybody to its loopback.
    [{ WEFT_BEHIND_PROXY: 'yes' }, 'invite'],
    [{ WEFT_HOSTS: 'chat.example.org' }, 'invite'],
    [{ HOST: '0.0.0.0', WEFT_ADMISSION: 'open' }, 'open'],
    [{ WEFT_ADMISSION: 'bonded' }, 'bonded'],
  ])('%j gives %s', (env: Record<string, string>, admission) => {
    expect(mesh(env).admission).toBe(admission);
  });

  test('may be a list of addresses, or a file with them', () => {
    const WEFT_ADMISSION = 'allow-list';
    expect(
      mesh({ WEFT_ADMISSION, WEFT_ALLOW: `${someone.toUpperCase().replace('0X', '0x')},${someone}` }).allow,
    ).toEqual({
      addresses: [someone],
    });
    expect(mesh({ WEFT_ADMISSION, WEFT_ALLOW: '/etc/weft/allowed' }).allow).toEqual({ file: '/etc/weft/allowed' });
  });
});

describe('what the operator says of the relay', () => {
  test('has a name and needs no sentence', () => {
    expect(mesh({})).toMatchObject({ name: 'Weft relay', about: null, iceServers: [], databaseUrl: null, relays: [] });
    expect(mesh({ WEFT_NAME: 'Mesh of the library', WEFT_ABOUT: 'Run by the library.' })).toMatchObject({
      name: 'Mesh of the library',
      about: 'Run by the library.',
    });
  });

  test.each([
    ['stun:a.example:3478, turn:b.example', [{ urls: ['stun:a.example:3478'] }, { urls: ['turn:b.example'] }]],
    [
      '[{"urls":["turns:a.example:443?transport=tcp"],"username":"u","credential":"c"}]',
      [{ urls: ['turns:a.example:443?transport=tcp'], username: 'u', credential: 'c' }],
    ],
  ])('takes the ICE servers %s', (text, servers) => {
    expect(mesh({ WEFT_ICE_SERVERS: text }).iceServers).toEqual(servers);
  });
});

test.each([
  [{ WEFT_ADMISSION: 'friends' }, /WEFT_ADMISSION must be one of open, invite/],
  [{ WEFT_ADMISSION: 'bonded', WEFT_CHAIN: 'none' }, /WEFT_CHAIN=none/],
  [{ WEFT_ADMISSION: 'allow-list' }, /needs WEFT_ALLOW/],
  [{ WEFT_ALLOW: someone }, /WEFT_ADMISSION=allow-list/],
  [{ WEFT_ADMISSION: 'allow-list', WEFT_ALLOW: `${someone},0x12` }, /Entry 2 of WEFT_ALLOW/],
  [{ WEFT_NAME: 'a\u202eb' }, /WEFT_NAME cannot be used/],
  [{ WEFT_ICE_SERVERS: 'https://a.example' }, /WEFT_ICE_SERVERS cannot be used/],
  [{ WEFT_ICE_SERVERS: '[{' }, /WEFT_ICE_SERVERS cannot be used/],
  [{ DATABASE_URL: 'mysql://a' }, /DATABASE_URL must be/],
  [{ WEFT_RELAYS: 'https://a.example/' }, /WEFT_RELAYS holds/],
  [{ WEFT_RELAYS: 'https://a.example;script-src' }, /WEFT_RELAYS holds/],
  [{ WEFT_METRICS_TOKEN: 'short' }, /WEFT_METRICS_TOKEN/],
  [{ WEFT_LOG: 'loud' }, /WEFT_LOG must be/],
])('refuses %j with what to write', (env: Record<string, string>, message) => {
  expect(() => readConfig(env)).toThrow(message);
});

test('does not repeat a password in what it refuses', () => {
  expect(() => readConfig({ WEFT_ICE_SERVERS: '[{"credential":"hunter2"}]' })).not.toThrow(/hunter2/);
  expect(() => readConfig({ DATABASE_URL: 'mysql://u:hunter2@h/d' })).not.toThrow(/hunter2/);
});
