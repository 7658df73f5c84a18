import { describe, expect, test } from 'vitest';
import { openModelFiles } from '../session/model-files.ts';
import { serveModel, shardsOf } from './file-server.fixture.ts';
import type { TransferProgress } from './progress-meter.ts';
import { createStoredFetch } from './stored-fetch.ts';
import { checkStored, findStored, removeStored } from './stored-models.ts';
import { download, downloadCutIn, failure, isReady, served, stored, total, waits } from './download.fixture.ts';

describe('a download', () => {
  test('puts every file where WebLLM looks for it, byte for byte', async () => {
    const seen: TransferProgress[] = [];
    await download({ onProgress: (progress) => seen.push(progress) });
    expect(shardsOf(served).length).toBeGreaterThan(4);
    for (const [name, bytes] of served.files) {
      const store = name.endsWith('.wasm') ? 'wasm' : name === 'mlc-chat-config.json' ? 'config' : 'model';
      const response = await stored(`webllm/${store}`, name);
      expect(new Uint8Array(await response!.arrayBuffer()), name).toEqual(bytes);
    }
    expect(await isReady()).toBe(true);
    expect(seen.at(-1)).toMatchObject({ loadedBytes: total(served), totalBytes: total(served) });
  });

  test('asks for each file once, however often it is started', async () => {
    await download();
    await download();
    const requests = await served.requests();
    expect(new Set(Object.values(requests))).toEqual(new Set([1]));
  });

  test('has at most three files on the way', async () => {
    let open = 0;
    let most = 0;
    await download({
      async fetch(url, init) {
        most = Math.max(most, ++open);
        const response = await fetch(url, init);
        const bytes = await response.arrayBuffer();
        open--;
        return new Response(bytes, response);
      },
    });
    expect(most).toBe(3);
  });

  test('has a file that is huge on the way alone', async () => {
    const records = ['a.bin', 'b.bin', 'c.bin'].map((dataPath) => ({ dataPath, nbytes: 200_000_000 }));
    await served.serve('tensor-cache.json', new TextEncoder().encode(JSON.stringify({ records })));
    let open = 0;
    let most = 0;
    const error = await failure({
      estimate: () => Promise.resolve({}),
      async fetch(url, init) {
        if (!url.endsWith('.bin')) return fetch(url, init);
        most = Math.max(most, ++open);
        // The others would begin meanwhile.
        await new Promise((resolve) => setTimeout(resolve, 300));
        open--;
        return new Response('short');
      },
    });
    expect(error.code).toBe('download/truncated');
    expect(most).toBe(1);
  });

  test('is read by the built-in engine without the network', async () => {
    await download();
    const read = createStoredFetch(
      { origin: location.origin },
      { caches, fetch: () => Promise.reject(new Error('the network was asked')) },
    );
    const files = await openModelFiles({ baseUrl: served.model.baseUrl }, { fetch: read });
    for (const name of [...shardsOf(served), 'tokenizer.json', 'tensor-cache.json', 'mlc-chat-config.json']) {
      expect(await files.read(name, { maxBytes: 1e6 }), name).toEqual(served.files.get(name));
    }
  });

  test('goes on after an abort in the middle of a file, and fetches what is there no second time', async () => {
    const [, , last] = shardsOf(served);
    await expect(downloadCutIn(last!)).rejects.toThrow('the tab was closed');
    expect(await isReady()).toBe(false);
    const before = await served.requests();
    await download();
    expect(await isReady()).toBe(true);
    const after = await served.requests();
    const again = Object.keys(after).filter((name) => after[name]! > Math.max(1, before[name] ?? 0));
    expect(again.length).toBeLessThanOrEqual(3);
    expect(after['mlc-chat-config.json']).toBe(1);
  });

  test('begins anew where the model changed on its server meanwhile', async () => {
    const [first, , last] = shardsOf(served);
    await expect(downloadCutIn(last!)).rejects.toThrow('the tab was closed');
    expect(await stored('webllm/model', first!)).toBeDefined();

    // The same sizes, other weights: only the list tells.
    const index = JSON.parse(new TextDecoder().decode(served.files.get('tensor-cache.json'))) as object;
    await served.serve('tensor-cache.json', new TextEncoder().encode(JSON.stringify({ ...index, version: 2 })));
    const weights = served.files.get(first!)!.map((byte) => byte ^ 1);
    await served.serve(first!, weights);
    expect(await failure()).toMatchObject({ code: 'download/altered', retryable: true });
    expect(await stored('webllm/model', first!)).toBeUndefined();
    await download();
    expect(await isReady()).toBe(true);
    expect(new Uint8Array(await (await stored('webllm/model', first!))!.arrayBuffer())).toEqual(weights);
  });

  test('leaves a whole model usable while another one of the same folder lacks its library', async () => {
    await download();
    const other = { ...served.model, id: 'other', libraryUrl: `${served.model.baseUrl}not-there.wasm` };
    await expect(download({}, { ...served, model: other })).rejects.toMatchObject({ code: 'download/refused' });
    expect(await isReady()).toBe(true);
    expect(await isReady({ ...served, model: other })).toBe(false);
  });

  test('takes the list of weights under its old name and stores it under the new one', async () => {
    const index = served.files.get('tensor-cache.json')!;
    await served.take('tensor-cache.json');
    await served.serve('ndarray-cache.json', index);
    await download();
    expect(new Uint8Array(await (await stored('webllm/model', 'tensor-cache.json'))!.arrayBuffer())).toEqual(index);
  });

  test('takes a library whose address is no text', async () => {
    await served.serve('lib%zz.wasm', served.files.get('lib.wasm'));
    const model = { ...served.model, libraryUrl: `${served.model.baseUrl}lib%zz.wasm` };
    await download({}, { ...served, model });
    expect(await isReady({ ...served, model })).toBe(true);
  });

  test('adopts files that WebLLM stored itself', async () => {
    const [name] = shardsOf(served);
    await (await caches.open('webllm/model')).add(served.model.baseUrl + name!);
    await download();
    expect((await served.requests())[name!]).toBe(1);
  });

  test('contacts no server that is not allowed', async () => {
    const error = await failure({ hosts: ['https://*.example.org'] });
    expect(error.code).toBe('download/host-not-allowed');
    expect(Object.values(await served.requests()).every((count) => count === 0)).toBe(true);
  });
});

describe('a server that fails', () => {
  const config = 'mlc-chat-config.json';

  test('is asked again after 503, as late as it wants, and then it works', async () => {
    const busy = { kind: 'status', status: 503, headers: { 'retry-after': '7' } } as const;
    await served.serve(shardsOf(served)[0]!, undefined, [busy, { kind: 'status', status: 500 }]);
    await download();
    expect(waits).toEqual([7000, 2000]);
    expect(await isReady()).toBe(true);
  });

  test('is asked five times at most, with growing waits', async () => {
    await served.serve(config, undefined, Array(9).fill({ kind: 'status', status: 502 }));
    const error = await failure();
    expect(error).toMatchObject({ code: 'download/refused', retryable: true });
    expect(waits).toEqual([1000, 2000, 4000, 8000]);
    expect((await served.requests())[config]).toBe(5);
  });

  test('with 404 is not asked again, and the file is named', async () => {
    const [name] = shardsOf(served);
    await served.take(name!);
    const error = await failure();
    expect(error.code).toBe('download/refused');
    expect(error.message).toContain(`${name!} could not be downloaded`);
    expect(error.message).toContain('(404)');
    expect(waits).toEqual([]);
  });

  test('that breaks off is asked again for the file', async () => {
    await served.serve(shardsOf(served)[1]!, undefined, [{ kind: 'break', bytes: 1000 }]);
    await download();
    expect(waits).toEqual([1000]);
    expect(await isReady()).toBe(true);
  });

  test('that cannot be reached is said so', async () => {
    const error = await failure({ fetch: () => Promise.reject(new TypeError('Failed to fetch')) });
    expect(error).toMatchObject({ code: 'download/unreachable', retryable: true });
  });
});

describe('a wrong answer', () => {
  test('a web page instead of the library is not kept, and the next try works', async () => {
    const page = { kind: 'page', type: 'application/wasm' } as const;
    await served.serve('lib.wasm', undefined, [page, page]);
    expect((await failure()).code).toBe('download/not-a-file');
    expect(await stored('webllm/wasm', 'lib.wasm')).toBeUndefined();
    await download();
    expect(await isReady()).toBe(true);
  });

  test('a library that is none is refused by its first bytes', async () => {
    await served.serve('lib.wasm', new TextEncoder().encode('not found'));
    expect((await failure()).code).toBe('model/bad-library');
  });

  test('a page instead of the configuration is not kept', async () => {
    await served.serve('mlc-chat-config.json', undefined, Array(4).fill({ kind: 'page', type: 'text/html' }));
    expect((await failure()).code).toBe('download/not-a-file');
    expect(await stored('webllm/config', 'mlc-chat-config.json')).toBeUndefined();
  });

  test('a shard that ends early is not kept', async () => {
    const [name] = shardsOf(served);
    await served.serve(name!, undefined, Array(2).fill({ kind: 'short', bytes: 1000 }));
    const error = await failure();
    expect(error.code).toBe('download/truncated');
    expect(error.message).toMatch(/ends after 1000 of \d+ bytes/u);
    expect(await stored('webllm/model', name!)).toBeUndefined();
    await download();
    expect(await isReady()).toBe(true);
  });

  test('a stored file that fails for ever is deleted and fetched anew', async () => {
    const [name] = shardsOf(served);
    const poison = new Response('<!doctype html><title>Log in</title>');
    await (await caches.open('webllm/model')).put(served.model.baseUrl + name!, poison);
    await download();
    expect(new Uint8Array(await (await stored('webllm/model', name!))!.arrayBuffer())).toEqual(served.files.get(name!));
  });

  test('a stored configuration without content is fetched anew', async () => {
    await download();
    const url = served.model.baseUrl + 'mlc-chat-config.json';
    await (await caches.open('webllm/config')).put(url, new Response(null));
    await download();
    expect((await served.requests())['mlc-chat-config.json']).toBe(2);
    expect(await isReady()).toBe(true);
  });

  test('a list of weights that cannot be read is not kept, and a better one is taken later', async () => {
    const index = served.files.get('tensor-cache.json')!;
    const list = { records: [{ dataPath: '../other/params_shard_0.bin', nbytes: 1 }] };
    await served.serve('tensor-cache.json', new TextEncoder().encode(JSON.stringify(list)));
    expect((await failure()).code).toBe('model/bad-config');
    await served.serve('tensor-cache.json', index);
    await download();
    expect(await isReady()).toBe(true);
  });

  test('a manifest that promises a configuration of a gigabyte is refused before it is asked for', async () => {
    const files = { 'mlc-chat-config.json': { sizeBytes: 2 ** 30, sha256: '0'.repeat(64) } };
    const manifest = { version: 1, model: 'small', quantization: 'q4f16_1', files };
    await served.serve('weft-manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
    expect((await failure()).code).toBe('model/unsupported');
    expect((await served.requests())['mlc-chat-config.json']).toBe(0);
  });

  test('a manifest of the publisher is binding', async () => {
    const [name] = shardsOf(served);
    const files: Record<string, unknown> = {};
    for (const [file, bytes] of served.files) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
      const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
      files[file] = { sizeBytes: bytes.length, sha256 };
    }
    const manifest = { version: 1, model: 'small', quantization: 'q4f16_1', files };
    await served.serve('weft-manifest.json', new TextEncoder().encode(JSON.stringify(manifest)));
    await served.serve(name!, undefined, Array(2).fill({ kind: 'other', byte: 7 }));
    expect((await failure()).code).toBe('download/altered');
    expect(await stored('webllm/model', name!)).toBeUndefined();
    await download();
    expect(await isReady()).toBe(true);
  });
});

describe('space', () => {
  test('that does not suffice is told before the weights are fetched', async () => {
    const error = await failure({ estimate: () => Promise.resolve({ quota: 70_000_000, usage: 69_999_000 }) });
    expect(error.code).toBe('download/no-space');
    expect((await served.requests())[shardsOf(served)[0]!]).toBe(0);
  });

  test('is asked for a file that was here and went, not for one that is here', async () => {
    await download();
    const full = { estimate: () => Promise.resolve({ quota: 70_000_000, usage: 69_999_000 }) };
    await download(full);
    const [name] = shardsOf(served);
    await (await caches.open('webllm/model')).delete(served.model.baseUrl + name!);
    expect((await failure(full)).code).toBe('download/no-space');
    expect((await served.requests())[name!]).toBe(1);
  });

  test('that ends with the record of what is stored is told as such', async () => {
    const full = {
      open: async (name: string) => {
        const cache = await caches.open(name);
        const put = () => Promise.reject(new DOMException('Quota exceeded.', 'QuotaExceededError'));
        return name === 'weft/manifests'
          ? Object.assign(Object.create(cache) as Cache, { match: cache.match.bind(cache), put })
          : cache;
      },
    } as CacheStorage;
    expect((await failure({ caches: full })).code).toBe('download/no-space');
  });

  test('that the browser does not tell is tried', async () => {
    await download({ estimate: () => Promise.reject(new Error('not here')) });
    expect(await isReady()).toBe(true);
  });
});

describe('stored files', () => {
  const { signal } = new AbortController();

  test('that changed are found, deleted and must come back as they were', async () => {
    await download();
    expect(await checkStored(served.model, caches, signal)).toEqual([]);
    const [name] = shardsOf(served);
    const url = served.model.baseUrl + name!;
    const bytes = served.files.get(name!)!;
    await (await caches.open('webllm/model')).put(url, new Response(bytes.toReversed()));
    expect(await checkStored(served.model, caches, signal)).toEqual([`${name!} was damaged and is deleted.`]);
    expect(await isReady()).toBe(false);

    await served.serve(name!, undefined, Array(2).fill({ kind: 'other', byte: 7 }));
    expect((await failure()).code).toBe('download/altered');
    await download();
    expect(await isReady()).toBe(true);
  });

  test('are deleted whole, but not the library of another model', async () => {
    const other = await serveModel({ libraryUrl: served.model.libraryUrl });
    await download();
    await download({}, other);
    await removeStored(served.model, [other.model], caches);
    expect(await findStored([served.model, other.model], caches)).toMatchObject([
      { isReady: false, storedBytes: 0 },
      { isReady: true },
    ]);
    expect(await stored('webllm/wasm', 'lib.wasm')).toBeDefined();
    await removeStored(other.model, [], caches);
    for (const store of await caches.keys()) expect(await (await caches.open(store)).keys(), store).toEqual([]);
  });

  test('of a model that is not whole are not read as one', async () => {
    await served.take(shardsOf(served)[0]!);
    await failure();
    const read = createStoredFetch(
      { origin: location.origin },
      { caches, fetch: () => Promise.reject(new Error('the network was asked')) },
    );
    await expect(read(`${served.model.baseUrl}weft-manifest.json`, {})).rejects.toMatchObject({
      code: 'model/not-found',
    });
  });
});
