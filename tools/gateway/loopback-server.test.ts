import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Listening } from '../../relay-server/listen.ts';
import { describeClient } from '../../src/openai/openai-client.fixture.ts';
import { createScriptedBackend } from '../../src/openai/scripted-backend.fixture.ts';
import { startLoopbackServer } from './loopback-server.ts';

const KEY = 'only for my tools';
const scripted = createScriptedBackend();
let server: Listening;

beforeAll(async () => {
  server = await startLoopbackServer(
    { port: 0, key: KEY },
    { backend: scripted, onError: (error) => console.error(error) },
  );
});
afterAll(() => server.close());

/** Node's own fetch sets headers that a program may choose otherwise. */
function ask(headers: Record<string, string>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    request(`http://127.0.0.1:${server.port}/v1/models`, { headers: { authorization: `Bearer ${KEY}`, ...headers } })
      .once('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
      .once('error', reject)
      .end();
  });
}

describe('the official client on its own computer', () => {
  describeClient(() => ({ baseUrl: `${server.url}v1`, apiKey: KEY, backend: scripted, spent: null }));
});

describe('who may ask', () => {
  test.each([
    ['127.0.0.1', 200],
    ['LOCALHOST', 200],
    ['[::1]', 200],
    ['rebound.example.org', 403],
    ['127.0.0.1.example.org', 403],
    ['10.0.0.5', 403],
  ])('a request to the name %j gets %i', async (name, status) => {
    expect(await ask({ host: `${name}:${server.port}` })).toBe(status);
  });

  test('a page in a browser is refused, whatever its site', async () => {
    expect(await ask({ origin: 'https://example.org' })).toBe(403);
    expect(await ask({ origin: 'null' })).toBe(403);
    expect(await ask({ origin: new URL(server.url).origin })).toBe(403);
    expect(await ask({ 'sec-fetch-site': 'cross-site' })).toBe(403);
  });

  test('a key that was set is asked for', async () => {
    expect(await ask({ authorization: 'Bearer another' })).toBe(401);
    expect(await ask({ authorization: '' })).toBe(401);
    expect(await ask({})).toBe(200);
  });

  test('without one every program on this computer may ask', async () => {
    const open = await startLoopbackServer({ port: 0, key: null }, { backend: scripted, onError: () => undefined });
    expect((await fetch(`${open.url}v1/models`)).status).toBe(200);
    await open.close();
  });
});
