import { WeftError } from '../../../protocol/errors.ts';

const MEMORY_HINTS = [
  'Close other tabs and programs that use the GPU, then try again.',
  'Choose a smaller model or a shorter context.',
];

/**
 * Runs `create` (synchronous calls on the device) and turns what the device reports about it into an error:
 * engine/out-of-memory, engine/device-lost, or engine/limits where a call breaks a rule of the device. `what` completes "The GPU could not …".
 */
export async function guarded<Result>(device: GPUDevice, what: string, create: () => Result): Promise<Result> {
  device.pushErrorScope('out-of-memory');
  device.pushErrorScope('validation');
  const outcome = attempt(create);
  const [validation, memory] = await Promise.all([device.popErrorScope(), device.popErrorScope()]).catch(
    (cause: unknown) => {
      throw new WeftError('engine/device-lost', `The GPU stopped while it was asked to ${what}.`, {
        hints: ['Reload the page. If it happens often, close other programs that use the GPU.'],
        cause,
        retryable: true,
      });
    },
  );
  if (memory !== null || (!outcome.ok && outcome.error instanceof RangeError)) {
    throw new WeftError('engine/out-of-memory', `The GPU could not ${what}: its memory is full.`, {
      hints: MEMORY_HINTS,
      cause: memory ?? outcome,
      retryable: true,
    });
  }
  if (!outcome.ok) throw WeftError.from(outcome.error);
  if (validation !== null) {
    throw new WeftError('engine/limits', `The GPU could not ${what}: ${validation.message}`, { cause: validation });
  }
  return outcome.result;
}

type Outcome<Result> = { readonly ok: true; readonly result: Result } | { readonly ok: false; readonly error: unknown };

/** Error scopes must be popped whatever happens in between. */
function attempt<Result>(create: () => Result): Outcome<Result> {
  try {
    return { ok: true, result: create() };
  } catch (error) {
    return { ok: false, error };
  }
}
