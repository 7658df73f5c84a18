import { WeftError } from '../../protocol/errors.ts';
import type { ModelRef } from '../engine.ts';
import { openEmbeddingFolder } from './embedding-folder.ts';
import type { EmbeddingFolder } from './embedding-folder.ts';
import type { EmbeddingRuntime, RunningEmbedding } from './embedding-runtime.ts';
import { createLoadTracker } from './load-tracker.ts';
import type { ModelFilesDeps } from './model-files.ts';
import type { OnGpu } from './recover-device.ts';

/** An embedding model that is ready. */
export interface EmbeddingModel extends OnGpu {
  readonly ref: ModelRef;
  readonly folder: EmbeddingFolder;
  gpu: RunningEmbedding;
}

export interface StartEmbeddingDeps extends ModelFilesDeps {
  /** Undefined where nothing turns texts into vectors. */
  readonly embedding?: EmbeddingRuntime | undefined;
  /** Called once the folder is known to be usable, before the GPU is: two models may be more than it holds. */
  readonly beforeGpu: () => void;
}

/** Opens an embedding model and puts it on the GPU. Throws model/*, engine/* and the signal's reason. */
export async function startEmbedding(
  ref: ModelRef,
  deps: StartEmbeddingDeps,
  signal: AbortSignal | undefined,
): Promise<EmbeddingModel> {
  const runtime = deps.embedding;
  if (runtime === undefined) {
    throw new WeftError('model/unsupported', 'Nothing here turns texts into vectors.', {
      hints: ['Use a browser that runs WebLLM.'],
    });
  }
  const accept = (configJson: unknown) => {
    const refusal = runtime.refuses({ ref, configJson });
    if (refusal !== null) throw refusal;
  };
  const folder = await openEmbeddingFolder({ ref, signal, accept }, deps);
  deps.beforeGpu();
  const start = (whileSignal: AbortSignal | undefined) =>
    runtime.start({ ref, folder, tracker: createLoadTracker(undefined), signal: whileSignal });
  const on: EmbeddingModel = {
    ref,
    folder,
    gpu: await start(signal),
    lastLossAtMs: -Infinity,
    async restart(whileSignal) {
      on.gpu = await start(whileSignal);
    },
    distrust: () => undefined,
  };
  return on;
}
