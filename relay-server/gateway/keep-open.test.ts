import type { HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { listen } from '../listen.ts';
import type { Listening } from '../listen.ts';
import { keepOpen } from './keep-open.ts';

/** Several times what a silent connection gets. */
const ANSWER_MS = 900;
let server: Listening;

beforeAll(async () => {
  const app = new Hono<{ Bindings?: HttpBindings }>();
  const answer = async () => {
    await sleep(ANSWER_MS);
    return new Response('written');
  };
  app.get('/kept', keepOpen(), answer);
  app.get('/usual', answer);
  server = await listen(app, { host: '127.0.0.1', port: 0, idleMs: 150 });
});
afterAll(() => server.close());

test('an answer that comes late is waited for where it is said to', async () => {
  expect(await (await fetch(`${server.url}kept`)).text()).toBe('written');
  await expect(fetch(`${server.url}usual`)).rejects.toThrow();
});
