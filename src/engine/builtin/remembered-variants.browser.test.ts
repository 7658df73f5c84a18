import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_VARIANTS } from './kernels/kernel-variants.ts';
import type { ModelConfig } from './model/model-config.ts';
import { openDevice } from './reference/open-device.ts';
import { createRememberedVariants } from './remembered-variants.ts';

const config = { quantization: 'q0f16', hiddenSize: 64, intermediateSize: 128 } as ModelConfig;
const wider = { ...config, hiddenSize: 128 };
let device: GPUDevice;
let measured: number;

beforeAll(async () => {
  device = await openDevice();
});
afterAll(() => device.destroy());
afterEach(async () => {
  for (const name of await caches.keys()) await caches.delete(name);
});

/** What another start of the page would have. */
function start(store: CacheStorage | null = caches) {
  measured = 0;
  return createRememberedVariants({
    caches: store,
    measure() {
      measured += 1;
      return Promise.resolve({ ...DEFAULT_VARIANTS, norm: 'workgroup' as const });
    },
  });
}

describe('kernel variants', () => {
  it('are measured once for a device and a shape of model', async () => {
    const first = await start()(device, config, {});
    expect(measured).toBe(1);
    const choose = start();
    expect(await choose(device, config, {})).toEqual(first);
    expect(measured).toBe(0);
    await choose(device, wider, {});
    expect(measured).toBe(1);
  });

  it('are measured again where what is kept is no choice of kernels', async () => {
    await start()(device, config, {});
    const [name] = await caches.keys();
    const cache = await caches.open(name!);
    const [request] = await cache.keys();
    for (const damaged of ['{', '{"version":1}', 'null']) {
      await cache.put(request!, new Response(damaged));
      expect(await start()(device, config, {})).toMatchObject({ norm: 'workgroup' });
      expect(measured).toBe(1);
    }
  });

  it('are measured each time where nothing can be kept', async () => {
    const refuses = { open: () => Promise.reject(new DOMException('no', 'SecurityError')) } as unknown as CacheStorage;
    for (const store of [null, refuses]) {
      const choose = start(store);
      await choose(device, config, {});
      await choose(device, config, {});
      expect(measured).toBe(2);
    }
  });
});
