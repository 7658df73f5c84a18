import { Hono } from 'hono';
import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { listen } from './listen.ts';
import type { Listening } from './listen.ts';
import { createMetrics } from './metrics.ts';
import type { MetricsInit } from './metrics.ts';

const TOKEN = 'a-token-of-the-operator';
let server: Listening | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function start(init: Partial<MetricsInit> = {}) {
  const metrics = createMetrics({ token: null, isBehindProxy: false, hosts: [], ...init });
  metrics.gauge('weft_circuits', 'circuits of libp2p', () => 7);
  const app = new Hono();
  app.use(metrics.count);
  app.route('/', metrics.routes);
  app.get('/v1/members/:address', (c) => c.text('secret', 403));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
}

/** Node's own fetch would not send a Host of the caller's choice. */
function ask(
  path: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port: server?.port, path, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part: string) => (text += part));
      answer.once('end', () => resolve({ status: answer.statusCode, text }));
    })
      .once('error', reject)
      .end();
  });
}

describe('/metrics', () => {
  test('says what goes on, and not who or what was asked for', async () => {
    await start();
    const member = `0x${'ab'.repeat(20)}`;
    await ask(`/v1/members/${member}`);
    const { text } = await ask('/metrics');
    expect(text).toContain('weft_circuits 7');
    expect(text).toContain('weft_http_answers_total{kind="members",status="4xx"} 1');
    expect(text).not.toContain(member);
  });

  test.each([
    [{ 'x-forwarded-for': '203.0.113.7' }],
    [{ origin: 'https://evil.example' }],
    [{ host: 'rebound.example' }],
    [{ authorization: `Bearer ${TOKEN}` }],
  ])('is not there for a request with %j', async (headers: Record<string, string>) => {
    // Behind a proxy everybody comes from loopback, so the token of nobody is wanted in the last case.
    await start({ isBehindProxy: 'authorization' in headers });
    expect((await ask('/metrics', headers)).status).toBe(404);
  });

  test('is there for whoever shows the token', async () => {
    await start({ token: TOKEN, isBehindProxy: true });
    const { status } = await ask('/metrics', { authorization: `Bearer ${TOKEN}` });
    expect(status).toBe(200);
    expect((await ask('/metrics')).status).toBe(404);
    expect((await ask('/metrics', { authorization: `Bearer ${TOKEN.slice(1)}x` })).status).toBe(404);
  });
});
