import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { checkModelAllowed } from '../../engine/downloads/allowed-origin.ts';
import type { OriginPolicy } from '../../engine/downloads/allowed-origin.ts';
import { checkSpace } from '../../engine/downloads/check-space.ts';
import type { FetchFileDeps } from '../../engine/downloads/fetch-file.ts';
import { checkStored, removeStored } from '../../engine/downloads/stored-models.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { ModelEntry, ModelsView } from '../app.ts';
import type { OpenBroadcast } from '../tabs/tab-feed.ts';
import { HOSTS_NOTE, LET_GO_TIMEOUT_MS, MODEL_LOCK } from './constants.ts';
import { describeCustom } from './describe-custom.ts';
import { createDownloadRunner } from './download-runner.ts';
import { changeCustom, changeWishes, readModelNotes } from './model-notes.ts';
import type { ModelNotes, Wish } from './model-notes.ts';
import { createModelsFeed } from './models-feed.ts';
import { createModelsState } from './models-state.ts';
import type { ModelsStateDeps, ModelsStateInit } from './models-state.ts';
import { createSiteKeeper } from './site-keeper.ts';

export type ModelsInit = ModelsStateInit;

export interface ModelsDeps extends FetchFileDeps, ModelsStateDeps {
  /** WebLLM's models; read once. */
  readonly loadCatalogue: () => Promise<readonly CatalogueModel[]>;
  readonly openBroadcast: OpenBroadcast;
  readonly storageManager: Pick<StorageManager, 'estimate' | 'persist'> | null;
  /** Calls the listener whenever the browser has a network again. */
  readonly onOnline: (listener: () => void) => void;
  readonly onError: (error: unknown) => void;
  readonly nowMs: () => number;
}

export interface ModelsRoom extends ModelsView {
  /** Resolves when the state is `ready`; a server that does not answer does not hold it up. */
  readonly started: Promise<void>;
  /** Lets go of the downloads (another tab goes on) and of the channel. */
  stop(): Promise<void>;
}

/** The models of this profile, for one tab: what there is, what is stored, and the downloads that all tabs share. */
export function createModels(init: ModelsInit, deps: ModelsDeps): ModelsRoom {
  const { origin } = init;
  const { storageManager } = deps;
  const stopped = new AbortController();
  const estimate = () => storageManager?.estimate() ?? Promise.resolve({});
  const policyOf = (notes: ModelNotes): OriginPolicy => ({
    origin,
    hosts: notes.areHostsAllowed ? notes.site.modelHosts : [],
  });

  const view = createModelsState(init, deps);
  const { state } = view;
  const feed = createModelsFeed({
    openBroadcast: deps.openBroadcast,
    onMessage(message) {
      if (message.type === 'progress') {
        view.showProgress(message.modelId, message.progress);
      } else {
        runner?.wake();
        view.refresh().catch(deps.onError);
      }
    },
  });
  /** Something was written: every tab looks again, this one before the caller goes on. */
  const tell = async (): Promise<void> => {
    feed.publish({ type: 'changed' });
    runner?.wake();
    await view.refresh();
  };

  const setWish = (modelId: string, change: (wish: Wish) => Wish) =>
    changeWishes((wishes) => wishes.map((wish) => (wish.model.id === modelId ? change(wish) : wish)), deps);

  const refreshSite = createSiteKeeper({ origin, signal: stopped.signal }, { ...deps, onChange: tell });

  const runner =
    deps.caches === null
      ? null
      : createDownloadRunner({
          download: { ...deps, caches: deps.caches, estimate },
          locks: deps.locks,
          readNotes: () => readModelNotes(deps),
          refreshSite,
          policyOf,
          async settle(modelId, result, error) {
            await setWish(modelId, (wish) =>
              wish.state === 'wanted' ? { ...wish, state: result, error: error?.toWire() ?? null } : wish,
            );
            await tell();
          },
          onProgress(modelId, progress) {
            view.showProgress(modelId, progress);
            feed.publish({ type: 'progress', modelId, progress });
          },
          onError: deps.onError,
        });

  /** Runs while no download is at the model's files. Throws app/busy where one does not let go. */
  const withFiles = async <T>(modelId: string, work: () => Promise<T>): Promise<T> => {
    if (deps.locks === null) return work();
    const patience = AbortSignal.timeout(LET_GO_TIMEOUT_MS);
    try {
      return await deps.locks.request(MODEL_LOCK + modelId, { signal: patience }, work);
    } catch (error) {
      if (error !== patience.reason) throw error;
      throw new WeftError('app/busy', 'Another tab is still working on the files of this model.', {
        hints: ['Wait a moment or close the other tabs, then try again.'],
        retryable: true,
      });
    }
  };

  const cachesOrThrow = (): CacheStorage => {
    if (deps.caches !== null) return deps.caches;
    throw new WeftError('app/insecure-origin', 'This browser stores models only for a page with a secure address.', {
      hints: ['Open the page by https, or as localhost on this computer.'],
    });
  };
  const entryOf = async (modelId: string): Promise<ModelEntry> => {
    await started;
    const entry = state.current.entries.find(({ model }) => model.id === modelId);
    if (entry !== undefined) return entry;
    throw new WeftError('model/not-found', `There is no model "${modelId.slice(0, 200)}" here.`, {
      hints: ['Choose one of the list.'],
    });
  };

  /** Drops the wish, ends its download and deletes what no other wish needs. */
  const remove = async (modelId: string): Promise<void> => {
    const { model } = await entryOf(modelId);
    const caches = cachesOrThrow();
    const isIt = (wish: Wish) => wish.model.id === modelId;
    let dropped = null as Wish | null;
    await changeWishes((wishes) => {
      dropped = wishes.find(isIt) ?? null;
      return wishes.filter((wish) => !isIt(wish));
    }, deps);
    await tell();
    try {
      await withFiles(modelId, () =>
        changeWishes(async (wishes) => {
          // Asked for again meanwhile: its files are wanted.
          if (!wishes.some(isIt)) {
            await removeStored(
              model,
              wishes.map((wish) => wish.model),
              caches,
            );
          }
          return wishes;
        }, deps),
      );
    } catch (error) {
      // Its files are still here: without the wish nobody would see them, and nobody could delete them.
      const kept =
        dropped === null ? [] : [dropped.state === 'wanted' ? { ...dropped, state: 'paused' as const } : dropped];
      await changeWishes((wishes) => (wishes.some(isIt) ? wishes : [...wishes, ...kept]), deps);
      await tell();
      throw error;
    }
    await tell();
  };

  const started = (async () => {
    try {
      view.setCatalogue(await deps.loadCatalogue());
    } catch (error) {
      // What is stored, added or offered by the server is still there.
      deps.onError(error);
    }
    await view.refresh();
  })();
  started.then(refreshSite).catch(deps.onError);
  /** Goes on with what failed because there was no connection. */
  const resume = async (): Promise<void> => {
    await changeWishes(
      (wishes) =>
        wishes.map((wish) =>
          wish.error?.code === 'download/unreachable' ? { ...wish, state: 'wanted', error: null } : wish,
        ),
      deps,
    );
    await tell();
  };
  deps.onOnline(() => {
    if (
      !stopped.signal.aborted &&
      view.notes?.wishes.some(({ error }) => error?.code === 'download/unreachable') === true
    ) {
      resume().catch(deps.onError);
    }
  });

  return {
    state,
    started,

    async setHostsAllowed(allowed) {
      await deps.writeNote(HOSTS_NOTE, allowed);
      if (!allowed) {
        // What was under way from there must not go on by itself.
        const isOwn = ({ baseUrl, libraryUrl }: CatalogueModel) =>
          [baseUrl, libraryUrl].every((url) => url === null || new URL(url).origin === origin);
        await changeWishes(
          (wishes) =>
            wishes.map((wish) => (wish.state === 'wanted' && !isOwn(wish.model) ? { ...wish, state: 'paused' } : wish)),
          deps,
        );
      }
      await tell();
    },

    async download(modelId) {
      const { model, stored: held, storedBytes } = await entryOf(modelId);
      if (held === 'ready' || held === 'downloading' || held === 'waiting') return;
      cachesOrThrow();
      const policy = policyOf(await readModelNotes(deps));
      checkModelAllowed(model, policy);
      await checkSpace(
        { title: model.title, neededBytes: Math.max(0, model.download.bytes - storedBytes) },
        { estimate },
      );
      // Refused or not, the download goes on; what is stored may then be evicted when space is short.
      storageManager?.persist().catch(() => false);
      await changeWishes(
        (wishes) => [...wishes.filter((wish) => wish.model.id !== modelId), { model, state: 'wanted', error: null }],
        deps,
      );
      await tell();
    },

    async pause(modelId) {
      await entryOf(modelId);
      await setWish(modelId, (wish) => (wish.state === 'wanted' ? { ...wish, state: 'paused' } : wish));
      await tell();
    },

    cancel: remove,
    remove,

    async check(modelId) {
      const { model } = await entryOf(modelId);
      if (model.source === 'guide') return [];
      const caches = cachesOrThrow();
      const wrong = await withFiles(modelId, () => checkStored(model, caches, stopped.signal));
      if (wrong.length > 0) {
        const error = new WeftError(
          'download/altered',
          wrong.length === 1
            ? 'A file of this model was not what it was.'
            : `${wrong.length} files of this model were not what they were.`,
          {
            hints: ['Download it again: only what was deleted is fetched.'],
            retryable: true,
          },
        ).toWire();
        await setWish(modelId, (wish) => ({ ...wish, state: 'failed', error }));
      }
      await tell();
      return wrong;
    },

    async addCustom(custom) {
      await started;
      const policy = policyOf(await readModelNotes(deps));
      const model = await describeCustom({ custom, policy, signal: stopped.signal }, deps);
      const same = state.current.entries.find(
        (entry) => entry.model.baseUrl === model.baseUrl && entry.model.libraryUrl === model.libraryUrl,
      );
      if (same !== undefined) return same.model.id;
      await changeCustom((models) => [...models.filter(({ id }) => id !== model.id), model], deps);
      await tell();
      return model.id;
    },

    async removeCustom(modelId) {
      const { model, stored: held } = await entryOf(modelId);
      if (model.source !== 'custom') {
        throw new WeftError('app/bad-request', `${model.title} was not added by address.`, {
          hints: ['Delete its files instead.'],
        });
      }
      if (held !== 'absent') await remove(modelId);
      await changeCustom((models) => models.filter(({ id }) => id !== modelId), deps);
      await tell();
    },

    async stop() {
      stopped.abort(new Error('this tab is closing'));
      view.stop();
      await runner?.stop();
      feed.close();
    },
  };
}
