import { afterEach, expect, test } from 'vitest';
import { DEFAULT_VARIANTS } from '../kernels/kernel-variants.ts';
import { createRandomModel } from '../reference/random-model.ts';
import { openDevice } from '../reference/open-device.ts';
import { createRememberedVariants } from './remembered-variants.ts';

const { config } = createRandomModel({
  config: { hiddenSize: 64, intermediateSize: 96, layerCount: 1, headCount: 2, vocabSize: 64 },
  quantization: 'q0f32',
  seed: 1,
});

afterEach(async () => {
  for (const name of await caches.keys()) await caches.delete(name);
});

test('measures once, and again for another width or a damaged memory', async () => {
  const device = await openDevice();
  let measured = 0;
  const choose = createRememberedVariants({
    caches,
    measure: () => {
      measured++;
      return Promise.resolve({ ...DEFAULT_VARIANTS, norm: 'workgroup' });
    },
  });
  expect((await choose(device, config, {})).norm).toBe('workgroup');
  expect((await choose(device, config, {})).norm).toBe('workgroup');
  expect(measured).toBe(1);
  await choose(device, { ...config, hiddenSize: 128 }, {});
  expect(measured).toBe(2);

  const [name] = await caches.keys();
  const cache = await caches.open(name!);
  for (const request of await cache.keys()) await cache.put(request, new Response('{"version":1,"norm":"sideways"}'));
  await choose(device, config, {});
  expect(measured).toBe(3);
  device.destroy();
});

test('works where nothing can be remembered', async () => {
  const device = await openDevice();
  const choose = createRememberedVariants({ caches: null, measure: () => Promise.resolve(DEFAULT_VARIANTS) });
  expect(await choose(device, config, {})).toEqual(DEFAULT_VARIANTS);
  device.destroy();
});
