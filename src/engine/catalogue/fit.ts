import type { AdapterInfo } from '../engine.ts';
import type { CatalogueModel } from './catalogue-model.ts';

/** Whether this device can run a model, with the reason in one sentence. */
export interface Fit {
  readonly verdict: 'fits' | 'tight' | 'too-big' | 'unsupported';
  readonly reason: string;
}

/** What a page can learn about the device it runs on. */
export interface DeviceFacts {
  /** Null until an engine has seen the GPU, or where there is none. */
  readonly adapter: Pick<AdapterInfo, 'isFallback' | 'hasF16' | 'maxBufferBytes'> | null;
  /** `navigator.deviceMemory`: GiB, rounded and capped at 8 by most browsers; null where the browser does not say. */
  readonly memoryGiB: number | null;
  readonly isMobile: boolean;
}

const GIB = 1024 ** 3;
/** Assumed where the browser does not say. */
const DESKTOP_GIB = 8;
const MOBILE_GIB = 4;
/** The most that browsers say; a device that says it may have more. */
const CAPPED_GIB = 8;
/** A model on a processor: above this nobody waits for the answer. */
const SOFTWARE_BYTES = 0.7 * GIB;

/** A device's room for a model: up to the first it fits, up to the second it is tight. */
interface Room {
  readonly comfortableBytes: number;
  readonly mostBytes: number;
}

/** Judges one model on one device. No browser tells how much graphics memory there is, so this is an estimate. */
export function fitOf(model: CatalogueModel, device: DeviceFacts): Fit {
  const { adapter } = device;
  const needs = gigabytes(model.memoryBytes);
  const lacksF16 = adapter !== null && !adapter.hasF16 && model.requiredFeatures.includes('shader-f16');
  const isBuiltin = model.runtimes.includes('builtin');
  if (lacksF16 && !isBuiltin) {
    return {
      verdict: 'unsupported',
      reason: 'It needs half-precision arithmetic (shader-f16), which this GPU or browser does not offer.',
    };
  }
  if (adapter !== null && (model.largestBufferBytes ?? 0) > adapter.maxBufferBytes) {
    return {
      verdict: 'too-big',
      reason: `It needs ${gigabytes(model.largestBufferBytes!)} in one piece; this GPU allows ${gigabytes(adapter.maxBufferBytes)}.`,
    };
  }
  if (adapter?.isFallback === true) {
    return model.memoryBytes <= SOFTWARE_BYTES
      ? { verdict: 'tight', reason: 'This browser computes without a GPU: it runs, but slowly.' }
      : { verdict: 'too-big', reason: `It needs ${needs} and a GPU; this browser computes without one.` };
  }
  const room = roomOf(device);
  const has = `about ${gigabytes(room.comfortableBytes)} is likely free on this device`;
  if (model.memoryBytes > room.mostBytes) return { verdict: 'too-big', reason: `It needs ${needs}; ${has}.` };
  if (model.memoryBytes > room.comfortableBytes) {
    return { verdict: 'tight', reason: `It needs ${needs}; ${has}. Close other programs first.` };
  }
  if (lacksF16) return { verdict: 'fits', reason: `It needs ${needs}; the built-in engine runs it on this GPU.` };
  return { verdict: 'fits', reason: `It needs ${needs} of memory, which this device should have.` };
}

function roomOf({ memoryGiB, isMobile, adapter }: DeviceFacts): Room {
  const total = (memoryGiB ?? (isMobile ? MOBILE_GIB : DESKTOP_GIB)) * GIB;
  // A phone shares its memory with everything else and closes what takes too much.
  if (isMobile) return { comfortableBytes: 0.3 * total, mostBytes: 0.45 * total };
  const isCapped = (memoryGiB ?? DESKTOP_GIB) >= CAPPED_GIB;
  // GPUs that allow buffers of 4 GiB have several times as much.
  const isLarge = adapter !== null && adapter.maxBufferBytes >= 4 * GIB - 4;
  return {
    comfortableBytes: isLarge && isCapped ? 0.75 * total : 0.5 * total,
    mostBytes: isCapped ? 1.5 * total : 0.75 * total,
  };
}

/** "1.4 GB", "380 MB". */
function gigabytes(bytes: number): string {
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.round(bytes / 1e6)} MB`;
}
