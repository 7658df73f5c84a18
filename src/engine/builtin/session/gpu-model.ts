import { WeftError } from '../../../protocol/errors.ts';
import type { AcquiredDevice } from '../../device.ts';
import type { KernelVariants } from '../kernels/kernel-variants.ts';
import type { CreateTransformer, Transformer } from '../model/transformer.ts';
import { createCachedSequence } from './cached-sequence.ts';
import type { CachedSequence } from './cached-sequence.ts';
import { contextLimitOf } from './context-limit.ts';
import { createHttpWeightSource } from './http-weight-source.ts';
import type { LoadTracker } from './load-tracker.ts';
import type { ModelFolder } from './model-folder.ts';

/** A model on a GPU, until it is unloaded or the GPU is lost. */
export interface GpuModel {
  readonly device: GPUDevice;
  readonly adapter: AcquiredDevice['info'];
  readonly transformer: Transformer;
  readonly sequence: CachedSequence;
  /** Why the GPU went away without being asked to; null while it is there. */
  readonly lost: () => GPUDeviceLostInfo | null;
  /** Throws engine/out-of-memory or engine/limits once for what the GPU reported outside of any call. */
  readonly check: () => void;
  readonly destroy: () => void;
}

export interface GpuModelDeps {
  readonly acquireDevice: () => Promise<AcquiredDevice>;
  readonly createTransformer: CreateTransformer;
  /** Measures which kernels are fastest on this adapter for this network. */
  readonly chooseVariants: ChooseVariants;
}

export type ChooseVariants = (
  device: GPUDevice,
  config: ModelFolder['config'],
  options: { readonly signal?: AbortSignal },
) => Promise<KernelVariants>;

/** Puts a model on the GPU: device, kernels, weights file by file. Throws engine/*, model/* and the signal's reason. */
export async function createGpuModel(
  init: {
    readonly folder: ModelFolder;
    readonly tracker: LoadTracker;
    readonly signal?: AbortSignal | undefined;
    /** Those measured before on this adapter. */
    readonly variants?: KernelVariants | undefined;
  },
  deps: GpuModelDeps,
): Promise<GpuModel & { readonly variants: KernelVariants }> {
  const { folder, tracker, signal } = init;
  const { config } = folder;
  const { device, info } = await deps.acquireDevice();
  let isWanted = true;
  let lost: GPUDeviceLostInfo | null = null;
  void device.lost.then((reason) => {
    if (isWanted) lost = reason;
  });
  let fault: GPUError | null = null;
  device.addEventListener('uncapturederror', ({ error }) => {
    fault ??= error;
  });
  const withSignal = signal === undefined ? {} : { signal };
  try {
    signal?.throwIfAborted();
    const contextLimit = contextLimitOf(config, device.limits);
    tracker.enter('tune');
    const variants = init.variants ?? (await deps.chooseVariants(device, config, withSignal));
    signal?.throwIfAborted();
    tracker.enter('compile');
    const weights = createHttpWeightSource({
      index: folder.index,
      files: folder.files,
      onBytes: (received) => tracker.weightBytes(received),
    });
    const transformer = await deps.createTransformer(
      {
        device,
        config,
        range: { from: 0, to: config.layerCount },
        maxLength: contextLimit,
        onUpload: (loaded, total) => tracker.uploaded(loaded / Math.max(1, total)),
        ...withSignal,
      },
      { weights, variants },
    );
    return {
      device,
      adapter: info,
      transformer,
      sequence: createCachedSequence(transformer),
      variants,
      lost: () => lost,
      check() {
        if (fault === null) return;
        const cause = fault;
        fault = null;
        throw gpuFault(cause);
      },
      destroy() {
        isWanted = false;
        transformer.destroy();
        device.destroy();
      },
    };
  } catch (error) {
    isWanted = false;
    device.destroy();
    throw error;
  }
}

function gpuFault(cause: GPUError): WeftError {
  if (cause instanceof GPUOutOfMemoryError) {
    return new WeftError('engine/out-of-memory', 'The GPU ran out of memory while it computed.', {
      hints: [
        'Close other tabs and programs that use the GPU, then try again.',
        'Choose a smaller model or start a new chat.',
      ],
      retryable: true,
      cause,
    });
  }
  return new WeftError('engine/limits', `The GPU refused a step: ${cause.message}`, {
    hints: ['Update the browser and the graphics driver, then load the model again.'],
    cause,
  });
}
