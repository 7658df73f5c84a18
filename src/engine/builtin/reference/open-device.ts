import { deviceDescriptor } from '../model/device-descriptor.ts';

/** A device for tests and measurements, as the engine itself would ask for it. */
export async function openDevice(): Promise<GPUDevice> {
  const adapter = await navigator.gpu.requestAdapter();
  if (adapter === null)
    throw new Error('This browser has no WebGPU adapter; start it with the flags of tools/chromium.ts.');
  return adapter.requestDevice(deviceDescriptor(adapter));
}
