import { adapterInfoOf } from '../device.ts';
import type { AdapterInfo } from '../engine.ts';
import { patchMergeState } from './patch-merge-state.ts';

/** The GPU that WebLLM opened for itself. */
export interface CapturedDevice {
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
}

/**
 * Runs `work`, which opens a GPU through `GPUAdapter.requestDevice`, and hands the device over before anyone else has it:
 * WebLLM keeps it to itself. Who wants to hear of its loss asks in `onDevice`, later it is too late. Its shaders pass
 * through {@link patchMergeState}, on every adapter: one barrier costs nothing, and no GPU promises that 16 threads stay
 * in step.
 */
export async function withCapturedDevice<Result>(
  work: () => Promise<Result>,
  onDevice: (captured: CapturedDevice) => void,
): Promise<Result> {
  const prototype = GPUAdapter.prototype;
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with the adapter it is asked of
  const requestDevice = prototype.requestDevice;
  prototype.requestDevice = async function (this: GPUAdapter, descriptor) {
    const device = await requestDevice.call(this, descriptor);
    const createShaderModule = device.createShaderModule.bind(device);
    device.createShaderModule = (module) => createShaderModule({ ...module, code: patchMergeState(module.code) });
    onDevice({ device, adapter: adapterInfoOf(this) });
    // WebLLM never hears of a loss: it would print it and throw the model away in the middle of a step.
    Object.defineProperty(device, 'lost', { value: new Promise(() => undefined) });
    return device;
  };
  try {
    return await work();
  } finally {
    prototype.requestDevice = requestDevice;
  }
}
