import { WeftError } from '../../protocol/errors.ts';
import { latestOf } from '../../protocol/channel/latest-of.ts';
import { deviceLost } from '../device.ts';
import type { Engine, GenerateEvent, LoadProgress, ModelInfo, ModelRef } from '../engine.ts';
import { isSameModel } from '../is-same-model.ts';
import { checkKnownAnswer } from '../known-answers.ts';
import { logitTolerance } from '../logit-tolerance.ts';
import { runSelfTest } from '../self-test.ts';
import { createGrammarOpener } from './answer-grammar.ts';
import type { GrammarOpener, GrammarOpenerDeps } from './answer-grammar.ts';
import { checkEmbedRequest, checkRequest } from './check-request.ts';
import { candidatesFor, startFastest } from './choose-runtime.ts';
import type { ChooseRuntimeDeps } from './choose-runtime.ts';
import type { CommittedAnswer } from './committed-answer.ts';
import { startEmbedding } from './embedding-model.ts';
import type { EmbeddingModel } from './embedding-model.ts';
import type { EmbeddingRuntime } from './embedding-runtime.ts';
import { embedTexts } from './embed-texts.ts';
import { createPromptEncoder } from './encode-prompt.ts';
import type { Fetch } from './fetch-bytes.ts';
import { createLoadTracker } from './load-tracker.ts';
import { openModelFolder } from './model-folder.ts';
import type { ModelFolder } from './model-folder.ts';
import { modelInfoOf } from './model-info.ts';
import { readTokenizerKit } from './read-tokenizer-kit.ts';
import { recoverDevice } from './recover-device.ts';
import type { OnGpu } from './recover-device.ts';
import type { RunningModel } from './runtime.ts';
import { systemIds } from './system-ids.ts';
import { createTurnQueue } from './turn-queue.ts';
import { abortedAnswer, writeAnswer } from './write-answer.ts';

export interface ModelEngineDeps extends ChooseRuntimeDeps, GrammarOpenerDeps {
  /** Reads model folders. */
  readonly fetch: Fetch;
  /** Turns texts into vectors; absent: nothing here does. */
  readonly embedding?: EmbeddingRuntime;
  /** Told of every answer that committed to something: where openings are kept. */
  readonly onCommitted?: (answer: CommittedAnswer) => void;
}

interface Loaded extends OnGpu {
  readonly ref: ModelRef;
  readonly folder: ModelFolder;
  readonly info: ModelInfo;
  readonly grammars: GrammarOpener;
  gpu: RunningModel;
}

/** The engine over any runtime: one model at a time, one answer at a time, PAR-1 always on. */
export function createModelEngine(deps: ModelEngineDeps): Engine {
  const queue = createTurnQueue();
  const prompts = createPromptEncoder();
  let loaded: Loaded | null = null;
  /** One model at a time is on the GPU: where this one is, no other is loaded. */
  let embedding: EmbeddingModel | null = null;

  const drop = () => {
    loaded?.gpu.destroy();
    loaded?.grammars.dispose();
    loaded = null;
    embedding?.gpu.destroy();
    embedding = null;
  };

  const start = async (
    ref: ModelRef,
    onProgress: ((progress: LoadProgress) => void) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Loaded> => {
    const tracker = createLoadTracker(onProgress);
    tracker.enter('download');
    const folder = await openModelFolder(
      {
        ref,
        signal,
        accept: (configJson) => candidatesFor({ ref, configJson }, deps.runtimes),
        onSizes: tracker.expect,
        onBytes: (bytes) => tracker.smallBytes(bytes),
      },
      deps,
    );
    const gpu = await startFastest({ ref, folder, tracker, signal }, deps);
    try {
      tracker.enter('self-test');
      // Also compiles what the driver left for the first run, so that the first answer does not wait for it.
      const golden = ref.layers === undefined ? folder.golden[0] : undefined;
      const tolerance = logitTolerance({ ...gpu, quantization: folder.summary.quantization });
      if (golden !== undefined) await checkKnownAnswer(golden, gpu.sequence, tolerance, signal);
      const begin = ref.layers === undefined ? systemIds(folder) : new Uint32Array();
      // A model's own prompt that does not even fit is told with the first question.
      if (begin.length > 0 && begin.length < gpu.sequence.contextLimit)
        await gpu.sequence.append(begin.subarray(gpu.sequence.keep(begin)), signal ? { signal } : {});
      gpu.check();
      const { tokenizer, chat, summary } = folder;
      const { stopTokenIds } = chat;
      const grammars = createGrammarOpener({ tokenizer, vocabSize: summary.vocabSize, stopTokenIds }, deps);
      const on: Loaded = {
        ref,
        folder,
        gpu,
        grammars,
        info: modelInfoOf(folder, gpu),
        lastLossAtMs: -Infinity,
        async restart(whileSignal) {
          // On the same runtime: what was committed to so far came from it.
          const same = { ...ref, runtime: on.gpu.runtime };
          const init = { ref: same, folder, tracker: createLoadTracker(undefined), signal: whileSignal };
          on.gpu = await startFastest(init, deps);
        },
        distrust: () => on.gpu.sequence.distrust(),
      };
      return on;
    } catch (error) {
      const reason = gpu.lost();
      gpu.destroy();
      if (reason !== null && signal?.aborted !== true)
        throw deviceLost('The GPU was lost while the model loaded', error);
      throw error;
    }
  };

  /** Makes `ref` the loaded model; call in turn only. */
  const bring = async (
    ref: ModelRef,
    onProgress: ((progress: LoadProgress) => void) | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Loaded> => {
    if (isLoaded(ref) && loaded?.gpu.lost() === null) return loaded;
    // Before the new one comes: two models at once may be more than the GPU holds.
    drop();
    try {
      loaded = await start(ref, onProgress, signal);
      return loaded;
    } catch (error) {
      signal?.throwIfAborted();
      throw WeftError.from(error);
    }
  };

  const bringEmbedding = async (ref: ModelRef, signal: AbortSignal | undefined): Promise<EmbeddingModel> => {
    if (embedding !== null && isSameModel(embedding.ref, ref)) return embedding;
    try {
      embedding = await startEmbedding(ref, { ...deps, beforeGpu: drop }, signal);
      return embedding;
    } catch (error) {
      signal?.throwIfAborted();
      throw WeftError.from(error);
    }
  };

  const isLoaded = (ref: ModelRef): boolean => loaded !== null && isSameModel(loaded.ref, ref);

  const requireLoaded = (): Loaded => {
    if (loaded !== null) return loaded;
    throw new WeftError('engine/not-loaded', 'No model is loaded.', {
      hints: ['Load a model first.'],
      retryable: true,
    });
  };

  const recover = (on: OnGpu, error: unknown, signal: AbortSignal | undefined) =>
    recoverDevice(on, error, signal, { drop, nowMs: deps.nowMs });

  /** Runs work on a model in its turn, again after a lost GPU was replaced. */
  const onModel = <On extends OnGpu, Result>(
    find: () => On | Promise<On>,
    work: (on: On) => Promise<Result>,
    signal: AbortSignal | undefined,
  ) =>
    queue.run(async () => {
      const on = await find();
      if (on.gpu.lost() !== null) await recover(on, null, signal);
      try {
        return await work(on);
      } catch (error) {
        signal?.throwIfAborted();
        on.distrust();
        await recover(on, error, signal);
        return work(on);
      }
    }, signal);

  async function* loading(ref: ModelRef, signal: AbortSignal): AsyncGenerator<GenerateEvent, Loaded, undefined> {
    const steps = latestOf((onProgress: (progress: LoadProgress) => void) => bring(ref, onProgress, signal));
    for (;;) {
      const step = await steps.next();
      if (step.done === true) return step.value;
      yield { type: 'loading', progress: step.value };
    }
  }

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
      let on: Loaded;
      try {
        signal.throwIfAborted();
        // A lost GPU under the wanted model is replaced while the answer is written, which may be told from a load.
        if (loaded !== null && isLoaded(request.model)) on = loaded;
        else on = yield* loading(request.model, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
        yield abortedAnswer(loaded?.info.contextLimit ?? 0);
        return;
      }
      yield* writeAnswer(
        request,
        {
          ...on.folder,
          stopTokenIds: on.folder.chat.stopTokenIds,
          stopTexts: on.folder.chat.template.stopTexts,
          grammars: on.grammars,
          sequence: () => on.gpu.sequence,
          vision: on.gpu.vision,
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
    load: (ref, { signal, onProgress }) => queue.run(async () => (await bring(ref, onProgress, signal)).info, signal),

    generate: (request, { signal }) => generate(request, signal ?? new AbortController().signal),

    audit: ({ model, ids, positions }, { signal }) =>
      onModel(
        () => bring(model, undefined, signal),
        async (on) => {
          on.gpu.sequence.distrust();
          return on.gpu.audit(ids, positions, signal ? { signal } : {});
        },
        signal,
      ),

    forward: ({ model, keep, input }, { signal }) =>
      onModel(
        () => bring(model, undefined, signal),
        (on) => {
          if (on.gpu.forward === null) {
            throw new WeftError('engine/bad-input', 'This engine runs models as a whole only.', {
              hints: ['Ask for the part with the built-in engine.'],
            });
          }
          return on.gpu.forward({ keep, input }, signal ? { signal } : {});
        },
        signal,
      ),

    async embed(rawRequest, { signal }) {
      const { model, inputs } = checkEmbedRequest(rawRequest);
      return onModel(
        () => bringEmbedding(model, signal),
        ({ folder, gpu }) => embedTexts(inputs, { tokenize: folder.tokenize, gpu }, signal),
        signal,
      );
    },

    // Neither waits for its turn: other nodes ask while an answer is written, and the GPU has no part in it.
    tokenizerKit: (ref, { signal }) => readTokenizerKit({ ref, signal }, deps),
    encodePrompt: (request) => Promise.resolve().then(() => prompts.encode(request)),

    selfTest: ({ signal }) =>
      onModel(
        requireLoaded,
        (on) =>
          runSelfTest(
            { ...on.gpu, golden: on.folder.golden, quantization: on.info.quantization },
            { nowMs: deps.nowMs },
            signal,
          ),
        signal,
      ),

    unload: () =>
      queue.run(() => {
        drop();
        return Promise.resolve();
      }),
  };
}
