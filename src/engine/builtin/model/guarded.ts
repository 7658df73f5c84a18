import { WeftError } from '../../../protocol/errors.ts';

const MEMORY_HINTS = [
  'Close other tabs and programs that use the GPU, then try again.',
  'Choose a smaller model or a shorter context.',
];

/**
 * Runs `create` (synchronous calls on the device) and turns what the device reports about it into an error:
 * engine/out-of-memory, or engine/limits where a call breaks a rule of the device. `what` completes "The GPU could not …".
 */
export async function guarded<Result>(device: GPUDevice, what: string, create: () => Result): Promise<Result> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  let result: Result | undefined;
  let thrown: unknown;
  try {
    result = create();
  } catch (error) {
    thrown = error;
  }
  const [validation, memory] = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
  if (memory !== null || thrown instanceof RangeError) {
    throw new WeftError('engine/out-of-memory', `The GPU could not ${what}: its memory is full.`, {
      hints: MEMORY_HINTS,
      cause: memory ?? thrown,
      retryable: true,
    });
  }
  if (thrown !== undefined) throw thrown;
  if (validation !== null) {
    throw new WeftError('engine/limits', `The GPU could not ${what}: ${validation.message}`, { cause: validation });
  }
  return result as Result;
}
