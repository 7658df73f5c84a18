import { Hono } from 'hono';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createRelayApp } from './app.ts';
import { FIRST_PORT, readConfig } from './config.ts';
import { listen, type Listening } from './listen.ts';

let folder: string;
let relay: Listening;
const app = () => createRelayApp({ pageFolder: join(folder, 'page'), version: '9.9.9' });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-relay-'));
  await mkdir(join(folder, 'page', 'assets'), { recursive: true });
  await writeFile(join(folder, 'page', 'index.html'), '<!doctype html><title>page</title>');
  await writeFile(join(folder, 'page', 'assets', 'index-abc.js'), 'export {};');
  await writeFile(join(folder, 'secret.txt'), 'outside the page');
  relay = await listen(app(), { host: '127.0.0.1', port: null });
});

afterAll(async () => {
  await relay.close();
  await rm(folder, { recursive: true });
});

describe('the page over HTTP', () => {
  test('serves the page at / with a policy that allows this origin only', async () => {
    const answer = await fetch(relay.url);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('<title>page</title>');
    const policy = answer.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("connect-src 'self' blob:;");
    expect(policy).not.toMatch(/https?:|\*|'unsafe-eval'|script-src[^;]*unsafe-inline/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  test('lets hashed assets be kept for ever', async () => {
    const answer = await fetch(new URL('assets/index-abc.js', relay.url));
    expect(answer.headers.get('cache-control')).toContain('immutable');
    expect(answer.headers.get('content-type')).toContain('javascript');
  });

  test('has the page asked for again even where it lies in a folder called assets', async () => {
    const pageFolder = join(folder, 'assets', 'page');
    await mkdir(pageFolder, { recursive: true });
    await writeFile(join(pageFolder, 'index.html'), 'page');
    const answer = await createRelayApp({ pageFolder, version: '9.9.9' }).request('/');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-cache');
  });

  test('sends an unchanged file once', async () => {
    const first = await fetch(relay.url);
    const tag = first.headers.get('etag');
    expect(tag).toMatch(/^W\/".+"$/);
    const again = await fetch(relay.url, { headers: { 'if-none-match': tag ?? '' } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  test('answers a missing file with 404, never with the page, and still with the headers', async () => {
    const answer = await fetch(new URL('models/none/tensor-cache.json', relay.url));
    expect(answer.status).toBe(404);
    expect(await answer.text()).not.toContain('<title>');
    expect(answer.headers.get('content-security-policy')).not.toBeNull();
  });

  test.each(['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/assets/..%5c..%5csecret.txt'])(
    'does not leave the page folder for %s',
    async (path) => {
      const answer = await app().request(path);
      expect(answer.status).toBeGreaterThanOrEqual(400);
      expect(await answer.text()).not.toContain('outside');
    },
  );

  test('refuses other methods', async () => {
    expect((await fetch(relay.url, { method: 'POST', body: 'x' })).status).toBe(405);
  });

  test('reports health and its version', async () => {
    const answer = await fetch(new URL('healthz', relay.url));
    expect(await answer.json()).toEqual({ status: 'ok', name: 'weft', version: '9.9.9' });
  });
});

describe('draining', () => {
  const slowApp = () => {
    let finish: () => void = () => undefined;
    const slow = new Hono();
    slow.get('/', (c) =>
      c.body(
        new ReadableStream({
          start(controller) {
            controller.enqueue(new TextEncoder().encode('first, '));
            finish = () => {
              controller.enqueue(new TextEncoder().encode('last'));
              controller.close();
            };
          },
        }),
      ),
    );
    return { slow, finish: () => finish() };
  };

  test('waits for the answers under way, which come whole, and takes no new ones', async () => {
    const { slow, finish } = slowApp();
    const server = await listen(slow, { host: '127.0.0.1', port: null });
    const answer = await fetch(server.url);
    let isDrained = false;
    const drained = server.drain(new AbortController().signal).then(() => (isDrained = true));
    await expect(fetch(server.url)).rejects.toThrow();
    expect(isDrained).toBe(false);
    finish();
    expect(await answer.text()).toBe('first, last');
    await drained;
    await server.close();
  });

  test('waits no longer than it may', async () => {
    const { slow, finish } = slowApp();
    const server = await listen(slow, { host: '127.0.0.1', port: null });
    const answer = await fetch(server.url);
    await server.drain(AbortSignal.abort());
    finish();
    await answer.text();
    await server.close();
  });
});

test('/readyz says where the server stands', async () => {
  const at = (phase: 'starting' | 'ready' | 'draining') =>
    createRelayApp({ pageFolder: folder, version: '1' }, { phase: () => phase }).request('/readyz');
  expect((await at('starting')).status).toBe(503);
  expect(await (await at('draining')).json()).toEqual({ status: 'draining' });
  expect((await at('ready')).status).toBe(200);
});

test('the page may use the other relays of its mesh, and their WebSockets', async () => {
  const answer = await createRelayApp({ pageFolder: folder, version: '1', relays: ['https://two.example'] }).request(
    '/',
  );
  expect(answer.headers.get('content-security-policy')).toContain(
    "connect-src 'self' blob: https://two.example wss://two.example;",
  );
});

describe('the port', () => {
  test('takes the next free one from 8080 when none is configured', async () => {
    const other = await listen(app(), { host: '127.0.0.1', port: null });
    expect(other.port).toBeGreaterThanOrEqual(FIRST_PORT);
    expect(other.port).not.toBe(relay.port);
    await other.close();
  });

  test('leaves a port alone where another program answers to localhost over IPv6', async () => {
    const other = await listen(app(), { host: '127.0.0.1', port: null });
    const holder = createServer();
    const isHeld = await new Promise<boolean>((resolve) => {
      holder.once('error', () => resolve(false));
      holder.listen(other.port + 1, '::1', () => resolve(true));
    });
    const next = await listen(app(), { host: '127.0.0.1', port: null });
    expect(next.port > other.port + 1 || !isHeld).toBe(true);
    await Promise.all([next.close(), other.close()]);
    holder.close();
  });

  test('says so when the configured one is taken', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    await expect(listen(app(), { host: '127.0.0.1', port })).rejects.toThrow(/in use.*PORT=/);
    holder.close();
  });

  test.each([
    ['0', /1 to 65535/],
    ['70000', /1 to 65535/],
    ['http', /1 to 65535/],
  ])('refuses PORT=%s with the range', (PORT, message) => {
    expect(() => readConfig({ PORT })).toThrow(message);
  });

  test('treats empty variables as unset', () => {
    expect(readConfig({ HOST: '', PORT: '' })).toMatchObject({ host: '127.0.0.1', port: null });
  });
});
