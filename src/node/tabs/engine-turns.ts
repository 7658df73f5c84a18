import type { Engine, GenerateEvent, LoadProgress, ModelInfo, ModelRef } from '../../engine/engine.ts';
import { WeftError } from '../../protocol/errors.ts';
import { abortable } from '../abortable.ts';
import { createWaitingLine } from './waiting-line.ts';

/** A load that several callers wait for. */
interface SharedLoad {
  readonly model: ModelRef;
  readonly promise: Promise<ModelInfo>;
  readonly listeners: Set<(progress: LoadProgress) => void>;
}

/**
 * The same engine for many callers at once: what uses it runs one after the other, first come, first served, answers
 * being told how many are before them. Loading the model that is loaded, or being loaded, does not wait in line.
 * Throws app/busy where too many wait.
 */
export function createEngineTurns(engine: Engine): Engine {
  const line = createWaitingLine();
  let loaded: { readonly model: ModelRef; readonly info: ModelInfo } | null = null;
  let loading: SharedLoad | null = null;

  const inTurn = async <T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> => {
    const place = line.join();
    try {
      while (place.ahead > 0) await abortable(place.moved(), signal);
      return await work();
    } finally {
      place.leave();
    }
  };

  const startLoad = (model: ModelRef): SharedLoad => {
    const listeners = new Set<(progress: LoadProgress) => void>();
    const onProgress = (progress: LoadProgress) => {
      for (const listener of listeners) listener(progress);
    };
    // Nobody's signal: whoever stops waiting must not take the model from the others.
    const promise = inTurn(undefined, async () => {
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

  return {
    async load(model, { signal, onProgress }) {
      if (loading === null && loaded !== null && isSame(loaded.model, model)) return loaded.info;
      if (loading === null || !isSame(loading.model, model)) loading = startLoad(model);
      const { promise, listeners } = loading;
      if (onProgress !== undefined) listeners.add(onProgress);
      try {
        return await abortable(promise, signal);
      } finally {
        if (onProgress !== undefined) listeners.delete(onProgress);
      }
    },

    async *generate(request, options): AsyncGenerator<GenerateEvent> {
      const place = line.join();
      try {
        for (;;) {
          // Taken before the reader has its pause, lest the line moves meanwhile unheard.
          const moved = place.moved();
          if (place.ahead === 0) break;
          yield { type: 'queued', ahead: place.ahead };
          await abortable(moved, options.signal);
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

    audit: (ids, positions, options) => inTurn(options.signal, () => engine.audit(ids, positions, options)),
    selfTest: (options) => inTurn(options.signal, () => engine.selfTest(options)),
    unload: () =>
      inTurn(undefined, () => {
        loaded = null;
        return engine.unload();
      }),
  };
}

function isSame(a: ModelRef, b: ModelRef): boolean {
  return a.id === b.id && a.baseUrl === b.baseUrl;
}
