import { WeftError } from '../../protocol/errors.ts';
import type { AcquiredDevice } from '../device.ts';
import { createCachedSequence } from '../session/cached-sequence.ts';
import type { RunningModel, Runtime, StartModelInit } from '../session/runtime.ts';
import { watchDevice } from '../watch-device.ts';
import { contextLimitOf } from './context-limit.ts';
import type { KernelVariants } from './kernels/kernel-variants.ts';
import type { ModelConfig } from './model/model-config.ts';
import { parseModelConfig } from './model/parse-model-config.ts';
import type { CreateTransformer } from './model/transformer.ts';
import { createFolderWeightSource } from './weights/folder-weight-source.ts';
import { parseTensorIndex } from './weights/parse-tensor-index.ts';

export interface BuiltinRuntimeDeps {
  readonly acquireDevice: () => Promise<AcquiredDevice>;
  readonly createTransformer: CreateTransformer;
  /** Measures which kernels are fastest on this adapter for this network. */
  readonly chooseVariants: ChooseVariants;
}

export type ChooseVariants = (
  device: GPUDevice,
  config: ModelConfig,
  options: { readonly signal?: AbortSignal },
) => Promise<KernelVariants>;

/** Our own transformer as a runtime. Kernel variants are measured once per network and page. */
export function createBuiltinRuntime(deps: BuiltinRuntimeDeps): Runtime {
  const measured = new Map<string, KernelVariants>();
  return {
    name: 'builtin',

    refuses({ configJson }) {
      try {
        parseModelConfig(configJson);
        return null;
      } catch (error) {
        return WeftError.from(error, 'model/unsupported');
      }
    },

    async start(init) {
      const config = parseModelConfig(init.folder.configJson);
      const key = JSON.stringify(config);
      const { variants, ...model } = await startModel({ ...init, config, variants: measured.get(key) }, deps);
      measured.set(key, variants);
      return model;
    },
  };
}

/** Device, kernels, weights file by file. */
async function startModel(
  init: StartModelInit & {
    readonly config: ModelConfig;
    /** Those measured before on this adapter. */
    readonly variants: KernelVariants | undefined;
  },
  deps: BuiltinRuntimeDeps,
): Promise<RunningModel & { readonly variants: KernelVariants }> {
  const { folder, config, ref, tracker, signal } = init;
  const { device, info } = await deps.acquireDevice();
  const watch = watchDevice(device);
  const withSignal = signal === undefined ? {} : { signal };
  try {
    signal?.throwIfAborted();
    const possible = contextLimitOf(config, device.limits);
    const contextLimit = Math.min(possible, ref.contextLimit ?? possible);
    tracker.enter('tune');
    const variants = init.variants ?? (await deps.chooseVariants(device, config, withSignal));
    signal?.throwIfAborted();
    tracker.enter('compile');
    const weights = createFolderWeightSource({
      index: parseTensorIndex(folder.indexJson),
      files: folder.files,
      onBytes: (received) => tracker.weightBytes(received),
    });
    const transformer = await deps.createTransformer(
      {
        device,
        config,
        range: ref.layers ?? { from: 0, to: config.layerCount },
        maxLength: contextLimit,
        onUpload: (loaded, total) => tracker.uploaded(loaded / Math.max(1, total)),
        ...withSignal,
      },
      { weights, variants },
    );
    return {
      runtime: 'builtin',
      vision: null,
      device,
      adapter: info,
      parameterCount: transformer.parameterCount,
      weightBytes: transformer.weightBytes,
      layerCount: config.layerCount,
      async forward({ keep, input }, options) {
        transformer.truncate(keep);
        return transformer.forwardActivations(input, options);
      },
      audit: (ids, positions, options) => transformer.audit(ids, positions, options),
      sequence: createCachedSequence(transformer),
      variants,
      lost: watch.lost,
      check: watch.check,
      destroy() {
        watch.stop();
        transformer.destroy();
        device.destroy();
      },
    };
  } catch (error) {
    watch.stop();
    device.destroy();
    throw error;
  }
}
