import type { WeftError } from '../../protocol/errors.ts';
import type { ModelRef } from '../engine.ts';
import type { FolderParts } from './folder-parts.ts';
import type { LoadTracker } from './load-tracker.ts';
import type { ModelToRun } from './runtime.ts';

/** A network that turns texts into vectors, on a GPU. */
export interface RunningEmbedding {
  /** Tokens of one text at most. */
  readonly contextLimit: number;
  /** Texts that it reads at once at most. */
  readonly batchSize: number;
  /** One vector for each text, in their order, as the network gives it; all texts have as many token ids. */
  readonly embed: (texts: readonly Uint32Array[]) => Promise<Float32Array[]>;
  /** Why the GPU went away without being asked to; null while it is there. */
  readonly lost: () => GPUDeviceLostInfo | null;
  /** Throws engine/out-of-memory or engine/limits once for what the GPU reported outside of any call. */
  readonly check: () => void;
  readonly destroy: () => void;
}

export interface StartEmbeddingInit {
  readonly ref: ModelRef;
  readonly folder: FolderParts;
  readonly tracker: LoadTracker;
  readonly signal?: AbortSignal | undefined;
}

/** A way to run embedding models; tokenizer, batches and the length of the vectors are the same for all. */
export interface EmbeddingRuntime {
  /** Why it cannot run this model, before anything is loaded; null where it can try. */
  readonly refuses: (model: ModelToRun) => WeftError | null;
  /** Puts the model on the GPU. Throws engine/*, model/* and the signal's reason. */
  readonly start: (init: StartEmbeddingInit) => Promise<RunningEmbedding>;
}
