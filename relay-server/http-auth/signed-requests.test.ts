import { randomBytes } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { authorize } from '../../src/protocol/mesh/authorization.ts';
import { openRelayInfo } from '../../src/protocol/mesh/relay-info.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { randomSigner, startTestRelay } from '../members/relay.fixture.ts';
import type { Clock, TestRelay } from '../members/relay.fixture.ts';

const OTHER_PAGE = 'https://chat.example.org';
let folder: string;
let database: Database;
let relay: TestRelay;
const clock: Clock = { nowS: 1_700_000_000 };
const relayKey = randomSigner();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-signed-'));
  database = await openDatabase({ dataFolder: folder, databaseUrl: null }, { nowS: () => clock.nowS });
  relay = await startTestRelay({ policy: { mode: 'open' }, relay: relayKey, clock, origins: [OTHER_PAGE] }, database);
}, 60_000);
afterAll(async () => {
  await relay.stop();
  await database.close();
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  clock.nowS += 1_000;
});

interface Sent {
  readonly signer?: NodeSigner;
  readonly method?: string;
  readonly path?: string;
  readonly body?: string;
  /** What the signature is over, where that is something else than what is sent. */
  readonly signed?: {
    readonly method?: string;
    readonly path?: string;
    readonly body?: string;
    readonly relay?: NodeSigner;
  };
  readonly skewS?: number;
  readonly headers?: Record<string, string>;
}

const node = randomSigner();
const SESSION = JSON.stringify({ invite: null });

function headerFor({ signer = node, method = 'POST', path = '/v1/session', body = SESSION, signed, skewS = 0 }: Sent) {
  return authorize(
    {
      relay: (signed?.relay ?? relayKey).address,
      method: signed?.method ?? method,
      path: signed?.path ?? path,
      body: Buffer.from(signed?.body ?? body),
    },
    { nowS: clock.nowS + skewS, nonce: randomBytes(16) },
    signer,
  );
}

async function send(sent: Sent = {}): Promise<{ status: number; code: unknown; headers: Headers; text: string }> {
  const { method = 'POST', path = '/v1/session', body = SESSION, headers = {} } = sent;
  const answer = await fetch(`${relay.url}${path}`, {
    method,
    headers: { authorization: headerFor(sent), ...headers },
    ...(method === 'GET' ? {} : { body }),
  });
  const text = await answer.text();
  return { status: answer.status, code: codeOf(text), headers: answer.headers, text };
}

function codeOf(text: string): unknown {
  return text === '' ? undefined : (JSON.parse(text) as { code?: unknown }).code;
}

describe('a signed request', () => {
  test('is answered once and refused when it comes again', async () => {
    const headers = { authorization: headerFor({}) };
    expect((await send({ headers })).status).toBe(200);
    expect(await send({ headers })).toMatchObject({ status: 401, code: 'auth/replayed' });
  });

  test('is refused when it comes again after a restart, within the time it counts', async () => {
    const headers = { authorization: headerFor({}) };
    expect((await send({ headers })).status).toBe(200);
    await relay.stop();
    relay = await startTestRelay({ policy: { mode: 'open' }, relay: relayKey, clock, origins: [OTHER_PAGE] }, database);
    expect(await send({ headers })).toMatchObject({ status: 401, code: 'auth/replayed' });
  });

  test.each<[string, Sent['signed']]>([
    ['path', { path: '/v1/status' }],
    ['method', { method: 'GET' }],
    ['body', { body: '{"invite":"x"}' }],
    ['relay', { relay: randomSigner() }],
  ])('is refused for another %s than the signed one', async (_what, signed) => {
    expect(await send({ signed: signed! })).toMatchObject({ status: 401, code: 'auth/bad-signature' });
  });

  test('is refused when signed by another than it names', async () => {
    const forged: NodeSigner = { address: randomSigner().address, sign: (digest) => node.sign(digest) };
    expect(await send({ signer: forged })).toMatchObject({ status: 401, code: 'auth/bad-signature' });
  });

  test.each([61, -61])('is refused where its clock is %d seconds off, which is said', async (skewS) => {
    const answer = await send({ skewS });
    expect(answer).toMatchObject({ status: 401, code: 'auth/clock' });
    expect(answer.text).toContain('61 seconds');
    expect((await send({ skewS: Math.sign(skewS) * 60 })).status).toBe(200);
  });

  test('is refused without a header, and with what is none', async () => {
    const answer = await fetch(`${relay.url}/v1/session`, { method: 'POST', body: SESSION });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Weft');
    expect(codeOf(await answer.text())).toBe('auth/missing');
    for (const authorization of ['Weft !!', `Weft ${'A'.repeat(5_000)}`, 'Weft AAAA']) {
      expect(await send({ headers: { authorization } })).toMatchObject({ status: 401, code: 'auth/malformed' });
    }
  });

  test('may have a query, which is not signed and changes nothing', async () => {
    await send();
    const path = '/v1/status?all=yes';
    expect((await send({ method: 'GET', path, body: '', signed: { path: '/v1/status' } })).status).toBe(200);
  });

  test('with a body beyond the bound is refused before it is read, announced or not', async () => {
    const body = 'x'.repeat(4_097);
    expect(await send({ body })).toMatchObject({ status: 413, code: 'mesh/too-large' });
    expect(await sendChunks('x'.repeat(1_000), 6)).toBe(413);
  });

  test('with a body that is no JSON, or another, is refused after its signature was right', async () => {
    for (const body of ['{', '[]', '{"invite":7}', '\u0000']) {
      expect(await send({ body })).toMatchObject({ status: 400, code: 'app/bad-request' });
    }
  });

  test('of a stranger learns the same whatever it asks of members', async () => {
    const signer = randomSigner();
    const answers = await Promise.all(
      ['/v1/status', '/v1/members', '/v1/keys'].map((path) => send({ signer, method: 'GET', path, body: '' })),
    );
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]).toMatchObject({ status: 403, code: 'auth/not-a-member' });
  });
});

describe('pages', () => {
  const preflight = (origin: string, path = '/v1/session') =>
    fetch(`${relay.url}${path}`, {
      method: 'OPTIONS',
      headers: { origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization' },
    });

  test('of configured addresses and the relay’s own may ask', async () => {
    const allowed = await preflight(OTHER_PAGE);
    expect(allowed.status).toBe(204);
    expect(allowed.headers.get('access-control-allow-origin')).toBe(OTHER_PAGE);
    expect(allowed.headers.get('access-control-allow-headers')).toContain('authorization');
    const answer = await send({ headers: { origin: OTHER_PAGE } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(OTHER_PAGE);
    expect((await send({ headers: { origin: relay.url } })).status).toBe(200);
  });

  test('of other addresses get nothing done, and may not read the refusal', async () => {
    const origin = 'https://evil.example.org';
    const refused = await preflight(origin);
    expect(refused.status).toBe(400);
    expect(refused.headers.get('access-control-allow-origin')).toBeNull();
    const signer = randomSigner();
    expect(await send({ signer, headers: { origin } })).toMatchObject({ status: 400, code: 'app/bad-request' });
    expect(relay.members.isAdmitted(signer.address)).toBe(false);
  });

  test('whose name was made to lead here get nothing done', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { host: 'evil.example.org', origin: 'http://evil.example.org', authorization: headerFor({}) };
      const asking = httpRequest(`${relay.url}/v1/session`, { method: 'POST', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      });
      asking.once('error', reject);
      asking.end(SESSION);
    });
    expect(status).toBe(400);
  });

  test('of any address may read what the relay says of itself, signed', async () => {
    const answer = await fetch(`${relay.url}/.well-known/weft.json`, {
      headers: { origin: 'https://evil.example.org' },
    });
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const info = openRelayInfo(await answer.json(), relayKey.address);
    expect(info).toMatchObject({ name: 'Test relay', admission: 'open', issuedAt: clock.nowS });
  });
});

describe('limits', () => {
  const startLimited = (limits: NonNullable<Parameters<typeof startTestRelay>[0]['limits']>) =>
    startTestRelay({ policy: { mode: 'open' }, relay: relayKey, clock, limits }, database);

  test('of one network hold for everything, with a time to wait', async () => {
    const limited = await startLimited({ network: { points: 3, durationS: 60 } });
    const look = () => fetch(`${limited.url}/.well-known/weft.json`);
    expect((await look()).status).toBe(200);
    for (const path of ['/v1/status', '/v1/members/0x']) expect((await fetch(limited.url + path)).status).not.toBe(429);
    const refused = await look();
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(codeOf(await refused.text())).toBe('auth/rate-limited');
    await limited.stop();
  });

  test('of one key leave the others alone', async () => {
    const limited = await startLimited({ key: { points: 3, durationS: 60 } });
    const greedy = limited.client(randomSigner());
    for (let i = 0; i < 3; i++) await greedy.session(null);
    await expect(greedy.session(null)).rejects.toMatchObject({ code: 'auth/rate-limited' });
    await expect(limited.client(randomSigner()).session(null)).resolves.toMatchObject({ role: 'member' });
    await limited.stop();
  });
});

/** A body that does not say how long it is. */
function sendChunks(chunk: string, count: number): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asking = httpRequest(`${relay.url}/v1/session`, {
      method: 'POST',
      headers: { authorization: headerFor({}), 'transfer-encoding': 'chunked' },
    });
    asking.once('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    asking.once('error', reject);
    for (let i = 0; i < count; i++) asking.write(chunk);
    asking.end();
  });
}
