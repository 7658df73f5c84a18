import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelRef } from '../engine.ts';
import { bytesOf, jsonOf, readGuideFiles, writeManifest } from './guide-files.node.fixture.ts';
import { createFolderWeightSource } from '../builtin/weights/folder-weight-source.ts';
import { parseModelConfig } from '../builtin/model/parse-model-config.ts';
import { parseTensorIndex } from '../builtin/weights/parse-tensor-index.ts';
import { openModelFolder } from './model-folder.ts';
import { startModelServer } from './model-server.node.fixture.ts';
import type { Answer, ModelServer } from './model-server.node.fixture.ts';

const deps = { fetch: (url: string, init: RequestInit) => fetch(url, init) };
const SHARD = 'params_shard_0.bin';
let files: Map<string, Uint8Array>;
let server: ModelServer | null = null;

beforeEach(async () => {
  files = await readGuideFiles();
});
afterEach(async () => {
  await server?.stop();
  server = null;
});

const refOf = (baseUrl: string): ModelRef => ({
  id: 'weft-guide',
  baseUrl,
  libraryUrl: null,
  runtime: 'auto',
  contextLimit: null,
});

async function open(answers: Readonly<Record<string, Answer>> = {}, signal?: AbortSignal) {
  server = await startModelServer(files, answers);
  // As the engine does for its own transformer.
  const accept = (configJson: unknown) => void parseModelConfig(configJson);
  const folder = await openModelFolder({ ref: refOf(server.baseUrl), signal, accept }, deps);
  parseTensorIndex(folder.indexJson);
  return folder;
}

async function readShard(answers: Readonly<Record<string, Answer>> = {}, name = SHARD) {
  const folder = await open(answers);
  const source = createFolderWeightSource({
    index: parseTensorIndex(folder.indexJson),
    files: folder.files,
    onBytes: () => undefined,
  });
  return source.read(name, 0, 16, {});
}

const html: Answer = (response) =>
  void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!doctype html>');
const status =
  (code: number): Answer =>
  (response) =>
    void response.writeHead(code).end();
/** Sends other bytes than the file's. */
const sends =
  (change: (bytes: Uint8Array) => Uint8Array): Answer =>
  (response, bytes) =>
    void response.writeHead(200).end(change(bytes!));
const flipped = (bytes: Uint8Array) => bytes.map((byte, at) => (at === 1000 ? byte ^ 1 : byte));

const code = (expected: string, text?: string) =>
  expect.objectContaining({
    code: expected,
    hints: expect.arrayContaining([expect.any(String)]) as string[],
    ...(text === undefined ? {} : { shortMessage: expect.stringContaining(text) as string }),
  }) as Error;

/** Changes a JSON file and lets the manifest agree. */
function edit(name: string, change: (json: Record<string, unknown>) => void): void {
  const json = jsonOf(files.get(name)) as Record<string, unknown>;
  change(json);
  files.set(name, bytesOf(json));
  writeManifest(files);
}

describe('a model folder', () => {
  it('opens, reads only what the model needs, and counts bytes', async () => {
    const folder = await open();
    expect(folder.summary).toEqual({ architecture: 'llama', quantization: 'q0f16', vocabSize: 2048 });
    expect(folder.manifest).toMatch(/^0x[0-9a-f]{64}$/u);
    expect(folder.chat).toMatchObject({ temperature: 0.2, topP: 0.9, stopTokenIds: [2, 0] });
    expect(folder.golden.length).toBeGreaterThan(0);
    expect([...server!.requests.keys()]).not.toContain('README.md');

    const counted: number[] = [];
    const source = createFolderWeightSource({
      index: parseTensorIndex(folder.indexJson),
      files: folder.files,
      onBytes: (received, total) => counted.push(received / total),
    });
    for (const { path, sizeBytes } of parseTensorIndex(folder.indexJson).files) {
      const [head, tail] = await Promise.all([source.read(path, 0, 8, {}), source.read(path, sizeBytes - 8, 8, {})]);
      expect([...head, ...tail]).toEqual([...files.get(path)!.subarray(0, 8), ...files.get(path)!.subarray(-8)]);
      expect(server!.requests.get(path)).toBe(1);
      source.release(path);
    }
    expect(counted.at(-1)).toBe(1);
    expect(counted).toEqual([...counted].sort((a, b) => a - b));
  });

  it('reads the name that the list of tensors had before', async () => {
    files.set('ndarray-cache.json', files.get('tensor-cache.json')!);
    files.delete('tensor-cache.json');
    writeManifest(files);
    expect(parseTensorIndex((await open()).indexJson).files.length).toBe(2);
  });

  it.each<[string, Record<string, Answer>, Error]>([
    ['is not there', { 'weft-manifest.json': status(404) }, code('model/not-found', '404')],
    ['is a web page', { 'weft-manifest.json': html }, code('model/not-found', 'web page')],
    ['is not JSON', { 'weft-manifest.json': sends(() => new TextEncoder().encode('{')) }, code('model/bad-manifest')],
    ['cannot be served', { 'weft-manifest.json': status(503) }, code('model/fetch', '503')],
    [
      'is endless',
      { 'weft-manifest.json': sends(() => new Uint8Array(3_000_000)) },
      code('model/bad-config', 'at most'),
    ],
  ])('says so when its manifest %s', async (_what, answers, error) => {
    await expect(open(answers)).rejects.toEqual(error);
  });

  it.each<[string, unknown]>([
    ['another version', { version: 2, model: 'm', quantization: 'q', files: {} }],
    [
      'a name outside of the folder',
      { version: 1, model: 'm', quantization: 'q', files: { '../x': { sizeBytes: 1, sha256: 'a'.repeat(64) } } },
    ],
    [
      'an address as a name',
      { version: 1, model: 'm', quantization: 'q', files: { 'https://a/b': { sizeBytes: 1, sha256: 'a'.repeat(64) } } },
    ],
    [
      'half a hash',
      { version: 1, model: 'm', quantization: 'q', files: { x: { sizeBytes: 1, sha256: 'a'.repeat(32) } } },
    ],
    [
      'a negative size',
      { version: 1, model: 'm', quantization: 'q', files: { x: { sizeBytes: -1, sha256: 'a'.repeat(64) } } },
    ],
  ])('refuses a manifest with %s', async (_what, manifest) => {
    files.set('weft-manifest.json', bytesOf(manifest));
    await expect(open()).rejects.toEqual(code('model/bad-manifest'));
  });

  it('names a file that the manifest does not list', async () => {
    files.delete('tokenizer.json');
    writeManifest(files);
    await expect(open()).rejects.toEqual(code('model/bad-manifest', 'tokenizer.json'));
  });

  it('says so when nothing answers at its address', async () => {
    const gone = await startModelServer(files);
    await gone.stop();
    const ref = refOf(gone.baseUrl);
    await expect(openModelFolder({ ref }, deps)).rejects.toEqual(code('model/fetch', 'not reached'));
    await expect(openModelFolder({ ref: refOf('models/') }, deps)).rejects.toEqual(code('model/not-found'));
  });

  it.each<[string, string, (json: Record<string, unknown>) => void, Error]>([
    [
      'architecture',
      'mlc-chat-config.json',
      (json) => (json['model_type'] = 'mamba'),
      code('model/unsupported', 'llama'),
    ],
    [
      'quantisation',
      'mlc-chat-config.json',
      (json) => (json['quantization'] = 'q3f16_1'),
      code('model/unsupported', 'q4f16_1'),
    ],
    [
      'configuration',
      'mlc-chat-config.json',
      (json) => delete json['model_config'],
      code('model/bad-config', 'model_config'),
    ],
    [
      'chat template',
      'mlc-chat-config.json',
      (json) => (json['conv_template'] = 'chatml'),
      code('model/bad-template', 'conv_template'),
    ],
    ['stop token', 'mlc-chat-config.json', (json) => (json['eos_token_id'] = 5000), code('model/bad-config', '5000')],
    ['tokenizer', 'tokenizer.json', (json) => delete json['model'], code('model/bad-tokenizer', 'model')],
    [
      'tokenizer decoder',
      'tokenizer.json',
      (json) => (json['decoder'] = { type: 'WordPiece' }),
      code('model/unsupported', 'WordPiece'),
    ],
    ['list of tensors', 'tensor-cache.json', (json) => (json['records'] = []), code('model/bad-config')],
    [
      'known answer',
      'golden.json',
      (json) => (json['cases'] = [{ promptIds: [9999] }]),
      code('model/bad-config', 'golden'),
    ],
  ])('refuses an unusable %s', async (_what, name, change, error) => {
    edit(name, change);
    await expect(open()).rejects.toEqual(error);
  });

  it('stops where the signal says so', async () => {
    const controller = new AbortController();
    const hangs: Answer = (response) => {
      response.writeHead(200).write('{');
      controller.abort(new DOMException('enough', 'AbortError'));
    };
    await expect(open({ 'tokenizer.json': hangs }, controller.signal)).rejects.toThrow('enough');
  });
});

describe('weights over the network', () => {
  it.each<[string, Answer, string, string]>([
    ['shorter', sends((bytes) => bytes.subarray(0, 5000)), 'model/truncated', '5000 of'],
    ['changed in one bit', sends(flipped), 'model/altered', 'SHA-256'],
    ['longer', sends((bytes) => Uint8Array.from([...bytes, 0])), 'model/altered', 'longer'],
    ['missing', status(404), 'model/fetch', '404'],
    ['a web page', html, 'model/fetch', 'web page'],
  ])('are refused by name when a file is %s', async (_what, answer, expected, text) => {
    const failure = readShard({ [SHARD]: answer });
    await expect(failure).rejects.toEqual(code(expected, text));
    await expect(failure).rejects.toEqual(code(expected, SHARD));
  });

  it('are refused when the connection breaks', async () => {
    const breaks: Answer = (response, bytes) => {
      response
        .writeHead(200, { 'content-length': bytes!.length })
        .write(bytes!.subarray(0, 1000), () => response.destroy());
    };
    await expect(readShard({ [SHARD]: breaks })).rejects.toEqual(code('model/fetch', 'broke'));
  });

  it('are asked for once more past the cache when they are damaged', async () => {
    const healsAt2: Answer = (response, bytes, request) =>
      void response.writeHead(200).end(request === 1 ? flipped(bytes!) : bytes);
    expect([...(await readShard({ [SHARD]: healsAt2 }))]).toEqual([...files.get(SHARD)!.subarray(0, 16)]);
    expect(server!.requests.get(SHARD)).toBe(2);
  });

  it('are asked for again after a failure, not refused for ever', async () => {
    const worksAt2: Answer = (response, bytes, request) => {
      if (request === 1) response.writeHead(500).end();
      else response.writeHead(200).end(bytes);
    };
    const folder = await open({ [SHARD]: worksAt2 });
    const source = createFolderWeightSource({
      index: parseTensorIndex(folder.indexJson),
      files: folder.files,
      onBytes: () => undefined,
    });
    await expect(source.read(SHARD, 0, 4, {})).rejects.toEqual(code('model/fetch', '500'));
    expect((await source.read(SHARD, 0, 4, {})).length).toBe(4);
  });

  it('must have the size that the list of tensors says', async () => {
    edit('tensor-cache.json', (json) => {
      (json['records'] as { nbytes: number }[])[0]!.nbytes += 2;
    });
    await expect(readShard()).rejects.toEqual(code('model/altered', 'list of tensors'));
  });
});
