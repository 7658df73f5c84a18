import { WeftError } from '../protocol/errors.ts';

/** What happens to a device outside of any call. */
export interface DeviceWatch {
  /** Why the GPU went away without being asked to; null while it is there. */
  readonly lost: () => GPUDeviceLostInfo | null;
  /** Throws engine/out-of-memory or engine/limits once for what the GPU reported. */
  readonly check: () => void;
  /** From now on its end is wanted. */
  readonly stop: () => void;
}

export function watchDevice(device: GPUDevice): DeviceWatch {
  let isWanted = true;
  let lost: GPUDeviceLostInfo | null = null;
  let fault: GPUError | null = null;
  void device.lost.then((reason) => {
    if (isWanted) lost = reason;
  });
  device.addEventListener('uncapturederror', (event) => {
    // Neither the browser nor a library that listens later shall print what is reported here.
    event.preventDefault();
    event.stopImmediatePropagation();
    fault ??= event.error;
  });
  return {
    lost: () => lost,
    check() {
      if (fault === null) return;
      const cause = fault;
      fault = null;
      throw faultOf(cause);
    },
    stop() {
      isWanted = false;
    },
  };
}

function faultOf(cause: GPUError): WeftError {
  if (cause instanceof GPUOutOfMemoryError) {
    return new WeftError('engine/out-of-memory', 'The GPU ran out of memory.', {
      hints: [
        'Close other tabs and programs that use the GPU, then try again.',
        'Choose a smaller model or a shorter context.',
      ],
      retryable: true,
      cause,
    });
  }
  return new WeftError('engine/limits', `The GPU refused a step: ${cause.message}`, {
    hints: ['Update the browser and the graphics driver, then load the model again.'],
    cause,
  });
}
