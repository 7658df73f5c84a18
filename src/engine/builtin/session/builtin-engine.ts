import { WeftError } from '../../../protocol/errors.ts';
import { deviceLost } from '../../device.ts';
import type { Engine, GenerateEvent, ModelInfo, ModelRef } from '../../engine.ts';
import { checkKnownAnswer } from '../../known-answers.ts';
import { runSelfTest } from '../../self-test.ts';
import type { KernelVariants } from '../kernels/kernel-variants.ts';
import { checkRequest } from './check-request.ts';
import type { CommittedAnswer } from './committed-answer.ts';
import { LOSS_WINDOW_MS } from './constants.ts';
import type { Fetch } from './fetch-bytes.ts';
import { createGpuModel } from './gpu-model.ts';
import type { GpuModel, GpuModelDeps } from './gpu-model.ts';
import { createLoadTracker } from './load-tracker.ts';
import type { LoadTracker } from './load-tracker.ts';
import { openModelFolder } from './model-folder.ts';
import type { ModelFolder } from './model-folder.ts';
import { modelInfoOf } from './model-info.ts';
import { systemIds } from './system-ids.ts';
import { createTurnQueue } from './turn-queue.ts';
import { abortedAnswer, writeAnswer } from './write-answer.ts';

export interface BuiltinEngineDeps extends GpuModelDeps {
  readonly fetch: Fetch;
  readonly nowMs: () => number;
  /** Told of every answer that committed to something: where openings are kept. */
  readonly onCommitted?: (answer: CommittedAnswer) => void;
}

interface Loaded {
  readonly folder: ModelFolder;
  readonly info: ModelInfo;
  gpu: GpuModel;
  /** When a GPU was last lost under this model. */
  lastLossAtMs: number;
}

/** The engine over our own transformer: one model, one answer at a time, PAR-1 always on. */
export function createBuiltinEngine(deps: BuiltinEngineDeps): Engine {
  const queue = createTurnQueue();
  let loaded: Loaded | null = null;
  /** Measured once per device of this page, whatever the model. */
  const variants = new Map<string, KernelVariants>();

  const drop = () => {
    loaded?.gpu.destroy();
    loaded = null;
  };

  const putOnGpu = async (folder: ModelFolder, tracker: LoadTracker, signal: AbortSignal | undefined) => {
    const key = JSON.stringify(folder.config);
    const gpu = await createGpuModel({ folder, tracker, signal, variants: variants.get(key) }, deps);
    variants.set(key, gpu.variants);
    return gpu;
  };

  const start = async (ref: ModelRef, tracker: LoadTracker, signal: AbortSignal | undefined): Promise<Loaded> => {
    tracker.enter('download');
    const folder = await openModelFolder(
      { ref, signal, onSizes: tracker.expect, onBytes: (bytes) => tracker.smallBytes(bytes) },
      deps,
    );
    const gpu = await putOnGpu(folder, tracker, signal);
    try {
      tracker.enter('self-test');
      // Also compiles what the driver left for the first run, so that the first answer does not wait for it.
      const [golden] = folder.golden;
      if (golden !== undefined) await checkKnownAnswer(golden, gpu.sequence, signal);
      const begin = systemIds(folder);
      if (begin.length > 0)
        await gpu.sequence.append(begin.subarray(gpu.sequence.keep(begin)), signal ? { signal } : {});
      gpu.check();
      return { folder, gpu, info: modelInfoOf(folder, gpu), lastLossAtMs: -Infinity };
    } catch (error) {
      const reason = gpu.lost();
      gpu.destroy();
      if (reason !== null && signal?.aborted !== true)
        throw deviceLost('The GPU was lost while the model loaded', error);
      throw error;
    }
  };

  const requireLoaded = (): Loaded => {
    if (loaded !== null) return loaded;
    throw new WeftError('engine/not-loaded', 'No model is loaded.', {
      hints: ['Load a model first.'],
      retryable: true,
    });
  };

  /** Replaces a GPU that was lost, once a minute; throws `error` where that is not what happened. */
  const recover = async (on: Loaded, error: unknown, signal: AbortSignal | undefined) => {
    const code = error instanceof WeftError ? error.code : null;
    if (on.gpu.lost() === null && code !== 'engine/device-lost') {
      // Buffers that the GPU refused stay refused: the next load makes them anew.
      if (code === 'engine/out-of-memory' || code === 'engine/limits') drop();
      throw error;
    }
    const nowMs = deps.nowMs();
    const sinceLossMs = nowMs - on.lastLossAtMs;
    on.lastLossAtMs = nowMs;
    if (sinceLossMs < LOSS_WINDOW_MS) {
      drop();
      throw deviceLost('The GPU was lost twice within a minute, so it was not started a third time', error);
    }
    on.gpu.destroy();
    try {
      on.gpu = await putOnGpu(on.folder, createLoadTracker(undefined), signal);
    } catch (cause) {
      // Whatever it was, there is no model on a GPU now: the next load starts from the beginning.
      drop();
      signal?.throwIfAborted();
      throw WeftError.from(cause, 'engine/device-lost');
    }
  };

  /** Runs work on the loaded model in its turn, again after a lost GPU was replaced. */
  const onModel = <Result>(work: (on: Loaded) => Promise<Result>, signal: AbortSignal | undefined) =>
    queue.run(async () => {
      const on = requireLoaded();
      if (on.gpu.lost() !== null) await recover(on, null, signal);
      try {
        return await work(on);
      } catch (error) {
        signal?.throwIfAborted();
        on.gpu.sequence.distrust();
        await recover(on, error, signal);
        return work(on);
      }
    }, signal);

  const generate = async function* (
    rawRequest: unknown,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent, void, undefined> {
    const request = checkRequest(rawRequest);
    const turn = queue.enter();
    try {
      while (turn.ahead() > 0) {
        yield { type: 'queued', ahead: turn.ahead() };
        try {
          await turn.moved(signal);
        } catch {
          // Only the signal ends the wait; the answer ends without a word.
          yield abortedAnswer(0);
          return;
        }
      }
      const on = requireLoaded();
      if (signal.aborted) {
        yield abortedAnswer(on.info.contextLimit);
        return;
      }
      yield* writeAnswer(
        request,
        {
          tokenizer: on.folder.tokenizer,
          encode: on.folder.encode,
          stopTokenIds: on.folder.chat.stopTokenIds,
          stopTexts: on.folder.chat.template.stopTexts,
          sequence: () => on.gpu.sequence,
          recover: (error, whileSignal) => recover(on, error, whileSignal),
          check: () => on.gpu.check(),
          nowMs: deps.nowMs,
          onCommitted: (answer) => deps.onCommitted?.(answer),
        },
        signal,
      );
    } finally {
      turn.leave();
    }
  };

  return {
    load: (ref, { signal, onProgress }) =>
      queue.run(async () => {
        const { folder, gpu, info } = loaded ?? {};
        const isSame = folder?.ref.id === ref.id && folder.ref.baseUrl === ref.baseUrl;
        if (isSame && gpu?.lost() === null && info !== undefined) return info;
        // Before the new one comes: two models at once may be more than the GPU holds.
        drop();
        try {
          loaded = await start(ref, createLoadTracker(onProgress), signal);
          return loaded.info;
        } catch (error) {
          signal?.throwIfAborted();
          throw WeftError.from(error);
        }
      }, signal),

    generate: (request, { signal }) => generate(request, signal ?? new AbortController().signal),

    audit: (ids, positions, { signal }) =>
      onModel((on) => on.gpu.transformer.audit(ids, positions, signal ? { signal } : {}), signal),

    selfTest: ({ signal }) =>
      onModel((on) => runSelfTest({ ...on.gpu, golden: on.folder.golden }, { nowMs: deps.nowMs }, signal), signal),

    unload: () =>
      queue.run(() => {
        drop();
        return Promise.resolve();
      }),
  };
}
