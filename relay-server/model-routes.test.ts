import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { siteConfigSchema } from '../src/protocol/site-config.ts';
import { createRelayApp } from './app.ts';
import { listen, type Listening } from './listen.ts';
import { openModelFolder } from './model-folder.ts';

const SHARD = Buffer.from('0123456789');
const ID = 'Tiny-1B-q4f16_1-MLC';

let folder: string;
let root: string;
let relay: Listening;
let clockMs: number;
let warnings: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-models-'));
  root = join(folder, 'models');
  await mkdir(join(folder, 'page'), { recursive: true });
  await writeFile(join(folder, 'secret.json'), '"outside the models"');
  await writeModel(ID, { 'model.wasm': '\0asm', '.env': 'hidden', 'notes.md': 'private', 'merges.txt': 'a b' });
  warnings = [];
  clockMs = 0;
});

afterEach(async () => {
  await relay.close();
  await rm(folder, { recursive: true });
});

async function writeModel(id: string, more: Readonly<Record<string, string>> = {}): Promise<void> {
  const files: Record<string, string | Buffer> = {
    'mlc-chat-config.json': JSON.stringify({ model_type: 'llama', quantization: 'q4f16_1', context_window_size: 4096 }),
    'tensor-cache.json': JSON.stringify({ records: [{ dataPath: 'params_shard_0.bin', nbytes: SHARD.length }] }),
    'params_shard_0.bin': SHARD,
    'tokenizer.json': JSON.stringify({ words: 'word '.repeat(1000) }),
    ...more,
  };
  await mkdir(join(root, id), { recursive: true });
  for (const [name, content] of Object.entries(files)) await writeFile(join(root, id, name), content);
}

async function start(config: { readonly idleMs?: number } = {}): Promise<void> {
  const models = await openModelFolder({ folder: root }, { warn: (line) => warnings.push(line), nowMs: () => clockMs });
  const app = createRelayApp({ pageFolder: join(folder, 'page'), version: '1' }, { models });
  relay = await listen(app, { host: '127.0.0.1', port: null, ...config });
}

async function siteConfig() {
  const answer = await fetch(new URL('weft.json', relay.url));
  return v.parse(siteConfigSchema, await answer.json());
}

const fileUrl = (name: string, id = ID) => new URL(`models-of-relay/${id}/${name}`, relay.url);

/** Sends a path as it is written; `fetch` would resolve the dots itself. */
function rawStatus(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(relay.url);
    request({ hostname: hostname === 'localhost' ? '127.0.0.1' : hostname, port, path }, (answer) => {
      let body = '';
      answer.on('data', (chunk: Buffer) => (body += chunk.toString()));
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .once('error', reject)
      .end();
  });
}

describe('/weft.json', () => {
  test('says what the page may offer', async () => {
    await start();
    expect(await siteConfig()).toEqual({
      version: 1,
      modelHosts: [],
      chain: null,
      models: [
        {
          id: ID,
          title: 'Tiny 1B',
          baseUrl: `/models-of-relay/${ID}/`,
          libraryUrl: `/models-of-relay/${ID}/model.wasm`,
          files: [
            { name: 'merges.txt', sizeBytes: 3 },
            { name: 'mlc-chat-config.json', sizeBytes: 74 },
            { name: 'model.wasm', sizeBytes: 4 },
            { name: 'params_shard_0.bin', sizeBytes: 10 },
            { name: 'tensor-cache.json', sizeBytes: 59 },
            { name: 'tokenizer.json', sizeBytes: 5012 },
          ],
          modelType: 'llama',
          quantization: 'q4f16_1',
          contextLimit: 4096,
        },
      ],
    });
    expect(warnings).toEqual([]);
  });

  test('is sent again only when it changed', async () => {
    await start();
    const url = new URL('weft.json', relay.url);
    const first = await fetch(url);
    expect(first.headers.get('cache-control')).toBe('no-cache');
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    expect((await fetch(url, { headers })).status).toBe(304);
    await writeModel('Another');
    clockMs += 10_000;
    expect((await fetch(url, { headers })).status).toBe(200);
  });

  test('comes from one reading of the folder at a time, however slow the disk', async () => {
    await start();
    const models = await openModelFolder({ folder: root }, { warn: () => undefined, nowMs: () => clockMs });
    clockMs += 10_000;
    const reading = models.list();
    clockMs += 10_000;
    expect(models.list()).toBe(reading);
    await reading;
    expect(models.list()).not.toBe(reading);
  });

  test('names the hosts, and no model where no folder is configured', async () => {
    await start();
    const modelHosts = ['https://huggingface.co', 'https://*.example.org'];
    const answer = await createRelayApp({ pageFolder: '.', version: '1', modelHosts }).request('/weft.json');
    expect(v.parse(siteConfigSchema, await answer.json())).toEqual({ version: 1, modelHosts, models: [], chain: null });
  });

  test('has no library and no limit where the model has none, and reads the older name of the list', async () => {
    await writeModel('older', {
      'mlc-chat-config.json': JSON.stringify({ model_type: 'llama', quantization: 'q0f16', context_window_size: -1 }),
      'ndarray-cache.json': JSON.stringify({ records: [{ dataPath: 'params_shard_0.bin', nbytes: 10 }] }),
    });
    await rm(join(root, 'older', 'tensor-cache.json'));
    await start();
    const older = (await siteConfig()).models.find(({ id }) => id === 'older');
    expect(older).toMatchObject({ libraryUrl: null, contextLimit: null, quantization: 'q0f16' });
    expect(older?.files.map(({ name }) => name)).toContain('ndarray-cache.json');
  });

  test('looks into the folder again after ten seconds, not before', async () => {
    await start();
    await writeModel('Another');
    clockMs += 9_999;
    expect((await siteConfig()).models).toHaveLength(1);
    clockMs += 1;
    expect((await siteConfig()).models.map(({ id }) => id)).toEqual(['Another', ID]);
    await rm(join(root, 'Another'), { recursive: true });
    clockMs += 10_000;
    expect((await siteConfig()).models).toHaveLength(1);
  });

  test.each<[string, Record<string, string>, RegExp]>([
    ['a truncated weight file', { 'params_shard_0.bin': '012' }, /params_shard_0\.bin has 3 bytes, .* says 10/],
    ['a list that is not JSON', { 'tensor-cache.json': '<html>' }, /tensor-cache\.json is not JSON/],
    [
      'a list that points elsewhere',
      { 'tensor-cache.json': JSON.stringify({ records: [{ dataPath: '../../secret.bin', nbytes: 1 }] }) },
      /does not fit at "records\.0\.dataPath"/,
    ],
    ['a configuration without a type', { 'mlc-chat-config.json': '{"quantization":"q0f16"}' }, /model_type/],
    ['two libraries', { 'a.wasm': '', 'b.wasm': '' }, /2 \.wasm libraries/],
  ])('leaves a model with %s out and says why, once', async (_what, files, reason) => {
    await writeModel('broken', files);
    await start();
    clockMs += 10_000;
    expect((await siteConfig()).models.map(({ id }) => id)).toEqual([ID]);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^The model folder "broken" is left out: .*\.$/);
    expect(warnings[0]).toMatch(reason);
    expect(warnings[0]).not.toContain(folder);
  });

  test.each(['mlc-chat-config.json', 'tensor-cache.json', 'params_shard_0.bin', 'tokenizer.json'])(
    'leaves a model without %s out',
    async (name) => {
      await rm(join(root, ID, name));
      await start();
      expect((await siteConfig()).models).toEqual([]);
      expect(warnings[0]).toContain(name);
      expect((await fetch(fileUrl('mlc-chat-config.json'))).status).toBe(404);
    },
  );

  test('leaves out folders whose names cannot be addresses, and says nothing of hidden ones and plain files', async () => {
    await writeModel('two words');
    await writeModel('.hidden');
    await writeFile(join(root, 'README'), 'not a folder');
    await start();
    expect((await siteConfig()).models).toHaveLength(1);
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"two words"');
  });

  test('refuses to start without the folder, naming the variable', async () => {
    await start();
    const deps = { warn: () => undefined, nowMs: () => 0 };
    await expect(openModelFolder({ folder: join(folder, 'none') }, deps)).rejects.toThrow(/WEFT_MODELS_DIR.*none/);
    await expect(openModelFolder({ folder: join(folder, 'secret.json') }, deps)).rejects.toThrow(/not a folder/);
  });
});

describe('/models-of-relay', () => {
  test.each([
    ['params_shard_0.bin', 'application/octet-stream'],
    ['model.wasm', 'application/wasm'],
    ['tokenizer.json', 'application/json'],
    ['merges.txt', 'text/plain; charset=utf-8'],
  ])('sends %s whole and uncompressed as %s', async (name, type) => {
    await start();
    const answer = await fetch(fileUrl(name), { headers: { 'accept-encoding': 'gzip' } });
    const bytes = await answer.arrayBuffer();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe(type);
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(answer.headers.get('content-length')).toBe(String(bytes.byteLength));
    expect(answer.headers.get('accept-ranges')).toBe('bytes');
    expect(answer.headers.get('cache-control')).toBe('no-cache');
    expect(answer.headers.get('content-security-policy')).not.toBeNull();
  });

  test.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-2', '89', 'bytes 8-9/10'],
    ['bytes=8-100', '89', 'bytes 8-9/10'],
  ])('sends the part %s', async (range, text, contentRange) => {
    await start();
    const answer = await fetch(fileUrl('params_shard_0.bin'), { headers: { range } });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(contentRange);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
    expect(await answer.text()).toBe(text);
  });

  test('refuses a part behind the end and says how long the file is', async () => {
    await start();
    const answer = await fetch(fileUrl('params_shard_0.bin'), { headers: { range: 'bytes=10-' } });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe('bytes */10');
    expect(await answer.text()).toBe('');
  });

  test('sends a part only of the file that the first part was of', async () => {
    await start();
    const url = fileUrl('params_shard_0.bin');
    const tag = (await fetch(url)).headers.get('etag') ?? '';
    const headers = { range: 'bytes=5-', 'if-range': tag };
    expect((await fetch(url, { headers })).status).toBe(206);
    await writeFile(join(root, ID, 'params_shard_0.bin'), 'abcdefghij');
    await utimes(join(root, ID, 'params_shard_0.bin'), new Date(), new Date(Date.now() + 5_000));
    const changed = await fetch(url, { headers });
    expect(changed.status).toBe(200);
    expect(await changed.text()).toBe('abcdefghij');
    expect(changed.headers.get('etag')).not.toBe(tag);
  });

  test('sends an unchanged file once', async () => {
    await start();
    const url = fileUrl('params_shard_0.bin');
    const tag = (await fetch(url)).headers.get('etag') ?? '';
    expect(tag).toMatch(/^".+"$/);
    const again = await fetch(url, { headers: { 'if-none-match': tag } });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
  });

  test('answers HEAD with the size and no content', async () => {
    await start();
    const answer = await fetch(fileUrl('params_shard_0.bin'), { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('10');
    expect(await answer.text()).toBe('');
  });

  test.each([
    `/models-of-relay/${ID}/../../../secret.json`,
    `/models-of-relay/${ID}/..%2f..%2fsecret.json`,
    `/models-of-relay/${ID}/%2e%2e/%2e%2e/secret.json`,
    `/models-of-relay/..%2f/secret.json`,
    `/models-of-relay/../secret.json`,
    `/models-of-relay/${ID}/..%5c..%5csecret.json`,
    `/models-of-relay//etc/passwd`,
    `/models-of-relay/${ID}/%00`,
    `/models-of-relay/${ID}/%`,
    `/models-of-relay/${ID}/`,
    `/models-of-relay/${ID}`,
    `/models-of-relay/`,
    `/models-of-relay/${ID}/.env`,
    `/models-of-relay/${ID}/notes.md`,
    `/models-of-relay/${ID}/params_shard_1.bin`,
    `/models-of-relay/unknown/mlc-chat-config.json`,
    `/models-of-relay/${ID}/mlc-chat-config.json/more`,
  ])('has nothing at %s', async (path) => {
    await start();
    const { status, body } = await rawStatus(path);
    expect(status).toBe(404);
    expect(body).not.toMatch(/outside|hidden|private|root:/);
    expect(body).not.toContain(folder);
  });

  test('does not follow links out of the folder, whenever they are made', async () => {
    await writeModel('linked');
    await rm(join(root, 'linked', 'tokenizer.json'));
    await symlink(join(folder, 'secret.json'), join(root, 'linked', 'tokenizer.json'));
    await symlink(folder, join(root, 'whole'));
    await start();
    expect((await siteConfig()).models.map(({ id }) => id)).toEqual([ID]);
    expect(warnings.join('\n')).toMatch(/"linked" is left out: tokenizer\.json is a link that leads out/);
    await rm(join(root, ID, 'tokenizer.json'));
    await symlink(join(folder, 'secret.json'), join(root, ID, 'tokenizer.json'));
    expect((await fetch(fileUrl('tokenizer.json'))).status).toBe(404);
  });

  test('tells a file that cannot be opened from one that is gone', async () => {
    await start();
    const path = join(root, ID, 'tokenizer.json');
    await rm(path);
    expect((await fetch(fileUrl('tokenizer.json'))).status).toBe(404);
    // A socket is there and is no file to anyone, the system's administrator included.
    const socket = createServer();
    await new Promise<void>((resolve) => socket.listen(path, resolve));
    expect((await fetch(fileUrl('tokenizer.json'))).status).toBe(500);
    await new Promise((resolve) => socket.close(resolve));
  });

  test('follows links that stay in the folder', async () => {
    await mkdir(join(root, '.blobs'));
    await writeFile(join(root, '.blobs', 'abc'), SHARD);
    await rm(join(root, ID, 'params_shard_0.bin'));
    await symlink(join('..', '.blobs', 'abc'), join(root, ID, 'params_shard_0.bin'));
    await start();
    const answer = await fetch(fileUrl('params_shard_0.bin'));
    expect(await answer.text()).toBe('0123456789');
    expect(answer.headers.get('content-type')).toBe('application/octet-stream');
  });

  test('leaves whoever does not read the answer', async () => {
    await writeModel('large', {
      'tensor-cache.json': JSON.stringify({ records: [{ dataPath: 'params_shard_0.bin', nbytes: 50_000_000 }] }),
      'params_shard_0.bin': '.'.repeat(50_000_000),
    });
    await start({ idleMs: 300 });
    const reader = connect(relay.port, '127.0.0.1');
    reader.on('error', () => undefined);
    reader.write('GET /models-of-relay/large/params_shard_0.bin HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await new Promise((resolve) => reader.once('readable', resolve));
    // Resolves only when every connection has ended, and this one is in the middle of an answer.
    await relay.close();
    reader.destroy();
    await start();
  });

  test('refuses other methods', async () => {
    await start();
    expect((await fetch(fileUrl('model.wasm'), { method: 'DELETE' })).status).toBe(405);
  });
});
