import { expect, it } from 'vitest';
import { guideRef } from '../engine.fixture.ts';
import { createRuntimeMemory } from './runtime-memory.ts';

const adapter = {
  vendor: 'v',
  architecture: 'a',
  description: 'd',
  isFallback: true,
  hasF16: false,
  maxBufferBytes: 1,
};

it('keeps the fastest runtime of each model, and forgets what is damaged', async () => {
  const memory = createRuntimeMemory(caches);
  const ref = { ...guideRef, baseUrl: `https://models.test/${crypto.randomUUID()}/` };
  expect(await memory.read(ref)).toBeNull();
  await memory.write(ref, { runtime: 'webllm', adapter });
  expect(await memory.read(ref)).toEqual({ runtime: 'webllm', adapter });
  expect(await memory.read({ ...ref, libraryUrl: 'https://models.test/other.wasm' })).toBeNull();

  const cache = await caches.open('weft/runtimes/1');
  const keys = (await cache.keys()).filter(({ url }) => url.includes(encodeURIComponent(ref.baseUrl)));
  expect(keys).toHaveLength(1);
  await cache.put(keys[0]!, new Response('{"runtime":"other"}'));
  expect(await memory.read(ref)).toBeNull();
});

it('remembers nothing where the browser has no store', async () => {
  const memory = createRuntimeMemory(null);
  await memory.write(guideRef, { runtime: 'builtin', adapter });
  expect(await memory.read(guideRef)).toBeNull();
});
