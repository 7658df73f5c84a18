import type { WeftError } from '../../protocol/errors.ts';
import type { RuntimeName } from '../catalogue/catalogue-model.ts';
import type { AdapterInfo, ForwardRequest, ModelRef } from '../engine.ts';
import type { CachedSequence } from './cached-sequence.ts';
import type { LoadTracker } from './load-tracker.ts';
import type { ModelFolder } from './model-folder.ts';
import type { Vision } from './vision.ts';

/** A model on a GPU, until it is unloaded or the GPU is lost. */
export interface RunningModel {
  readonly runtime: RuntimeName;
  readonly device: GPUDevice;
  readonly adapter: AdapterInfo;
  readonly parameterCount: number;
  readonly weightBytes: number;
  readonly layerCount: number;
  readonly sequence: CachedSequence;
  /** Null where it does not see pictures. */
  readonly vision: Vision | null;
  /** Logits `[vocab]` after each 0-based position of `ids`, from one prefill; the conversation's cache may be lost. */
  readonly audit: (
    ids: Uint32Array,
    positions: Uint32Array,
    options: { readonly signal?: AbortSignal },
  ) => Promise<Float32Array[]>;
  /** As the engine's; null where the runtime has no parts. */
  readonly forward:
    | ((
        request: Pick<ForwardRequest, 'keep' | 'input'>,
        options: { readonly signal?: AbortSignal },
      ) => Promise<Float32Array>)
    | null;
  /** Why the GPU went away without being asked to; null while it is there. */
  readonly lost: () => GPUDeviceLostInfo | null;
  /** Throws engine/out-of-memory or engine/limits once for what the GPU reported outside of any call. */
  readonly check: () => void;
  readonly destroy: () => void;
}

export interface StartModelInit {
  readonly ref: ModelRef;
  readonly folder: ModelFolder;
  readonly tracker: LoadTracker;
  readonly signal?: AbortSignal | undefined;
}

/** A model before anything but its configuration is read. */
export interface ModelToRun {
  readonly ref: ModelRef;
  /** `mlc-chat-config.json`. */
  readonly configJson: unknown;
}

/** A way to run models; the answer writer, the tap, tokenizer and template above it are the same for all. */
export interface Runtime {
  readonly name: RuntimeName;
  /** Why it cannot run this model, before anything is loaded; null where it can try. */
  readonly refuses: (model: ModelToRun) => WeftError | null;
  /** Puts the model on the GPU. Throws engine/*, model/* and the signal's reason. */
  readonly start: (init: StartModelInit) => Promise<RunningModel>;
}
