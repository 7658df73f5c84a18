import { expect, it } from 'vitest';
import { withoutFetching } from './without-fetching.ts';

const url = new URL('/models/weft-guide/weft-manifest.json', location.href).href;

it('lets nothing into a cache from the network while it lasts, and everything afterwards', async () => {
  const cache = await caches.open('weft/test-without-fetching');
  await withoutFetching(async () => {
    await expect(cache.add(url)).rejects.toMatchObject({ code: 'model/not-found', retryable: true });
    await expect(cache.addAll([url])).rejects.toMatchObject({ code: 'model/not-found' });
    await cache.put(url, new Response('stored'));
    expect(await (await cache.match(url))!.text()).toBe('stored');
  });
  await cache.add(url);
  expect(await (await cache.match(url))!.json()).toMatchObject({ version: 1 });
  await caches.delete('weft/test-without-fetching');
});

it('ends also where the work fails', async () => {
  await expect(withoutFetching(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  const cache = await caches.open('weft/test-without-fetching');
  await cache.add(url);
  expect(await cache.match(url)).toBeDefined();
  await caches.delete('weft/test-without-fetching');
});
