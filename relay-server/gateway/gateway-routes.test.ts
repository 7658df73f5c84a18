import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { OpenAiBackend } from '../../src/openai/backend.ts';
import { MAX_PER_KEY } from '../../src/openai/constants.ts';
import { describeClient } from '../../src/openai/openai-client.fixture.ts';
import type { Door } from '../../src/openai/openai-client.fixture.ts';
import { createScriptedBackend } from '../../src/openai/scripted-backend.fixture.ts';
import { createRelayApp } from '../app.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/open-database.ts';
import { listen } from '../listen.ts';
import type { Listening } from '../listen.ts';
import { createApiKeys } from '../members/api-keys.ts';
import type { ApiKeys } from '../members/api-keys.ts';
import { openMembers } from '../members/members.ts';
import type { Members } from '../members/members.ts';
import { randomSigner } from '../members/relay.fixture.ts';
import { createGatewayRoutes } from './gateway-routes.ts';

const nowS = () => 1_700_000_000;
const ann = randomSigner();
const boss = randomSigner();
let folder: string;
let database: Database;
let members: Members;
let keys: ApiKeys;
let backend: ReturnType<typeof createScriptedBackend>;
const spent: number[] = [];
const failures: unknown[] = [];
const servers: Listening[] = [];

/** The whole relay, whose keys report what they count. */
async function open(part: { readonly backend?: OpenAiBackend; readonly requestsPerMinute?: number } = {}) {
  const gateway = createGatewayRoutes(
    {
      isBehindProxy: false,
      ...(part.requestsPerMinute === undefined ? {} : { requestsPerMinute: part.requestsPerMinute }),
    },
    {
      backend: part.backend ?? backend,
      keys: {
        check: (text) => keys.check(text),
        async spend(id, tokens) {
          await keys.spend(id, tokens);
          spent.push(tokens);
        },
      },
      onError: (error) => failures.push(error),
    },
  );
  const server = await listen(createRelayApp({ pageFolder: folder, version: 'test' }, { gateway }), {
    host: '127.0.0.1',
    port: 0,
  });
  servers.push(server);
  return `${server.url}v1`;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-gateway-'));
  database = await openDatabase({ dataFolder: folder, databaseUrl: null }, { nowS });
  members = await openMembers({ policy: { mode: 'open' } }, { database, relay: boss, nowS });
  await members.admit(ann.address, null);
  keys = createApiKeys({ database, members, nowS });
  backend = createScriptedBackend();
}, 60_000);
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  await members.stop();
  await database.close();
  await rm(folder, { recursive: true });
});

describe('the official client at the relay', () => {
  let door: Door;
  beforeAll(async () => {
    const apiKey = await keys.create(ann.address, { name: 'tools', dailyTokens: null });
    door = { baseUrl: await open(), apiKey, backend, spent };
  });
  describeClient(() => door);
});

describe('keys', () => {
  const ask = (baseURL: string, apiKey: string, content = 'count 10') =>
    new OpenAI({ baseURL, apiKey, maxRetries: 0 }).chat.completions.create({
      model: 'parrot',
      messages: [{ role: 'user', content }],
    });

  test('a stranger learns nothing, not even which models there are', async () => {
    const url = await open();
    for (const [path, init] of [
      ['models', {}],
      ['models/parrot', {}],
      ['chat/completions', { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }],
      ['embeddings', { method: 'POST', headers: { authorization: `Bearer weft_${'A'.repeat(43)}` } }],
    ] as const) {
      const answer = await fetch(`${url}/${path}`, init);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { type: 'authentication_error', code: 'invalid_api_key' } });
    }
    await expect(ask(url, 'weft_wrong')).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test('a budget shortens the answer that meets it, and refuses the next', async () => {
    const url = await open();
    const key = await keys.create(ann.address, { name: 'small', dailyTokens: 4 });
    const answer = await ask(url, key);
    expect(answer.choices[0]).toMatchObject({ finish_reason: 'length', message: { content: '1 2 3 4 ' } });
    await expect(ask(url, key)).rejects.toMatchObject({ status: 429, code: 'insufficient_quota' });
  });

  test('a key that asks too often waits, and says so in the client’s words', async () => {
    const url = await open({ requestsPerMinute: 2 });
    const key = await keys.create(ann.address, { name: 'eager', dailyTokens: null });
    await ask(url, key);
    await ask(url, key);
    await expect(ask(url, key)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  });

  test('a member with many keys has no more requests under way than one with one', async () => {
    const hanging: OpenAiBackend = {
      ...backend,
      embed: (_model, _inputs, signal) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('Stopped.')))),
    };
    const url = await open({ backend: hanging });
    const stop = new AbortController();
    const made = ['one', 'other'].map((name) => keys.create(ann.address, { name, dailyTokens: null }));
    const [one, other] = await Promise.all(made);
    const embed = (key: string | undefined) =>
      fetch(`${url}/embeddings`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ model: 'arrows', input: 'a' }),
        signal: stop.signal,
      }).then(
        ({ status }) => status,
        () => null,
      );
    const asked = Array.from({ length: MAX_PER_KEY + 1 }, (_, at) => embed(at < MAX_PER_KEY / 2 ? one : other));
    expect(await Promise.race(asked)).toBe(503);
    stop.abort();
    expect((await Promise.all(asked)).filter((status) => status !== null)).toEqual([503]);
  });

  test('a member who is blocked has no keys', async () => {
    const url = await open();
    const ben = randomSigner();
    await members.admit(ben.address, null);
    const key = await keys.create(ben.address, { name: 'bens', dailyTokens: null });
    await ask(url, key);
    await members.setBlocked(boss.address, ben.address, true);
    await expect(ask(url, key)).rejects.toBeInstanceOf(OpenAI.AuthenticationError);
  });

  test('a page of another origin is given no leave to ask', async () => {
    const url = await open();
    const answer = await fetch(`${url}/chat/completions`, {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-headers': 'authorization' },
    });
    expect(answer.status).toBe(405);
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test('what fails inside is told to the operator and not to the client', async () => {
    const failing = { ...backend, embed: () => Promise.reject(new Error('secret of the database')) };
    const url = await open({ backend: failing });
    const key = await keys.create(ann.address, { name: 'unlucky', dailyTokens: null });
    const answer = await fetch(`${url}/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: 'arrows', input: 'a' }),
    });
    expect(answer.status).toBe(500);
    expect(await answer.text()).not.toContain('secret');
    expect(failures).toEqual([new Error('secret of the database')]);
  });
});
