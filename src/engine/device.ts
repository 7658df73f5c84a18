import { WeftError } from '../protocol/errors.ts';
import { deviceDescriptor } from './builtin/model/device-descriptor.ts';
import { explainMissingWebGpu, noAdapter } from './device-advice.ts';
import type { AdapterInfo } from './engine.ts';

export interface AcquiredDevice {
  readonly device: GPUDevice;
  readonly info: AdapterInfo;
}

export interface DeviceDeps {
  /** Undefined where the browser has no WebGPU. */
  readonly gpu: GPU | undefined;
  readonly isSecureContext: boolean;
  readonly userAgent: string;
}

/**
 * The fastest GPU of this browser, with its buffer limits raised to what it offers. Throws app/insecure-origin,
 * engine/no-webgpu, engine/no-adapter, engine/device-lost.
 */
export async function acquireDevice(deps: DeviceDeps): Promise<AcquiredDevice> {
  const { gpu } = deps;
  const missing = explainMissingWebGpu({ ...deps, hasWebGpu: gpu !== undefined });
  if (missing !== null || gpu === undefined) throw missing ?? noAdapter(deps.userAgent);
  // Some browsers have an adapter only for those who ask for nothing in particular.
  const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? (await gpu.requestAdapter());
  if (adapter === null) throw noAdapter(deps.userAgent);
  let device: GPUDevice;
  try {
    device = await adapter.requestDevice(deviceDescriptor(adapter));
  } catch (cause) {
    throw deviceLost('The browser refused to open the GPU', cause);
  }
  return { device, info: adapterInfoOf(adapter) };
}

/** Whether a GPU computes, and not a processor that plays one. */
export async function isRealGpu(gpu: GPU | undefined): Promise<boolean> {
  try {
    const adapter = await gpu?.requestAdapter({ powerPreference: 'high-performance' });
    return adapter !== undefined && adapter !== null && !adapterInfoOf(adapter).isFallback;
  } catch {
    // A browser that refuses says so to whoever wants a device.
    return false;
  }
}

/** What the browser says of an adapter. */
export function adapterInfoOf(adapter: GPUAdapter): AdapterInfo {
  // Browsers from before 2025 lack it, or its last field.
  const about = adapter.info as Partial<GPUAdapterInfo> | undefined;
  return {
    vendor: about?.vendor ?? '',
    architecture: about?.architecture ?? '',
    description: about?.description ?? '',
    isFallback: about?.isFallbackAdapter ?? false,
    hasF16: adapter.features.has('shader-f16'),
    maxBufferBytes: adapter.limits.maxBufferSize,
  };
}

/** The GPU is gone: driver reset, sleep, a crash of the browser's GPU process. */
export function deviceLost(what: string, cause?: unknown): WeftError {
  return new WeftError('engine/device-lost', `${what}.`, {
    hints: [
      'Try again. If it keeps happening, close other programs that use the GPU, then restart the browser.',
      'A laptop that wakes from sleep or a driver that updates itself does this once.',
    ],
    cause,
    retryable: true,
  });
}
