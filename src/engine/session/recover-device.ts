import { WeftError } from '../../protocol/errors.ts';
import { deviceLost } from '../device.ts';
import { LOSS_WINDOW_MS } from './constants.ts';

/** A model on a GPU that can be put on another one. */
export interface OnGpu {
  gpu: { readonly lost: () => GPUDeviceLostInfo | null; readonly destroy: () => void };
  /** When a GPU was last lost under this model. */
  lastLossAtMs: number;
  /** Puts the same model on a GPU again; the one before is destroyed. */
  readonly restart: (signal: AbortSignal | undefined) => Promise<void>;
  /** After a failure nobody knows what it keeps from call to call. */
  readonly distrust: () => void;
}

/**
 * Replaces a GPU that was lost, once a minute; throws `error` where that is not what happened. `drop` gives the model up:
 * the next load starts from the beginning.
 */
export async function recoverDevice(
  on: OnGpu,
  error: unknown,
  signal: AbortSignal | undefined,
  { drop, nowMs }: { readonly drop: () => void; readonly nowMs: () => number },
): Promise<void> {
  const code = error instanceof WeftError ? error.code : null;
  if (on.gpu.lost() === null && code !== 'engine/device-lost') {
    // Buffers that the GPU refused stay refused: the next load makes them anew.
    if (code === 'engine/out-of-memory' || code === 'engine/limits') drop();
    throw error;
  }
  const lostAtMs = nowMs();
  const sinceLossMs = lostAtMs - on.lastLossAtMs;
  on.lastLossAtMs = lostAtMs;
  if (sinceLossMs < LOSS_WINDOW_MS) {
    drop();
    throw deviceLost('The GPU was lost twice within a minute, so it was not started a third time', error);
  }
  on.gpu.destroy();
  try {
    await on.restart(signal);
  } catch (cause) {
    // Whatever it was, there is no model on a GPU now: the next load starts from the beginning.
    drop();
    signal?.throwIfAborted();
    throw WeftError.from(cause, 'engine/device-lost');
  }
}
