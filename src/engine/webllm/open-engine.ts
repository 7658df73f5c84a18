import type * as WebLlm from '@mlc-ai/web-llm';
import { WeftError } from '../../protocol/errors.ts';
import { explainMissingWebGpu } from '../device-advice.ts';
import { deviceLost } from '../device.ts';
import type { AdapterInfo } from '../engine.ts';
import type { FolderParts } from '../session/folder-parts.ts';
import type { LoadTracker } from '../session/load-tracker.ts';
import { watchDevice } from '../watch-device.ts';
import type { DeviceWatch } from '../watch-device.ts';
import { withCapturedDevice } from './capture-device.ts';
import type { CapturedDevice } from './capture-device.ts';
import { countTensors } from './count-tensors.ts';
import type { TensorTotals } from './count-tensors.ts';
import { explainFailure, noF16 } from './explain-failure.ts';
import { libraryAddress, modelAddress, requireStored, storedFilesOf } from './stored-files.ts';
import { withoutFetching } from './without-fetching.ts';

export interface WebLlmDeps {
  /** Undefined where the browser has no WebGPU. */
  readonly gpu: GPU | undefined;
  readonly isSecureContext: boolean;
  readonly userAgent: string;
  /** Where downloads have put the model; null where the browser has none. */
  readonly caches: CacheStorage | null;
  /** Imported when the first model needs it: it is larger than the rest of the page. */
  readonly importWebLlm: () => Promise<Pick<typeof WebLlm, 'MLCEngine'>>;
}

export interface OpenEngineInit {
  readonly folder: FolderParts;
  readonly tracker: LoadTracker;
  readonly signal?: AbortSignal | undefined;
  /** What the kind of model adds to its record. */
  readonly record: Pick<WebLlm.ModelRecord, 'overrides' | 'model_type'>;
  readonly logitProcessor?: WebLlm.LogitProcessor;
}

/** A model that WebLLM has put on a GPU. */
export interface OpenedEngine {
  readonly engine: WebLlm.MLCEngine;
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  readonly watch: DeviceWatch;
  readonly totals: TensorTotals;
  /** Turns what WebLLM throws into something to tell. */
  readonly explain: (error: unknown) => WeftError;
  /** Throws what the GPU reported while it was loading. */
  readonly throwReported: () => void;
  readonly release: () => void;
}

/** Of the load, what the weights take; shaders take the rest. */
const WEIGHTS_SHARE = 0.85;

/**
 * Starts WebLLM on what is stored, asking nobody, and hands the engine to `use`. What `use` throws frees the GPU; what the
 * GPU reported meanwhile is thrown instead, since it says more. Throws engine/*, model/*, storage/unavailable and the
 * signal's reason.
 */
export async function withOpenEngine<Result>(
  init: OpenEngineInit,
  deps: WebLlmDeps,
  use: (opened: OpenedEngine) => Promise<Result>,
): Promise<Result> {
  const { signal } = init;
  try {
    return await open(init, deps, use);
  } catch (error) {
    signal?.throwIfAborted();
    throw explainFailure(error, deps);
  }
}

async function open<Result>(
  init: OpenEngineInit,
  deps: WebLlmDeps,
  use: (opened: OpenedEngine) => Promise<Result>,
): Promise<Result> {
  const { folder, tracker, signal } = init;
  const { ref, summary } = folder;
  const { caches } = deps;
  const missing = explainMissingWebGpu({ ...deps, hasWebGpu: deps.gpu !== undefined });
  if (missing !== null) throw missing;
  if (caches === null || ref.libraryUrl === null) {
    throw new WeftError('storage/unavailable', 'This browser stores no models for this page.', {
      hints: ['Open the page over https or on localhost, and not in a private window.'],
    });
  }
  const needsF16 = summary.quantization.includes('f16');
  // WebLLM looks only when it has read the library.
  if (needsF16 && (await deps.gpu?.requestAdapter())?.features.has('shader-f16') === false) throw noF16();
  const totals = countTensors(folder.indexJson, summary.quantization);
  const { weightPaths } = totals;
  await requireStored(storedFilesOf({ baseUrl: ref.baseUrl, libraryUrl: ref.libraryUrl, weightPaths }), caches);
  tracker.enter('compile');
  const { MLCEngine } = await deps.importWebLlm();
  signal?.throwIfAborted();

  const library = await libraryAddress(ref.libraryUrl, caches);
  const engine = new MLCEngine({
    appConfig: {
      cacheBackend: 'cache',
      model_list: [
        {
          model: modelAddress(ref.baseUrl),
          model_id: ref.id,
          model_lib: library,
          required_features: needsF16 ? ['shader-f16'] : [],
          ...init.record,
        },
      ],
    } satisfies WebLlm.AppConfig,
    logitProcessorRegistry: new Map(init.logitProcessor === undefined ? [] : [[ref.id, init.logitProcessor]]),
    logLevel: 'SILENT',
    initProgressCallback({ progress, text }) {
      // Thrown through the load: WebLLM itself stops only what it fetches.
      signal?.throwIfAborted();
      const isCompiling = text.includes('shader');
      tracker.uploaded(isCompiling ? WEIGHTS_SHARE + (1 - WEIGHTS_SHARE) * progress : WEIGHTS_SHARE * progress);
    },
  });

  let captured = null as (CapturedDevice & { readonly watch: DeviceWatch }) | null;
  const release = () => {
    captured?.watch.stop();
    // It frees what it holds at once and then waits for a GPU that may be gone.
    engine.unload().catch(() => undefined);
    captured?.device.destroy();
  };
  const throwReported = () => {
    captured?.watch.check();
    const lost = captured?.watch.lost() ?? null;
    if (lost !== null) throw deviceLost('The GPU was lost while the model was loading', lost.message);
  };
  try {
    await withCapturedDevice(
      () => withoutFetching(() => engine.reload(ref.id)),
      (one) => (captured = { ...one, watch: watchDevice(one.device) }),
    );
    signal?.throwIfAborted();
    if (captured === null) {
      throw new WeftError('app/internal', 'WebLLM started without opening a GPU.', {
        hints: ['Load the model again.'],
      });
    }
    throwReported();
    tracker.weightBytes(totals.weightBytes);
    tracker.uploaded(1);
    const { device, adapter, watch } = captured;
    const explain = (error: unknown) =>
      watch.lost() === null
        ? explainFailure(error, deps)
        : deviceLost('The GPU was lost while the model was computing', error);
    return await use({ engine, device, adapter, watch, totals, explain, throwReported, release });
  } catch (error) {
    try {
      throwReported();
    } finally {
      release();
    }
    throw error;
  } finally {
    URL.revokeObjectURL(library);
  }
}
