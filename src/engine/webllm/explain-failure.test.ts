import { describe, expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { explainFailure } from './explain-failure.ts';

const facts = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Chrome/148.0 Safari/537.36', isSecureContext: true };

const named = (name: string, message: string): Error => Object.assign(new Error(message), { name });

describe('what WebLLM throws', () => {
  it.each([
    ['a browser without WebGPU', named('WebGPUNotAvailableError', 'WebGPU is not supported'), 'engine/no-webgpu'],
    ['no GPU', new Error('Unable to find a compatible GPU. This issue might be'), 'engine/no-adapter'],
    ['no f16', named('ShaderF16SupportError', 'This model requires WebGPU extension shader-f16'), 'engine/no-f16'],
    ['another missing feature', named('FeatureSupportError', 'requires feature subgroups'), 'engine/limits'],
    [
      'small limits',
      new Error('Cannot initialize runtime because of requested maxBufferSize exceeds limit.'),
      'engine/limits',
    ],
    ['a lost GPU', named('DeviceLostError', 'The WebGPU device was lost while loading'), 'engine/device-lost'],
    ['no memory', new RangeError('Array buffer allocation failed'), 'engine/out-of-memory'],
    [
      'a web page as library',
      new WebAssembly.CompileError('WebAssembly.instantiate(): expected magic word 00 61 73 6d'),
      'model/bad-library',
    ],
    [
      'a library of another version',
      new WebAssembly.LinkError('WebAssembly.instantiate(): Import #0 "env": function import requires a callable'),
      'model/bad-library',
    ],
    [
      'a library of another model',
      new Error('Cannot find required VM function `prefill`. Available candidate functions: (none)'),
      'model/bad-library',
    ],
    [
      'a library of an embedding model',
      new Error('Invalid kv_cache ABI. Require either `prefill`+`decode` or `batch_prefill`+`batch_decode`.'),
      'model/bad-library',
    ],
    ['no library', named('MissingModelWasmError', 'Missing `model_lib`'), 'model/unsupported'],
    ['a configuration that is no JSON', new SyntaxError('Unexpected token <'), 'model/bad-config'],
    ['two kinds of windows', named('WindowSizeConfigurationError', 'Only one of'), 'model/bad-config'],
    ['an unknown tokenizer', new Error('Cannot handle tokenizer files vocab.txt'), 'model/bad-tokenizer'],
    ['a wrong hash', named('IntegrityError', 'Integrity verification failed'), 'model/altered'],
    ['a full disk', new DOMException('no room', 'QuotaExceededError'), 'storage/full'],
    [
      'a file that is not there',
      new TypeError("Failed to execute 'add' on 'Cache': Request failed"),
      'model/not-found',
    ],
    ['a truncated file of weights', { code: 3 }, 'model/truncated'],
    [
      'a file of weights that is too short',
      new Error('Tensor-cache record range [0, 1048576) exceeds shard size 100'),
      'model/truncated',
    ],
    ['a refused shader', named('GPUPipelineError', 'Invalid ShaderModule'), 'engine/shader'],
    ['a page that lacks WebLLM', new TypeError('Failed to fetch dynamically imported module: x.js'), 'app/internal'],
    ['something unknown', new Error('InternalError: 7'), 'app/internal'],
  ] as const)('tells of %s', (_, thrown, code) => {
    const error = explainFailure(thrown, facts);
    expect(error).toBeInstanceOf(WeftError);
    expect(error.code).toBe(code);
    expect(error.shortMessage).toMatch(/\S.*\.$|: .+/u);
    expect(error.hints.length).toBeGreaterThan(0);
  });

  it('keeps the cause where it says more than the sentence', () => {
    const cause = new WebAssembly.LinkError('Import #0');
    expect(explainFailure(cause, facts).cause).toBe(cause);
  });

  it('passes on what is explained already', () => {
    const error = new WeftError('model/not-found', 'Not there.');
    expect(explainFailure(error, facts)).toBe(error);
  });
});
