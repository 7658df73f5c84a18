import { isSameModel } from '../../engine/is-same-model.ts';
import type { Engine, GenerateEvent, LoadProgress, ModelInfo, ModelRef } from '../../engine/engine.ts';
import { latestOf } from '../../protocol/channel/latest-of.ts';
import { WeftError } from '../../protocol/errors.ts';
import { abortable } from '../abortable.ts';
import type { Live } from '../app.ts';
import { createLive } from '../live.ts';
import { createWaitingLine } from './waiting-line.ts';

/** A load that several callers wait for. */
interface SharedLoad {
  readonly model: ModelRef;
  readonly promise: Promise<ModelInfo>;
  readonly listeners: Set<(progress: LoadProgress) => void>;
}

/** One engine for everybody of the house, and for the guests behind them. */
export interface EngineTurns extends Engine {
  /** The same engine for other nodes: whatever this one's person asks goes before. */
  readonly guests: Engine;
  /** True while something of this node's own waits for a guest to end. */
  readonly isHeldUp: Live<boolean>;
  /** True while something of this node's own runs or waits. */
  isOwnBusy(): boolean;
}

/**
 * The same engine for many callers at once: what uses it runs one after the other, first come, first served, answers
 * being told how many are before them. Loading the model that is loaded, or being loaded, does not wait in line.
 * Throws app/busy where too many wait.
 */
export function createEngineTurns(engine: Engine): EngineTurns {
  const isHeldUp = createLive(false);
  const line = createWaitingLine((waiting) => isHeldUp.set(waiting > 0));
  let loaded: { readonly model: ModelRef; readonly info: ModelInfo } | null = null;
  let loading: SharedLoad | null = null;

  const inTurn = async <T>(
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
    who: 'own' | 'guest' = 'own',
  ): Promise<T> => {
    const place = line.join(who);
    try {
      while (place.ahead > 0) await abortable(place.moved(), signal);
      return await work();
    } finally {
      place.leave();
    }
  };

  /** `run` waits for the load's turn, or runs it at once where the caller's turn it is. */
  const startLoad = (model: ModelRef, run: (work: () => Promise<ModelInfo>) => Promise<ModelInfo>): SharedLoad => {
    const listeners = new Set<(progress: LoadProgress) => void>();
    const onProgress = (progress: LoadProgress) => {
      for (const listener of listeners) listener(progress);
    };
    // Nobody's signal: whoever stops waiting must not take the model from the others.
    const promise = run(async () => {
      loaded = null;
      const info = await engine.load(model, { onProgress });
      loaded = { model, info };
      return info;
    });
    const own: SharedLoad = { model, promise, listeners };
    promise
      .finally(() => {
        if (loading === own) loading = null;
      })
      .catch(() => undefined);
    return own;
  };

  const facade = (who: 'own' | 'guest'): Engine => ({
    async load(model, { signal, onProgress }) {
      if (loading === null && loaded !== null && isSameModel(loaded.model, model)) return loaded.info;
      if (loading === null || !isSameModel(loading.model, model))
        loading = startLoad(model, (work) => inTurn(undefined, work, who));
      const { promise, listeners } = loading;
      if (onProgress !== undefined) listeners.add(onProgress);
      try {
        return await abortable(promise, signal);
      } finally {
        if (onProgress !== undefined) listeners.delete(onProgress);
      }
    },

    async *generate(request, options): AsyncGenerator<GenerateEvent> {
      const place = line.join(who);
      try {
        for (;;) {
          // Taken before the reader has its pause, lest the line moves meanwhile unheard.
          const moved = place.moved();
          if (place.ahead === 0) break;
          yield { type: 'queued', ahead: place.ahead };
          await abortable(moved, options.signal);
        }
        if (loaded === null || !isSameModel(loaded.model, request.model)) {
          // Whoever asks for this model meanwhile waits for it, not for the answer.
          const own = startLoad(request.model, (work) => work());
          loading = own;
          const reports = latestOf((report: (progress: LoadProgress) => void) => {
            own.listeners.add(report);
            return abortable(own.promise, options.signal);
          });
          try {
            for await (const progress of reports) yield { type: 'loading', progress };
          } catch (error) {
            // The engine says in its own words that the answer was stopped.
            if (options.signal?.aborted !== true) throw error;
          }
        }
        yield* engine.generate(request, options);
      } catch (error) {
        // The engine may have lost the model: the next load asks it, and is quick where it has not.
        if (error instanceof WeftError) loaded = null;
        throw error;
      } finally {
        place.leave();
      }
    },

    audit: (request, options) =>
      inTurn(
        options.signal,
        () => {
          if (loaded !== null && !isSameModel(loaded.model, request.model)) loaded = null;
          return engine.audit(request, options);
        },
        who,
      ),
    forward: (request, options) =>
      inTurn(
        options.signal,
        () => {
          if (loaded !== null && !isSameModel(loaded.model, request.model)) loaded = null;
          return engine.forward(request, options);
        },
        who,
      ),
    embed: (request, options) =>
      inTurn(
        options.signal,
        () => {
          // It takes the GPU from a model that chats.
          loaded = null;
          return engine.embed(request, options);
        },
        who,
      ),
    // Neither uses the GPU, so neither has a place in the line.
    tokenizerKit: (model, options) => engine.tokenizerKit(model, options),
    encodePrompt: (request, options) => engine.encodePrompt(request, options),
    selfTest: (options) => inTurn(options.signal, () => engine.selfTest(options), who),
    unload: () =>
      inTurn(
        undefined,
        () => {
          loaded = null;
          return engine.unload();
        },
        who,
      ),
  });

  return { ...facade('own'), guests: facade('guest'), isHeldUp, isOwnBusy: () => line.hasOwn() };
}
