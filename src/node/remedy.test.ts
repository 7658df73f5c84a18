import { describe, expect, it } from 'vitest';
import { explainFailure } from '../engine/webllm/explain-failure.ts';
import { remedyOf } from './remedy.ts';

const facts = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0 Safari/537.36', isSecureContext: true };
const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('what is offered beside a failure of WebLLM', () => {
  it.each([
    ['an unknown model', named('ModelNotFoundError', 'Cannot find model record'), 'choose-model'],
    ['no library', named('MissingModelWasmError', 'Missing `model_lib`'), 'choose-model'],
    ['a file that is not there', new TypeError("Failed to execute 'add' on 'Cache': Request failed"), 'download-again'],
    ['a configuration that is no JSON', new SyntaxError('Unexpected token <'), 'choose-model'],
    [
      'a web page as library',
      new WebAssembly.CompileError('WebAssembly.instantiate(): expected magic word 00 61 73 6d'),
      'choose-model',
    ],
    [
      'a library of another version',
      new WebAssembly.LinkError('WebAssembly.instantiate(): Import #0 "env": function import requires a callable'),
      'choose-model',
    ],
    // The whole page says so, with a button that looks for a GPU again.
    ['a browser without WebGPU', named('WebGPUNotAvailableError', 'WebGPU is not supported'), 'try-again'],
    ['no GPU', new Error('Unable to find a compatible GPU. This issue might be'), 'try-again'],
    ['no f16', named('ShaderF16SupportError', 'This model requires WebGPU extension shader-f16'), 'choose-model'],
    ['small limits', new Error('Cannot initialize runtime because of requested maxBufferSize'), 'choose-model'],
    ['a full disk', new DOMException('no room', 'QuotaExceededError'), 'free-space'],
    ['a truncated file of weights', { code: 3 }, 'download-again'],
    ['a wrong hash', named('IntegrityError', 'Integrity verification failed'), 'download-again'],
    ['a model let go while it loaded', named('ModelNotLoadedError', 'Model not loaded before'), 'try-again'],
    ['a lost GPU', named('DeviceLostError', 'The WebGPU device was lost while loading'), 'try-again'],
    ['no memory', new RangeError('Array buffer allocation failed'), 'try-again'],
  ] as const)('%s', (_what, thrown, remedy) => {
    const error = explainFailure(thrown, facts);
    expect(error.shortMessage).toMatch(/^[A-Z].*\.$/u);
    expect(error.code).not.toBe('app/internal');
    expect(remedyOf(error.code)).toBe(remedy);
    // Another try of the same is offered only where it may bring something else.
    if (remedy === 'try-again' && !error.code.startsWith('engine/no-')) expect(error.retryable).toBe(true);
  });
});
