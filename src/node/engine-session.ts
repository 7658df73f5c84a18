import type { Engine, GenerateEvent, GenerateRequest, ModelInfo, ModelRef } from '../engine/engine.ts';
import { WeftError } from '../protocol/errors.ts';
import { abortable } from './abortable.ts';
import type { EngineState, EngineView, Live, ModelChoice } from './app.ts';
import type { Energy } from './energy.ts';
import { createLive } from './live.ts';

/** A model that can be picked, with the place of its files. */
export interface ModelOption extends ModelChoice {
  readonly ref: ModelRef;
}

/** An engine that several tabs share. */
export interface SharedEngine extends Engine {
  readonly role: Live<EngineState['role']>;
  /** See {@link EngineState}. */
  readonly isLeaderSilent: Live<boolean>;
}

export interface EngineSessionDeps {
  /** What can be picked now: those whose files are here. The first is there always, and is the default. */
  readonly models: Live<readonly [ModelOption, ...ModelOption[]]>;
  readonly engine: SharedEngine;
  readonly energy: Pick<Energy, 'begin' | 'pace'>;
  /** The model the person chose earlier, if any. */
  readonly readModelId: () => Promise<unknown>;
  readonly writeModelId: (modelId: string) => Promise<void>;
  /** Looks at the stored files of a model that did not load; resolves to whether damaged ones are being fetched again. */
  readonly repair: (modelId: string) => Promise<boolean>;
}

interface AnswerOptions {
  readonly signal: AbortSignal;
  /** Who answers; absent, null or no longer here: the chosen model. */
  readonly modelId?: string | null;
}

export interface EngineSession extends EngineView {
  /** The model of this device that is in use, or was last; null where none runs here. */
  ownModel(): ModelOption | null;
  /** An answer by the wanted model, or the chosen one; loads it first where it is not. */
  generate(
    request: (model: ModelInfo) => Promise<Omit<GenerateRequest, 'model'>>,
    options: AnswerOptions,
  ): AsyncIterable<GenerateEvent>;
}

/** The model in use and the state of its engine, as one tab sees it. */
export function createEngineSession(deps: EngineSessionDeps): EngineSession {
  const { engine, models } = deps;
  const modelId = createLive(models.current[0].id);
  const state = createLive<EngineState>({
    role: engine.role.current,
    isLeaderSilent: engine.isLeaderSilent.current,
    hasNoGpu: false,
    status: 'idle',
    progress: null,
    model: null,
    error: null,
  });
  let loading: { readonly modelId: string; readonly promise: Promise<ModelInfo> } | null = null;

  const change = (part: Partial<EngineState>) => state.set({ ...state.current, ...part });
  const find = (id: string): ModelOption | undefined => models.current.find((model) => model.id === id);
  const chosenOption = (): ModelOption => find(modelId.current) ?? models.current[0];

  /** The person's last choice; it counts whenever its files are here. */
  let wantedId: string | null = null;
  let ownId = models.current[0].id;
  const settle = () => {
    const wanted = wantedId === null ? undefined : find(wantedId);
    // This device cannot run any: what others run goes before, wherever there is one.
    const remote =
      state.current.hasNoGpu && wanted?.isRemote !== true ? models.current.find(({ isRemote }) => isRemote) : undefined;
    const { id } = remote ?? wanted ?? models.current[0];
    if (find(id)?.isRemote === false) ownId = id;
    if (id === modelId.current) return;
    modelId.set(id);
    // Nothing was ready before: now something can be.
    if (remote !== undefined) load().catch(() => undefined);
  };
  models.subscribe(settle);
  // A note that cannot be read leaves the default: the failure is reported by whoever reads chats.
  const chosen = deps.readModelId().then(
    (id) => {
      if (typeof id !== 'string' || wantedId !== null) return;
      wantedId = id;
      settle();
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

  engine.isLeaderSilent.subscribe((isLeaderSilent) => change({ isLeaderSilent }));

  /** What is wrong with a file that is stored would be wrong at the next try, too. */
  const afterRepair = async (failure: WeftError, { id, title }: ModelOption): Promise<WeftError> => {
    if (!failure.code.startsWith('model/') || !(await deps.repair(id))) return failure;
    return new WeftError('model/altered', `A stored file of ${title} was damaged. It is being downloaded again.`, {
      hints: ['Try again when it is here; another model can answer meanwhile.'],
      retryable: true,
      cause: failure,
    });
  };

  const start = async (option: ModelOption): Promise<ModelInfo> => {
    change({ status: 'loading', progress: null, error: null });
    try {
      const model = await engine.load(option.ref, { onProgress: (progress) => change({ progress }) });
      const hasNoGpu = state.current.hasNoGpu && model.runtime === 'mesh';
      change({ status: 'ready', progress: null, model, hasNoGpu });
      return model;
    } catch (error) {
      const failure = await afterRepair(WeftError.from(error), option);
      change({ status: 'failed', progress: null, error: failure.toWire() });
      if (failure.code === 'engine/no-webgpu' || failure.code === 'engine/no-adapter') {
        change({ hasNoGpu: true });
        settle();
      }
      throw failure;
    }
  };

  const optionOf = async ({ signal, modelId: wanted }: Partial<AnswerOptions>): Promise<ModelOption> => {
    await abortable(chosen, signal);
    return (typeof wanted === 'string' ? find(wanted) : undefined) ?? chosenOption();
  };

  const load = async (options: { readonly signal?: AbortSignal } = {}): Promise<ModelInfo> =>
    loadOption(await optionOf(options), options.signal);

  const loadOption = async (option: ModelOption, signal: AbortSignal | undefined): Promise<ModelInfo> => {
    const { id } = option;
    const { status, model } = state.current;
    if (status === 'ready' && model?.id === id) return model;
    if (loading?.modelId !== id) {
      // One load at a time: the engine holds one model, and the last one chosen wins.
      const before = loading?.promise.catch(() => undefined);
      const promise = (before ?? Promise.resolve()).then(() => start(option));
      const own = { modelId: id, promise };
      loading = own;
      promise
        .finally(() => {
          if (loading === own) loading = null;
        })
        .catch(() => undefined);
    }
    return abortable(loading.promise, signal);
  };

  async function* answer(
    request: (model: ModelInfo) => Promise<Omit<GenerateRequest, 'model'>>,
    options: AnswerOptions,
  ): AsyncGenerator<GenerateEvent> {
    const { signal } = options;
    const option = await optionOf(options);
    const model = await loadOption(option, signal);
    let isReloading = false;
    try {
      for await (const event of engine.generate({ model: option.ref, ...(await request(model)) }, { signal })) {
        // Another tab, or a tab that has just come to lead, had another model on the GPU.
        isReloading = event.type === 'loading';
        if (event.type === 'loading') change({ status: 'loading', progress: event.progress, error: null });
        else if (state.current.status === 'loading' && loading === null)
          change({ status: 'ready', progress: null, model });
        yield event;
        // A reader that waits lets the engine wait.
        if (event.type === 'token') await deps.energy.pace(signal).catch(() => undefined);
      }
    } catch (error) {
      const thrown = WeftError.from(error);
      const failure = isReloading ? await afterRepair(thrown, option) : thrown;
      // The next load really loads; what is wrong is shown until it succeeds.
      if (isFatal(failure) || (isReloading && loading === null))
        change({ status: 'failed', progress: null, error: failure.toWire() });
      throw failure;
    }
  }

  return {
    state,
    models,
    modelId,
    load,
    ownModel: () => (state.current.hasNoGpu ? null : (find(ownId) ?? models.current[0])),

    async selectModel(id) {
      if (find(id) === undefined) {
        throw new WeftError('model/not-found', `There is no model "${id}" here.`, {
          hints: ['Download it first, or choose another one.'],
        });
      }
      wantedId = id;
      settle();
      await deps.writeModelId(id);
      await load();
    },

    async selfTest(options = {}) {
      await load(options);
      return engine.selfTest(options);
    },

    async *generate(request, options) {
      const endWork = deps.energy.begin();
      try {
        yield* answer(request, options);
      } finally {
        endWork();
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
