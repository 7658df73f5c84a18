import * as v from 'valibot';
import type * as WebLlm from '@mlc-ai/web-llm';
import { WeftError } from '../../protocol/errors.ts';
import { explainMissingWebGpu } from '../device-advice.ts';
import { deviceLost } from '../device.ts';
import { EMBEDDING_TYPES } from '../catalogue/runtimes.ts';
import type { RunningModel, Runtime, StartModelInit } from '../session/runtime.ts';
import { withCapturedDevice } from './capture-device.ts';
import type { CapturedDevice } from './capture-device.ts';
import { checkAppends } from './check-appends.ts';
import { countTensors } from './count-tensors.ts';
import { explainFailure } from './explain-failure.ts';
import { createLogitsSink, createPrivatePass, createPublicPass } from './forward-pass.ts';
import type { LogitsSink } from './forward-pass.ts';
import { pipelineOf } from './pipeline.ts';
import { libraryAddress, modelAddress, requireStored, storedFilesOf } from './stored-files.ts';
import { watchDevice } from '../watch-device.ts';
import type { DeviceWatch } from '../watch-device.ts';
import { withoutFetching } from './without-fetching.ts';
import { createWebLlmSequence } from './webllm-sequence.ts';

export interface WebLlmRuntimeDeps {
  /** Undefined where the browser has no WebGPU. */
  readonly gpu: GPU | undefined;
  readonly isSecureContext: boolean;
  readonly userAgent: string;
  /** Where downloads have put the model; null where the browser has none. */
  readonly caches: CacheStorage | null;
  /** Imported when the first model needs it: it is larger than the rest of the page. */
  readonly importWebLlm: () => Promise<Pick<typeof WebLlm, 'MLCEngine'>>;
}

/** Of a model that names no limit: the KV cache is allocated at once, and most graphics memory is small. */
const DEFAULT_CONTEXT_TOKENS = 4096;
/** Of the load, what the weights take; shaders take the rest. */
const WEIGHTS_SHARE = 0.85;

const configSchema = v.object({
  model_type: v.string(),
  context_window_size: v.optional(v.pipe(v.number(), v.safeInteger())),
});

type WatchedDevice = CapturedDevice & { readonly watch: DeviceWatch };

/** Models compiled by MLC, with WebLLM's forward pass and nothing else of it: template, sampling and stops are ours. */
export function createWebLlmRuntime(deps: WebLlmRuntimeDeps): Runtime {
  return {
    name: 'webllm',

    refuses({ ref, configJson }) {
      const config = v.safeParse(configSchema, configJson);
      if (ref.libraryUrl === null || ref.layers !== undefined) {
        return new WeftError('model/unsupported', `${ref.id} has no library that WebLLM could run.`, {
          hints: ['Run it with the built-in engine, or choose a model with a library.'],
        });
      }
      if (config.success && EMBEDDING_TYPES.includes(config.output.model_type)) {
        return new WeftError('model/unsupported', `${ref.id} compares texts and writes no answers.`, {
          hints: ['Choose a chat model.'],
        });
      }
      return null;
    },

    async start(init) {
      const { signal } = init;
      try {
        return await startModel(init, deps);
      } catch (error) {
        signal?.throwIfAborted();
        throw explainFailure(error, deps);
      }
    },
  };
}

async function startModel(init: StartModelInit, deps: WebLlmRuntimeDeps): Promise<RunningModel> {
  const { ref, folder, tracker, signal } = init;
  const { caches } = deps;
  const missing = explainMissingWebGpu({ ...deps, hasWebGpu: deps.gpu !== undefined });
  if (missing !== null) throw missing;
  if (caches === null || ref.libraryUrl === null) {
    throw new WeftError('storage/unavailable', 'This browser stores no models for this page.', {
      hints: ['Open the page over https or on localhost, and not in a private window.'],
    });
  }
  const totals = countTensors(folder.indexJson, folder.summary.quantization);
  const { weightPaths } = totals;
  await requireStored(storedFilesOf({ baseUrl: ref.baseUrl, libraryUrl: ref.libraryUrl, weightPaths }), caches);
  tracker.enter('compile');
  const { MLCEngine } = await deps.importWebLlm();
  signal?.throwIfAborted();

  const contextLimit = contextLimitOf(init);
  const sink = createLogitsSink(folder.summary.vocabSize);
  const library = await libraryAddress(ref.libraryUrl, caches);
  const engine = new MLCEngine({
    appConfig: {
      cacheBackend: 'cache',
      model_list: [
        {
          model: modelAddress(ref.baseUrl),
          model_id: ref.id,
          model_lib: library,
          overrides: { context_window_size: contextLimit, sliding_window_size: -1 },
          required_features: folder.summary.quantization.includes('f16') ? ['shader-f16'] : [],
        },
      ],
    } satisfies WebLlm.AppConfig,
    logitProcessorRegistry: new Map([[ref.id, intoSink(sink)]]),
    logLevel: 'SILENT',
    initProgressCallback({ progress, text }) {
      // Thrown through the load: WebLLM itself stops only what it fetches.
      signal?.throwIfAborted();
      const isCompiling = text.includes('shader');
      tracker.uploaded(isCompiling ? WEIGHTS_SHARE + (1 - WEIGHTS_SHARE) * progress : WEIGHTS_SHARE * progress);
    },
  });

  let captured = null as WatchedDevice | null;
  const release = () => {
    captured?.watch.stop();
    // It frees what it holds at once and then waits for a GPU that may be gone.
    engine.unload().catch(() => undefined);
    captured?.device.destroy();
  };
  try {
    await withCapturedDevice(
      () => withoutFetching(() => engine.reload(ref.id)),
      (one) => (captured = { ...one, watch: watchDevice(one.device) }),
    );
    signal?.throwIfAborted();
    const { device, adapter, watch } = requireCaptured(captured);
    throwReported(captured);
    tracker.weightBytes(totals.weightBytes);
    tracker.uploaded(1);

    const pipeline = pipelineOf(engine, ref.id);
    const explain = (error: unknown) =>
      watch.lost() === null
        ? explainFailure(error, deps)
        : deviceLost('The GPU was lost while the model was computing', error);
    const pass = pipeline === null ? createPublicPass(engine, sink) : createPrivatePass(pipeline, sink);
    const sequence = createWebLlmSequence({ pass, contextLimit, vocabSize: folder.summary.vocabSize, explain });
    await checkAppends(sequence, signal);
    throwReported(captured);
    return {
      runtime: 'webllm',
      device,
      adapter,
      parameterCount: totals.parameterCount,
      weightBytes: totals.weightBytes,
      layerCount: totals.layerCount,
      sequence,
      audit: sequence.audit,
      forward: null,
      lost: watch.lost,
      check: watch.check,
      destroy: release,
    };
  } catch (error) {
    try {
      throwReported(captured);
    } finally {
      release();
    }
    throw error;
  } finally {
    URL.revokeObjectURL(library);
  }
}

function contextLimitOf({ ref, folder }: StartModelInit): number {
  const { context_window_size: trained = -1 } = v.parse(configSchema, folder.configJson);
  const wanted = ref.contextLimit ?? DEFAULT_CONTEXT_TOKENS;
  return trained > 0 ? Math.min(trained, wanted) : wanted;
}

/** Gives the public way of getting at logits somewhere to put them; the private one does not come by. */
function intoSink(sink: LogitsSink): WebLlm.LogitProcessor {
  return {
    processLogits(logits) {
      sink.put(logits);
      return logits;
    },
    processSampledToken: () => undefined,
    resetState: () => undefined,
  };
}

function requireCaptured(captured: WatchedDevice | null): WatchedDevice {
  if (captured !== null) return captured;
  throw new WeftError('app/internal', 'WebLLM started without opening a GPU.', { hints: ['Load the model again.'] });
}

/** What the GPU reported while WebLLM loaded says more than what WebLLM makes of it. */
function throwReported(captured: WatchedDevice | null): void {
  captured?.watch.check();
  const lost = captured?.watch.lost() ?? null;
  if (lost !== null) throw deviceLost('The GPU was lost while the model was loading', lost.message);
}
