import { afterEach, describe, expect, it } from 'vitest';
import { libraryAddress, modelAddress, requireStored, storedFilesOf } from './stored-files.ts';

const model = {
  baseUrl: 'https://models.example/small/',
  libraryUrl: 'https://libraries.example/small.wasm',
  weightPaths: ['params_shard_0.bin', 'params_shard_1.bin'],
};

afterEach(async () => {
  await Promise.all(['webllm/config', 'webllm/wasm', 'webllm/model'].map((name) => caches.delete(name)));
});

const storeAll = async () => {
  for (const { store, url } of storedFilesOf(model)) await (await caches.open(store)).put(url, new Response(url));
};

describe('the address of a model', () => {
  it.each(['https://models.example/small/', 'https://huggingface.co/a/b/resolve/main/', 'http://localhost:8080/m/x/'])(
    'leads to the files of %s and nowhere else, once WebLLM has completed it',
    (baseUrl) => {
      // As WebLLM's `cleanModelUrl` decides whether something is to be appended.
      expect(modelAddress(baseUrl)).toMatch(/.+\/resolve\/.+\//u);
      expect(modelAddress(baseUrl).endsWith('/')).toBe(true);
      expect(new URL('tokenizer.json', modelAddress(baseUrl)).href).toBe(`${baseUrl}tokenizer.json`);
    },
  );
});

describe('stored files', () => {
  it('are accepted when every one is there', async () => {
    await storeAll();
    await expect(requireStored(storedFilesOf(model), caches)).resolves.toBeUndefined();
  });

  it.each(storedFilesOf(model))('are refused without $url', async ({ store, url }) => {
    await storeAll();
    await (await caches.open(store)).delete(url);
    await expect(requireStored(storedFilesOf(model), caches)).rejects.toMatchObject({
      code: 'model/not-found',
      shortMessage: expect.stringContaining(url.split('/').at(-1)!) as unknown,
    });
  });

  it('hand the library over as the bytes that are stored', async () => {
    await storeAll();
    const address = await libraryAddress(model.libraryUrl, caches);
    expect(address).toMatch(/^blob:/u);
    expect(await (await fetch(address)).text()).toBe(model.libraryUrl);
    URL.revokeObjectURL(address);
  });
});
