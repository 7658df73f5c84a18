import { describe, expect, test, vi } from 'vitest';
import { shardsOf } from '../../engine/downloads/file-server.fixture.ts';
import {
  entry,
  hangsIn,
  notes,
  openAllowed,
  openTab,
  reaches,
  serveSite,
  served,
  site,
  total,
} from './models.fixture.ts';

describe('what there is', () => {
  test('contacts no other server before the person agrees', async () => {
    const open = openTab();
    await open.models.started;
    await expect(open.models.download(served.model.id)).rejects.toMatchObject({ code: 'download/host-not-allowed' });
    await expect(open.models.addCustom({ modelUrl: served.model.baseUrl, libraryUrl: '' })).rejects.toMatchObject({
      code: 'download/host-not-allowed',
    });
    expect(Object.values(await served.requests()).every((count) => count === 0)).toBe(true);
    expect(open.models.state.current).toMatchObject({ status: 'ready', areHostsAllowed: false });
  });

  test('keeps what the server of the page said while it does not answer', async () => {
    await openAllowed();
    serveSite(() => {
      throw new TypeError('Failed to fetch');
    });
    const later = openTab();
    await later.models.started;
    expect(later.models.state.current.hosts).toEqual([served.origin]);
  });

  test('allows no other server where the page is served without a configuration', async () => {
    await openAllowed();
    serveSite(() => new Response('none', { status: 404 }));
    const later = openTab();
    await vi.waitFor(() => expect(later.models.state.current).toMatchObject({ status: 'ready', hosts: [] }));
    await expect(later.models.download(served.model.id)).rejects.toMatchObject({ code: 'download/host-not-allowed' });
  });

  test('offers what the server of the page has before the same model of the catalogue', async () => {
    const own = {
      id: served.model.id,
      title: 'From here',
      baseUrl: '/models-of-relay/small/',
      libraryUrl: null,
      files: [{ name: 'params_shard_0.bin', sizeBytes: 1234 }],
      modelType: 'llama',
      quantization: 'q4f16_1',
      contextLimit: 512,
    };
    serveSite(() => Response.json({ version: 1, modelHosts: [], models: [own] }));
    const open = openTab();
    await vi.waitFor(() =>
      expect(open.models.state.current.entries.map(({ model }) => model)).toMatchObject([
        {
          id: served.model.id,
          title: 'Small',
          source: 'relay',
          baseUrl: `${location.origin}/models-of-relay/small/`,
          libraryUrl: null,
          runtimes: ['builtin'],
          download: { bytes: 1234, isExact: true },
        },
      ]),
    );
  });

  test('judges anew when the GPU is known', async () => {
    const model = { ...served.model, requiredFeatures: ['shader-f16'], runtimes: ['webllm'] as const };
    const open = openTab({}, [model]);
    await open.models.started;
    expect(entry(open)?.fit.verdict).toBe('fits');
    const adapter = {
      vendor: 'x',
      architecture: '',
      description: '',
      isFallback: false,
      hasF16: false,
      maxBufferBytes: 2 ** 31,
    };
    open.adapter.set(adapter);
    expect(entry(open)?.fit.verdict).toBe('unsupported');
    expect(open.models.state.current.adapter).toBe(adapter);
  });

  test('stores nothing where the browser has no stores, and says why', async () => {
    const open = openTab({ caches: null, locks: null });
    await open.models.started;
    await expect(open.models.download(served.model.id)).rejects.toMatchObject({ code: 'app/insecure-origin' });
  });
});

describe('a download', () => {
  test('is one for two tabs, with its progress in both', async () => {
    await served.serve(shardsOf(served)[1]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const first = await openAllowed();
    const second = openTab();
    await second.models.started;
    await second.models.download(served.model.id);
    await reaches(first, 'downloading');
    await reaches(second, 'downloading');
    await hangsIn(shardsOf(served)[1]!);
    expect(entry(second)?.progress?.loadedBytes).toBeGreaterThan(0);

    await second.models.pause(served.model.id);
    await reaches(first, 'paused');
    await first.models.download(served.model.id);
    await reaches(first, 'ready');
    await reaches(second, 'ready');
    expect(entry(second)).toMatchObject({ storedBytes: total(), progress: null, error: null });
    const { [shardsOf(served)[1]!]: hung, ...others } = await served.requests();
    expect(hung).toBe(2);
    expect(Object.values(others).every((count) => count <= 2)).toBe(true);
    expect(others['mlc-chat-config.json']).toBe(1);
  });

  test('goes on in another tab when the one that worked at it is gone', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const first = await openAllowed();
    await first.models.download(served.model.id);
    await reaches(first, 'downloading');
    await hangsIn(shardsOf(served)[0]!);
    const second = openTab();
    await second.models.started;
    first.crash();
    await reaches(second, 'ready');
  });

  test('goes on by itself at the next start', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const first = await openAllowed();
    await first.models.download(served.model.id);
    await reaches(first, 'downloading');
    await hangsIn(shardsOf(served)[0]!);
    await first.models.stop();
    const second = openTab();
    await reaches(second, 'ready');
  });

  test('that failed says why, in every tab, and a retry works', async () => {
    const page = { kind: 'page', type: 'application/wasm' } as const;
    await served.serve('lib.wasm', undefined, [page, page]);
    const first = await openAllowed();
    const second = openTab();
    await first.models.download(served.model.id);
    await reaches(second, 'failed');
    expect(entry(second)?.error).toMatchObject({ code: 'download/not-a-file', retryable: true });
    await second.models.download(served.model.id);
    await reaches(first, 'ready');
    expect(entry(first)?.error).toBeNull();
  });

  test('that had no connection goes on when there is one again', async () => {
    let isOnline = false;
    const open = await openAllowed({
      fetch: (url, options) =>
        url.endsWith('/weft.json')
          ? Promise.resolve(site())
          : isOnline
            ? fetch(url, options)
            : Promise.reject(new TypeError('Failed to fetch')),
    });
    await open.models.download(served.model.id);
    await reaches(open, 'failed');
    isOnline = true;
    open.goOnline();
    await reaches(open, 'ready');
  });

  test('whose end could not be written down is taken up again later', async () => {
    let isFull = true;
    const open = await openAllowed({
      writeNote(name, value) {
        const isEnd = name === 'models/wishes' && /"(?:stored|failed)"/u.test(JSON.stringify(value));
        if (isFull && isEnd) return Promise.reject(new DOMException('no room', 'QuotaExceededError'));
        notes.set(name, structuredClone(value));
        return Promise.resolve();
      },
    });
    await open.models.download(served.model.id);
    await vi.waitFor(() => expect(open.errors).toHaveLength(1));
    isFull = false;
    await open.models.pause(served.model.id);
    await open.models.download(served.model.id);
    await reaches(open, 'ready');
  });

  test('that does not fit is refused before it begins', async () => {
    const open = await openAllowed({
      storageManager: {
        estimate: () => Promise.resolve({ quota: 1_000_000, usage: 999_000 }),
        persist: () => Promise.resolve(false),
      },
    });
    await expect(open.models.download(served.model.id)).rejects.toMatchObject({ code: 'download/no-space' });
    expect(entry(open)?.stored).toBe('absent');
  });

  test('is given up while it runs in another tab, and leaves nothing', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const first = await openAllowed();
    const second = openTab();
    await first.models.download(served.model.id);
    await reaches(second, 'downloading');
    await hangsIn(shardsOf(served)[0]!);
    await second.models.cancel(served.model.id);
    expect(entry(second)).toMatchObject({ stored: 'absent', storedBytes: 0, progress: null });
    await reaches(first, 'absent');
    for (const store of await caches.keys()) expect(await (await caches.open(store)).keys(), store).toEqual([]);
  });

  test('from another server pauses when the person takes the permission back', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const open = await openAllowed();
    await open.models.download(served.model.id);
    await reaches(open, 'downloading');
    await hangsIn(shardsOf(served)[0]!);
    await open.models.setHostsAllowed(false);
    expect(entry(open)?.stored).toBe('paused');
  });
});

describe('a server that the operator names no more', () => {
  const withoutHosts = () => serveSite(() => Response.json({ version: 1, modelHosts: [], models: [] }));
  const refused = {
    code: 'download/host-not-allowed',
    message: expect.stringMatching(/^Files from .+ may not be fetched here\.$/u) as unknown,
  };

  test('ends the download under way, and says so', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const open = await openAllowed();
    await open.models.download(served.model.id);
    await hangsIn(shardsOf(served)[0]!);
    withoutHosts();
    // Whichever tab hears it.
    openTab();
    await reaches(open, 'failed');
    expect(entry(open)?.error).toMatchObject(refused);
  });

  test('is not asked again when the download goes on', async () => {
    await served.serve(shardsOf(served)[0]!, undefined, [{ kind: 'hang', bytes: 100 }]);
    const open = await openAllowed();
    await open.models.download(served.model.id);
    await hangsIn(shardsOf(served)[0]!);
    await open.models.pause(served.model.id);
    withoutHosts();
    const before = await served.requests();
    await open.models.download(served.model.id);
    await reaches(open, 'failed');
    expect(entry(open)?.error).toMatchObject(refused);
    expect(await served.requests()).toEqual(before);
    await expect(open.models.download(served.model.id)).rejects.toMatchObject({ code: refused.code });
  });
});

describe('stored models', () => {
  test('keep the files that another one needs', async () => {
    const twin = { ...served.model, id: 'twin' };
    const open = await openAllowed({}, [served.model, twin]);
    await open.models.download(served.model.id);
    await reaches(open, 'ready');
    expect(entry(open, 'twin')?.stored).toBe('absent');
    const before = await served.requests();
    await open.models.download('twin');
    await reaches(open, 'ready', 'twin');
    expect(await served.requests()).toEqual(before);
    await open.models.remove(served.model.id);
    expect(entry(open)?.stored).toBe('absent');
    expect(entry(open, 'twin')?.stored).toBe('ready');
    expect(await open.models.check('twin')).toEqual([]);
  });

  test('that could not be deleted are still seen and can be deleted later', async () => {
    let isStuck = true;
    const stuck = {
      async open(name: string) {
        const cache = await caches.open(name);
        return {
          keys: () => cache.keys(),
          match: (url: string) => cache.match(url),
          put: (url: string, response: Response) => cache.put(url, response),
          delete: (url: string) => (isStuck ? Promise.reject(new Error('the disk is busy')) : cache.delete(url)),
        };
      },
    } as unknown as CacheStorage;
    const open = await openAllowed({ caches: stuck });
    await open.models.download(served.model.id);
    await reaches(open, 'ready');
    await expect(open.models.remove(served.model.id)).rejects.toThrow('the disk is busy');
    expect(entry(open)).toMatchObject({ stored: 'ready', storedBytes: total() });
    isStuck = false;
    await open.models.remove(served.model.id);
    for (const store of await caches.keys()) expect(await (await caches.open(store)).keys(), store).toEqual([]);
  });

  test('that were damaged are found, said so in every tab, and healed', async () => {
    const first = await openAllowed();
    const second = openTab();
    await first.models.download(served.model.id);
    await reaches(first, 'ready');
    const [name] = shardsOf(served);
    const cache = await caches.open('webllm/model');
    await cache.put(served.model.baseUrl + name!, new Response(new Uint8Array(served.files.get(name!)!.length)));
    expect(await first.models.check(served.model.id)).toEqual([`${name!} was damaged and is deleted.`]);
    await reaches(second, 'failed');
    await second.models.download(served.model.id);
    await reaches(first, 'ready');
    expect(await first.models.check(served.model.id)).toEqual([]);
  });

  test('that lost a file are not called ready', async () => {
    const first = await openAllowed();
    await first.models.download(served.model.id);
    await reaches(first, 'ready');
    await (await caches.open('webllm/model')).delete(served.model.baseUrl + shardsOf(served)[0]!);
    const second = openTab();
    await reaches(second, 'failed');
    expect(entry(second)?.error?.message).toBe('A part of this model is missing in this browser.');
  });

  test('stay when they are offered no more', async () => {
    const first = await openAllowed();
    await first.models.download(served.model.id);
    await reaches(first, 'ready');
    const second = openTab({}, []);
    await reaches(second, 'ready');
  });
});

describe('a model by address', () => {
  test('is read, added in every tab, downloaded and forgotten with its files', async () => {
    const first = await openAllowed({}, []);
    const second = openTab({}, []);
    const id = await first.models.addCustom({ modelUrl: served.model.baseUrl, libraryUrl: '' });
    expect(entry(first, id)?.model).toMatchObject({
      source: 'custom',
      baseUrl: served.model.baseUrl,
      libraryUrl: null,
      quantization: 'q4f16_1',
      runtimes: ['builtin'],
      contextLimit: 1024,
      requiredFeatures: [],
    });
    await reaches(second, 'absent', id);
    expect(await second.models.addCustom({ modelUrl: ` ${served.model.baseUrl} `, libraryUrl: '' })).toBe(id);
    await second.models.download(id);
    await reaches(first, 'ready', id);
    await first.models.removeCustom(id);
    await vi.waitFor(() => expect(entry(second, id)).toBeUndefined());
    for (const store of await caches.keys()) expect(await (await caches.open(store)).keys(), store).toEqual([]);
  });

  test('gets a name and an id from any address', async () => {
    const { models } = await openAllowed({}, []);
    for (const name of ['mlc-chat-config.json', 'tensor-cache.json']) {
      await served.serve(`100%-a%20b/${name}`, served.files.get(name));
    }
    const id = await models.addCustom({ modelUrl: `${served.model.baseUrl}100%-a%20b/`, libraryUrl: '' });
    expect(id).toMatch(/^custom-100--a-b-[\da-f]{8}$/u);
  });

  test('that is no model, or none that runs here, is refused with the reason', async () => {
    const { models } = await openAllowed({}, []);
    const add = (modelUrl: string) => models.addCustom({ modelUrl, libraryUrl: '' });
    await expect(add('ftp://x/y')).rejects.toMatchObject({ code: 'app/bad-request' });
    await expect(add(`${served.origin}/nothing/`)).rejects.toMatchObject({ code: 'model/not-found' });
    const config = { model_type: 'mamba', quantization: 'q4f16_1', tokenizer_files: ['tokenizer.json'] };
    await served.serve('mlc-chat-config.json', new TextEncoder().encode(JSON.stringify(config)));
    await expect(add(served.model.baseUrl)).rejects.toMatchObject({
      code: 'model/unsupported',
      shortMessage: 'The built-in engine does not run mamba in q4f16_1.',
    });
  });
});
