import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, test } from 'vitest';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf } from '../../protocol/eip712/address-of.ts';
import { signDigest } from '../../protocol/eip712/signature.ts';
import { checkAuthorization } from '../../protocol/mesh/authorization.ts';
import type { RelayInfo, RelayStatus } from '../../protocol/mesh/relay-info.ts';
import { signJson } from '../../protocol/mesh/signed-json.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { createRelayClient } from './relay-client.ts';
import type { RelayClientInit } from './relay-client.ts';

const nowS = () => 1_700_000_000;
const randomSigner = (): NodeSigner => {
  const key = secp256k1.utils.randomSecretKey();
  return { address: addressOf(secp256k1.getPublicKey(key)), sign: (digest) => signDigest(digest, key) };
};
const relay = randomSigner();
const node = randomSigner();
const info: RelayInfo = {
  version: 1,
  name: 'Relay',
  address: relay.address,
  peerId: '16Uiu2HAm3NPGRyvkXhQvJ3wNoQnPHTwFtSPSK2SCmTGf6UwwrpAr',
  multiaddrs: [],
  admission: 'open',
  chain: null,
  software: 'weft/test',
  about: null,
  issuedAt: nowS(),
};
const status: RelayStatus = { version: 1, relay: relay.address, issuedAt: nowS(), online: 2, models: [] };

let server: Server | null = null;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** A server that answers each path with what is given for it. */
async function serve(answers: Record<string, RequestListener | object>): Promise<string> {
  server = createServer((request, response) => {
    const answer = answers[request.url ?? ''];
    if (typeof answer === 'function') {
      (answer as RequestListener)(request, response);
      return;
    }
    response.setHeader('content-type', 'application/json');
    response.statusCode = answer === undefined ? 404 : 200;
    response.end(JSON.stringify(answer ?? {}));
  });
  await new Promise<void>((resolve) => server!.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const INFO = '/.well-known/weft.json';
const clientOf = (url: string, init: Partial<RelayClientInit> = {}, signer: NodeSigner | null = node) =>
  createRelayClient({ url, ...init }, { fetch, signer, nowS, random: randomBytes });
const refuse =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.statusCode = status;
    response.end(body);
  };

describe('looking at a relay', () => {
  test('tells what it says of itself, whose signature is right', async () => {
    const url = await serve({ [INFO]: signJson('relay-info', info, relay) });
    expect(await clientOf(url, {}, null).look()).toEqual(info);
  });

  test('refuses another relay than the known one', async () => {
    const url = await serve({ [INFO]: signJson('relay-info', info, relay) });
    const looking = clientOf(url, { known: randomSigner().address }).look();
    await expect(looking).rejects.toMatchObject({ code: 'mesh/relay-changed' });
  });

  test.each<[string, object | RequestListener]>([
    ['a changed field', { ...signJson('relay-info', info, relay), name: 'Other' }],
    ['another’s signature', signJson('relay-info', info, randomSigner())],
    ['a page', refuse(200, '<!doctype html>')],
    ['no end', (_request, response) => void response.write('{'.repeat(20_000))],
    ['way too much', refuse(200, `{"name":"${'x'.repeat(20_000)}"}`)],
    ['a way elsewhere', (_request, response) => void response.writeHead(302, { location: '/there' }).end()],
    ['silence', () => undefined],
  ])('takes %s for no relay', async (_what, answer) => {
    const url = await serve({ [INFO]: answer, '/there': signJson('relay-info', info, relay) });
    await expect(clientOf(url, { timeoutMs: 500 }).look()).rejects.toMatchObject({ code: 'mesh/relay-unreachable' });
  });

  test('ends with the signal’s own reason', async () => {
    const url = await serve({ [INFO]: () => undefined });
    const reason = new Error('changed my mind');
    const ending = new AbortController();
    const looking = clientOf(url).look({ signal: ending.signal });
    ending.abort(reason);
    await expect(looking).rejects.toBe(reason);
  });
});

describe('asking a relay', () => {
  test('signs for the relay that it has looked at', async () => {
    const seen: string[] = [];
    const url = await serve({
      [INFO]: signJson('relay-info', info, relay),
      '/v1/status': (request, response) => {
        const header = request.headers.authorization ?? null;
        const asked = { relay: relay.address, method: 'GET', path: '/v1/status', body: new Uint8Array() };
        seen.push(checkAuthorization(header, asked, nowS()).address);
        response.end(JSON.stringify(signJson('relay-status', status, relay)));
      },
    });
    expect(await clientOf(url).status()).toEqual(status);
    expect(seen).toEqual([node.address]);
  });

  test.each([
    ['auth/clock', 401],
    ['mesh/not-admitted', 403],
    ['auth/unavailable', 503],
    ['mesh/invite-used', 403],
  ])('throws %s as such, in words of our own', async (code, httpStatus) => {
    const body = JSON.stringify({ code, message: 'Call 0900 12345!', hints: ['Send money.'] });
    const url = await serve({ '/v1/session': refuse(httpStatus, body) });
    const asking = clientOf(url, { known: relay.address }).session(null);
    await expect(asking).rejects.toMatchObject({ code });
    await expect(asking).rejects.not.toThrow(/0900/);
    await expect(asking).rejects.not.toMatchObject({ hints: ['Send money.'] });
  });

  test.each(['identity/locked', 'nonsense', '__proto__', 'constructor'])(
    'does not believe a relay that says %s',
    async (code) => {
      const url = await serve({ '/v1/session': refuse(403, JSON.stringify({ code })) });
      const asking = clientOf(url, { known: relay.address }).session(null);
      await expect(asking).rejects.toMatchObject({ code: 'mesh/relay-unreachable' });
    },
  );

  test('refuses a status that another signed, and ICE servers that are none', async () => {
    const url = await serve({
      '/v1/status': signJson('relay-status', status, randomSigner()),
      '/v1/session': { role: 'member', expiresAt: nowS(), iceServers: [{ urls: ['https://tracker.example.org'] }] },
    });
    const client = clientOf(url, { known: relay.address });
    await expect(client.status()).rejects.toMatchObject({ code: 'mesh/relay-unreachable' });
    await expect(client.session(null)).rejects.toMatchObject({ code: 'mesh/relay-unreachable' });
  });

  test('needs a key for what is signed, an address that is one, and ids that are some', async () => {
    await expect(clientOf('http://127.0.0.1:1', {}, null).session(null)).rejects.toMatchObject({
      code: 'identity/no-key',
    });
    expect(() => clientOf('ftp://relay.example.org')).toThrow(/https/);
    const client = clientOf('http://127.0.0.1:1', { known: relay.address });
    await expect(client.revokeApiKey('../session')).rejects.toMatchObject({ code: 'app/bad-request' });
  });
});
