import { WeftError } from '../../protocol/errors.ts';
import type { ErrorCode, WeftErrorInit } from '../../protocol/errors.ts';
import { explainMissingWebGpu, noAdapter } from '../device-advice.ts';
import { deviceLost } from '../device.ts';

export interface FailureFacts {
  readonly userAgent: string;
  readonly isSecureContext: boolean;
}

interface Explanation {
  /** On what WebLLM threw as `Name: message`; it minifies no names and has no codes. */
  readonly matches: RegExp;
  readonly explain: (cause: unknown, facts: FailureFacts) => WeftError;
}

const DOWNLOAD_AGAIN = 'Delete the model from this browser and download it again.';
const LESS_MEMORY = [
  'Close other tabs and programs that use the GPU, then try again.',
  'Choose a smaller model or a shorter context.',
];

const told =
  (code: ErrorCode, sentence: string, init: Omit<WeftErrorInit, 'cause'>): Explanation['explain'] =>
  (cause) =>
    new WeftError(code, sentence, { ...init, cause });

/** A GPU that does not offer browsers what a model computes with. */
export function noF16(cause?: unknown): WeftError {
  return new WeftError('engine/no-f16', 'This model computes in 16 bits, which this GPU does not offer to browsers.', {
    hints: ['Choose one that computes in 32 bits: its name has q4f32 or q0f32.'],
    cause,
  });
}

/** What WebLLM 0.2.86 and the browser under it throw while a model loads or runs, most particular first. */
const EXPLANATIONS: readonly Explanation[] = [
  {
    // The import of WebLLM itself: offline before it was ever stored, or replaced by a newer build.
    matches: /dynamically imported module|module script failed/u,
    explain: told('app/internal', 'The part of the page that runs this model did not load.', {
      hints: ['Check the connection and reload the page.'],
      retryable: true,
    }),
  },
  {
    matches: /^WebGPUNot(Available|Found)Error/u,
    explain: (_, facts) => explainMissingWebGpu({ ...facts, hasWebGpu: false }) ?? noAdapter(facts.userAgent),
  },
  { matches: /Unable to find a compatible GPU/u, explain: (_, { userAgent }) => noAdapter(userAgent) },
  {
    matches: /^ShaderF16SupportError|FeatureSupportError.*shader-f16/u,
    explain: noF16,
  },
  {
    matches: /^FeatureSupportError|unsupported WebGPU feature/u,
    explain: told('engine/limits', 'This model needs something that this GPU does not offer to browsers.', {
      hints: ['Choose another model, or update the browser and the graphics driver.'],
    }),
  },
  {
    matches: /Cannot initialize runtime because of requested|maxStorageBufferBindingSize|exceeds the max buffer size/u,
    explain: told('engine/limits', 'This GPU gives browsers less at once than this model needs.', {
      hints: ['Choose a smaller model.', 'Update the browser and the graphics driver.'],
    }),
  },
  {
    matches: /out of memory|^GPUOutOfMemoryError|^RangeError: .*(allocation|memory)/iu,
    explain: told('engine/out-of-memory', 'There was not enough memory for this model.', {
      hints: LESS_MEMORY,
      retryable: true,
    }),
  },
  {
    matches: /^DeviceLostError|device (is|was) lost|valid external Instance reference no longer exists/iu,
    explain: (cause) => {
      const error = deviceLost('The GPU was lost while the model was on it', cause);
      return new WeftError(error.code, error.shortMessage, {
        hints: [...LESS_MEMORY, ...error.hints],
        retryable: true,
        cause,
      });
    },
  },
  {
    matches: /^LinkError/u,
    explain: told('model/bad-library', 'The model’s library was made for another version of WebLLM.', {
      hints: ['Choose another model; one that was added by its address may have a library made for WebLLM 0.2.86.'],
    }),
  },
  {
    matches: /^CompileError/u,
    explain: told('model/bad-library', 'The file stored as the model’s library is not one.', {
      hints: ['Choose another model.', 'If you added it by its address, check that of the library.'],
    }),
  },
  {
    matches:
      /required VM function|Cannot find (parameter|param|function)|is not cached|^ArtifactManifestError|\bABI\b/iu,
    explain: told('model/bad-library', 'The library belongs to another model than these weights.', {
      hints: [
        'Choose another model.',
        'If you added it by its address, check that library and model have the same name.',
      ],
    }),
  },
  {
    matches: /^ModelNotFoundError/u,
    explain: told('model/unsupported', 'WebLLM does not know this model.', { hints: ['Choose another model.'] }),
  },
  {
    matches: /^ModelNotLoadedError/u,
    explain: told('engine/not-loaded', 'The model was taken off the GPU while it was being loaded.', {
      hints: ['Load it again.'],
      retryable: true,
    }),
  },
  {
    matches: /^MissingModelWasmError/u,
    explain: told('model/unsupported', 'This model has no compiled library.', {
      hints: ['Choose another model.'],
    }),
  },
  {
    matches: /^SyntaxError/u,
    explain: told('model/bad-config', 'A description of the model is not JSON.', {
      hints: ['Choose another model: its publisher has to correct it.', DOWNLOAD_AGAIN],
    }),
  },
  {
    matches: /^(WindowSize|AttentionSink|MinValue|ConfigValue)|^Error: .*sliding_window_size/u,
    explain: told('model/bad-config', 'The model’s configuration contradicts itself.', {
      hints: ['Choose another model: its publisher has to correct it.'],
    }),
  },
  {
    matches: /tokenizer files|tokenizer.*(parse|load)/iu,
    explain: told('model/bad-tokenizer', 'WebLLM cannot read the model’s tokenizer.', {
      hints: ['Choose another model: its publisher has to correct it.', DOWNLOAD_AGAIN],
    }),
  },
  {
    matches: /^IntegrityError/u,
    explain: told('model/altered', 'A stored file is not the one that was published.', { hints: [DOWNLOAD_AGAIN] }),
  },
  {
    matches: /^QuotaExceededError/u,
    explain: told('storage/full', 'This browser has no room left for the model.', {
      hints: ['Delete models you do not use, then try again.'],
      retryable: true,
    }),
  },
  {
    matches: /on 'Cache'|Cannot fetch|Failed to fetch|NetworkError/u,
    explain: told('model/not-found', 'A file of the model is not stored in this browser.', { hints: [DOWNLOAD_AGAIN] }),
  },
  {
    // WebLLM checks the ranges it reads; before 0.2.83 an object without a text came out of the copy to the GPU.
    matches:
      /^\[object Object\]|^OperationError.*(range|size|offset)|Packed BF16|exceeds shard size|data's length equals/iu,
    explain: told('model/truncated', 'A stored file of weights is shorter than the model’s list says.', {
      hints: [DOWNLOAD_AGAIN],
    }),
  },
  {
    matches: /^GPUPipelineError|shader|WGSL/iu,
    explain: told('engine/shader', 'This GPU refused one of the model’s programs.', {
      hints: ['Choose another model, or update the browser and the graphics driver.'],
    }),
  },
];

/** Whatever WebLLM threw, as one sentence and something to do; the cause is kept. A WeftError passes through. */
export function explainFailure(error: unknown, facts: FailureFacts): WeftError {
  if (error instanceof WeftError) return error;
  const text = textOf(error);
  const known = EXPLANATIONS.find(({ matches }) => matches.test(text));
  if (known !== undefined) return known.explain(error, facts);
  return new WeftError('app/internal', `WebLLM failed: ${text}`, {
    hints: ['Load the model again; if it stays, choose another one.'],
    cause: error,
  });
}

/** Errors of the TVM runtime keep the name `Error`; some of WebLLM's have a class and no name. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const name = error.name === 'Error' ? error.constructor.name : error.name;
  return `${name}: ${error.message}`;
}
