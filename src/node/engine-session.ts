import type { Engine, GenerateEvent, GenerateRequest, ModelInfo, ModelRef } from '../engine/engine.ts';
import { WeftError } from '../protocol/errors.ts';
import { abortable } from './abortable.ts';
import type { EngineState, EngineView, Live, ModelChoice } from './app.ts';
import { createLive } from './live.ts';

/** A model that can be picked, with the place of its files. */
export interface ModelOption extends ModelChoice {
  /** Absolute URL of the folder, ending with a slash. */
  readonly baseUrl: string;
}

/** An engine that several tabs share. */
export interface SharedEngine extends Engine {
  readonly role: Live<EngineState['role']>;
}

export interface EngineSessionInit {
  /** At least one; the first is the default. */
  readonly models: readonly [ModelOption, ...ModelOption[]];
}

export interface EngineSessionDeps {
  readonly engine: SharedEngine;
  /** The model the person chose earlier, if any. */
  readonly readModelId: () => Promise<unknown>;
  readonly writeModelId: (modelId: string) => Promise<void>;
}

export interface EngineSession extends EngineView {
  /** As the engine's, but loads the chosen model first where it is not. */
  generate(
    request: (model: ModelInfo) => GenerateRequest,
    options: { readonly signal: AbortSignal },
  ): AsyncIterable<GenerateEvent>;
}

/** The model in use and the state of its engine, as one tab sees it. */
export function createEngineSession(init: EngineSessionInit, deps: EngineSessionDeps): EngineSession {
  const { engine } = deps;
  const [fallback] = init.models;
  const modelId = createLive(fallback.id);
  const state = createLive<EngineState>({
    role: engine.role.current,
    status: 'idle',
    progress: null,
    model: null,
    error: null,
  });
  let loading: { readonly modelId: string; readonly promise: Promise<ModelInfo> } | null = null;

  const change = (part: Partial<EngineState>) => state.set({ ...state.current, ...part });
  const optionOf = (id: string): ModelOption => init.models.find((model) => model.id === id) ?? fallback;

  // A note that cannot be read leaves the default: the failure is reported by whoever reads chats.
  const chosen = deps.readModelId().then(
    (id) => {
      if (typeof id === 'string' && init.models.some((model) => model.id === id)) modelId.set(id);
    },
    () => undefined,
  );

  engine.role.subscribe((role) => {
    const wasReady = state.current.status === 'ready';
    if (role === state.current.role) return;
    change({ role });
    if (!wasReady) return;
    // The engine that was ready has gone with the tab that led; this tab has one of its own or reaches another.
    change({ status: 'idle' });
    void load().catch(() => undefined);
  });

  const start = async (ref: ModelRef): Promise<ModelInfo> => {
    change({ status: 'loading', progress: null, error: null });
    try {
      const model = await engine.load(ref, { onProgress: (progress) => change({ progress }) });
      change({ status: 'ready', progress: null, model });
      return model;
    } catch (error) {
      const failure = WeftError.from(error);
      change({ status: 'failed', progress: null, error: failure.toWire() });
      throw failure;
    }
  };

  const load = async (options: { readonly signal?: AbortSignal } = {}): Promise<ModelInfo> => {
    await abortable(chosen, options.signal);
    const { id, baseUrl } = optionOf(modelId.current);
    const { status, model } = state.current;
    if (status === 'ready' && model?.id === id) return model;
    if (loading?.modelId !== id) {
      // One load at a time: the engine holds one model, and the last one chosen wins.
      const before = loading?.promise.catch(() => undefined);
      const promise = (before ?? Promise.resolve()).then(() => start({ id, baseUrl }));
      const own = { modelId: id, promise };
      loading = own;
      promise
        .finally(() => {
          if (loading === own) loading = null;
        })
        .catch(() => undefined);
    }
    return abortable(loading.promise, options.signal);
  };

  return {
    state,
    models: init.models.map(({ id, title, description }) => ({ id, title, description })),
    modelId,
    load,

    async selectModel(id) {
      if (!init.models.some((model) => model.id === id)) {
        throw new WeftError('model/not-found', `There is no model "${id}" here.`);
      }
      modelId.set(id);
      await deps.writeModelId(id);
      await load();
    },

    async selfTest(options = {}) {
      await load(options);
      return engine.selfTest(options);
    },

    async *generate(request, { signal }) {
      const model = await load({ signal });
      try {
        yield* engine.generate(request(model), { signal });
      } catch (error) {
        const failure = WeftError.from(error);
        // The next load really loads; what is wrong is shown until it succeeds.
        if (isFatal(failure)) change({ status: 'failed', error: failure.toWire() });
        throw failure;
      }
    },
  };
}

/** True where the engine has to be loaded again before it can answer. */
function isFatal({ code }: WeftError): boolean {
  return (
    code === 'engine/not-loaded' ||
    code === 'engine/device-lost' ||
    code === 'engine/out-of-memory' ||
    code === 'app/worker-dead'
  );
}
