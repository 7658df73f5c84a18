import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createRelayApp } from './app.ts';
import { MODEL_LIMITS, type AnswerLimits } from './limit-answers.ts';
import { listen, type Listening } from './listen.ts';
import { openModelFolder } from './model-folder.ts';

/** More than the system keeps for a reader who does not read. */
const SHARD_BYTES = 30_000_000;
const PATH = '/models-of-relay/large/params_shard_0.bin';

let folder: string;
let relay: Listening;
let readers: Socket[];

beforeEach(async () => {
  readers = [];
  folder = await mkdtemp(join(tmpdir(), 'weft-limits-'));
  const model = join(folder, 'models', 'large');
  await mkdir(model, { recursive: true });
  await mkdir(join(folder, 'page'));
  await writeFile(join(folder, 'page', 'index.html'), 'the page');
  await writeFile(
    join(model, 'mlc-chat-config.json'),
    JSON.stringify({ model_type: 'llama', quantization: 'q4f16_1', context_window_size: 4096 }),
  );
  await writeFile(
    join(model, 'tensor-cache.json'),
    JSON.stringify({ records: [{ dataPath: 'params_shard_0.bin', nbytes: SHARD_BYTES }] }),
  );
  await writeFile(join(model, 'params_shard_0.bin'), Buffer.alloc(SHARD_BYTES));
  await writeFile(join(model, 'tokenizer.json'), '{}');
});

afterEach(async () => {
  for (const reader of readers) reader.destroy();
  await relay.close();
  await rm(folder, { recursive: true });
});

async function start(limits: Partial<AnswerLimits>, isBehindProxy = false): Promise<void> {
  const models = await openModelFolder(
    { folder: join(folder, 'models') },
    { warn: () => undefined, nowMs: () => performance.now() },
  );
  const app = createRelayApp(
    { pageFolder: join(folder, 'page'), version: '1', isBehindProxy, modelLimits: { ...MODEL_LIMITS, ...limits } },
    { models },
  );
  relay = await listen(app, { host: '127.0.0.1', port: null });
}

/** Asks for the large file and reads nothing but the beginning. */
async function hold(headers: Readonly<Record<string, string>> = {}): Promise<Socket> {
  const reader = connect(relay.port, '127.0.0.1');
  readers.push(reader);
  reader.on('error', () => undefined);
  const lines = Object.entries({ Host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  reader.write(`GET ${PATH} HTTP/1.1\r\n${lines.join('')}\r\n`);
  await new Promise((resolve) => reader.once('readable', resolve));
  expect(String(reader.read(12))).toBe('HTTP/1.1 200');
  return reader;
}

async function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
  const answer = await fetch(new URL(path, relay.url), { headers: { range: 'bytes=0-3', ...headers } });
  await answer.arrayBuffer();
  return answer;
}

test('gives one address its share of downloads and says when to try again', async () => {
  await start({ perAddress: 2 });
  const first = await hold();
  await hold();
  const refused = await ask(PATH);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(refused.headers.get('content-security-policy')).not.toBeNull();
  // Whoever downloads does not keep the page from anybody.
  for (const path of ['/', '/weft.json', '/healthz']) expect((await ask(path)).ok).toBe(true);

  first.destroy();
  // Answers that were read to their end take no place, as soon as the server has heard of it.
  for (let count = 0; count < 3; count++) {
    await vi.waitFor(async () => expect((await ask(PATH)).status).toBe(206));
  }
});

test('bounds the downloads of all addresses together', async () => {
  await start({ perAddress: 2, inAll: 3 }, true);
  await hold({ 'X-Forwarded-For': '198.51.100.1' });
  await hold({ 'X-Forwarded-For': '198.51.100.1' });
  expect((await ask(PATH, { 'x-forwarded-for': '198.51.100.1' })).status).toBe(429);
  expect((await ask(PATH, { 'x-forwarded-for': '198.51.100.2' })).status).toBe(206);
  await hold({ 'X-Forwarded-For': '198.51.100.2' });
  const refused = await ask(PATH, { 'x-forwarded-for': '198.51.100.3' });
  expect(refused.status).toBe(503);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('believes a proxy only where there is one, and only what the proxy itself saw', async () => {
  await start({ perAddress: 1 });
  await hold({ 'X-Forwarded-For': '198.51.100.1' });
  expect((await ask(PATH, { 'x-forwarded-for': '198.51.100.2' })).status).toBe(429);
  for (const reader of readers) reader.destroy();
  await relay.close();
  await start({ perAddress: 1 }, true);
  await hold({ 'X-Forwarded-For': '10.0.0.1, 198.51.100.1' });
  expect((await ask(PATH, { 'x-forwarded-for': '10.0.0.2, 198.51.100.1' })).status).toBe(429);
  expect((await ask(PATH, { 'x-forwarded-for': '10.0.0.1, 198.51.100.2' })).status).toBe(206);
});

test.each([
  ['2001:db8::1', '2001:db8:0:0:9:9:9:9', 429],
  ['2001:DB8:1:2::1', '2001:db8:1:2:ffff::', 429],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', 206],
  ['::ffff:198.51.100.1', '198.51.100.1', 429],
])('counts %s and %s by their networks', async (one, other, status) => {
  await start({ perAddress: 1 }, true);
  await hold({ 'X-Forwarded-For': one });
  expect((await ask(PATH, { 'x-forwarded-for': other })).status).toBe(status);
});

test('ends an answer that is hardly read', async () => {
  await start({ perAddress: 1, slowAfterMs: 200 });
  const reader = await hold();
  // A byte now and then keeps any idle timer from running out.
  const sip = setInterval(() => void reader.read(1), 20);
  await vi.waitFor(async () => expect((await ask(PATH)).status).toBe(206), { timeout: 10_000 });
  clearInterval(sip);
  await expect(drain(reader)).resolves.toBeLessThan(SHARD_BYTES);
});

test('lets whoever reads all the time take as long as it needs', async () => {
  await start({ slowAfterMs: 1000 });
  const reader = connect(relay.port, '127.0.0.1');
  readers.push(reader);
  reader.write(`GET ${PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  let bytes = 0;
  for await (const part of reader as AsyncIterable<Buffer>) {
    bytes += part.length;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(bytes).toBeGreaterThan(SHARD_BYTES);
});

async function drain(reader: Socket): Promise<number> {
  let bytes = 0;
  try {
    for await (const part of reader as AsyncIterable<Buffer>) bytes += part.length;
  } catch {
    // Cut in the middle: that is what is asked.
  }
  return bytes;
}
