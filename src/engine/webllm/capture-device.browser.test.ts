import { describe, expect, it } from 'vitest';
import { withCapturedDevice } from './capture-device.ts';
import type { CapturedDevice } from './capture-device.ts';
import { watchDevice } from '../watch-device.ts';
import type { DeviceWatch } from '../watch-device.ts';

/** Opens a GPU as WebLLM does, and watches it as the runtime does. */
async function capture() {
  const seen: (CapturedDevice & { readonly watch: DeviceWatch })[] = [];
  const opened = await withCapturedDevice(
    async () => {
      const adapter = await navigator.gpu.requestAdapter();
      return adapter!.requestDevice();
    },
    (captured) => seen.push({ ...captured, watch: watchDevice(captured.device) }),
  );
  expect(seen).toHaveLength(1);
  return { ...seen[0]!, opened };
}

/** Asks for what no device gives. */
const misuse = async (device: GPUDevice) => {
  device.createBuffer({ size: 4, usage: 0 });
  await device.queue.onSubmittedWorkDone();
};

const requestDeviceNow = (): unknown => Reflect.get(GPUAdapter.prototype, 'requestDevice');

describe('a captured device', () => {
  it('is the one that was opened, described as its adapter is', async () => {
    const { device, adapter, opened } = await capture();
    expect(device).toBe(opened);
    expect(adapter.maxBufferBytes).toBeGreaterThan(0);
    expect(adapter.vendor).toBe(device.adapterInfo.vendor);
    device.destroy();
  });

  it('leaves the browser as it was, also after a failure', async () => {
    const before = requestDeviceNow();
    const failure = new Error('no library');
    await expect(
      withCapturedDevice(
        () => Promise.reject(failure),
        () => undefined,
      ),
    ).rejects.toBe(failure);
    expect(requestDeviceNow()).toBe(before);
  });

  it('tells of its loss to who watches and to nobody else', async () => {
    const { device, watch } = await capture();
    expect(watch.lost()).toBeNull();
    device.destroy();
    await expect.poll(() => watch.lost()?.reason).toBe('destroyed');
    expect(await Promise.race([device.lost, Promise.resolve('no word')])).toBe('no word');
  });

  it('is not lost where its end is wanted', async () => {
    const { device, watch } = await capture();
    const other = await capture();
    watch.stop();
    device.destroy();
    other.device.destroy();
    await expect.poll(() => other.watch.lost()).not.toBeNull();
    expect(watch.lost()).toBeNull();
  });

  it('tells once of what it refused, to nobody who listens later', async () => {
    const { device, watch } = await capture();
    let later = 0;
    device.addEventListener('uncapturederror', () => later++);
    await misuse(device);
    await expect.poll(() => codeOf(watch.check)).toBe('engine/limits');
    expect(codeOf(watch.check)).toBeNull();
    expect(later).toBe(0);
    device.destroy();
  });

  it('compiles the shaders of every program', async () => {
    const { device } = await capture();
    const module = device.createShaderModule({ code: '@compute @workgroup_size(1) fn main() {}' });
    await device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
    device.destroy();
  });
});

function codeOf(check: () => void): unknown {
  try {
    check();
    return null;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
}
