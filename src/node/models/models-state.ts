import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { rankModels } from '../../engine/catalogue/rank-models.ts';
import type { RankedModel } from '../../engine/catalogue/rank-models.ts';
import { findStored } from '../../engine/downloads/stored-models.ts';
import type { StoredParts } from '../../engine/downloads/stored-models.ts';
import type { AdapterInfo, DownloadProgress, Live, ModelsState } from '../app.ts';
import { createLive } from '../live.ts';
import { modelEntries } from './model-entries.ts';
import { readModelNotes } from './model-notes.ts';
import type { ModelNotes, NotesDeps } from './model-notes.ts';
import { offeredModels } from './offered-models.ts';

export interface ModelsStateInit {
  /** The page's own origin. */
  readonly origin: string;
  /** Models that come with the page. */
  readonly shipped: readonly CatalogueModel[];
  /** `navigator.deviceMemory` in GiB; null where the browser does not say. */
  readonly memoryGiB: number | null;
  readonly isMobile: boolean;
}

export interface ModelsStateDeps extends NotesDeps {
  /** Null where the browser has none (an insecure origin): then nothing can be stored. */
  readonly caches: CacheStorage | null;
  /** The GPU, once an engine has seen it. */
  readonly adapter: Live<AdapterInfo | null>;
}

/** What one tab shows of models: made of what is offered, remembered and stored, and of the device. */
export interface ModelsStateRoom {
  readonly state: Live<ModelsState>;
  /** As they were read last; null before. */
  readonly notes: ModelNotes | null;
  /** WebLLM's models, once they are here; shown with the next refresh. */
  setCatalogue(models: readonly CatalogueModel[]): void;
  showProgress(modelId: string, progress: DownloadProgress): void;
  /** Reads what is remembered and stored; calls during a reading are one more reading. */
  refresh(): Promise<void>;
  stop(): void;
}

export function createModelsState(init: ModelsStateInit, deps: ModelsStateDeps): ModelsStateRoom {
  const { origin, shipped, memoryGiB, isMobile } = init;
  const state = createLive<ModelsState>({
    status: 'loading',
    entries: [],
    hosts: [],
    areHostsAllowed: false,
    adapter: deps.adapter.current,
  });
  let catalogue: readonly CatalogueModel[] = [];
  let notes: ModelNotes | null = null;
  let stored: ReadonlyMap<string, StoredParts> = new Map();
  let active: { readonly modelId: string; readonly progress: DownloadProgress } | null = null;
  let ranked: readonly RankedModel[] = [];
  let isStopped = false;

  /** Judges and sorts anew: what is offered or the device changed. */
  const rank = () => {
    if (notes === null) return;
    const models = offeredModels({ shipped, catalogue, notes, origin });
    ranked = rankModels(models, { adapter: deps.adapter.current, memoryGiB, isMobile });
  };
  const show = () => {
    if (notes === null) return;
    const { wishes, site, areHostsAllowed } = notes;
    if (!wishes.some(({ model, state }) => model.id === active?.modelId && state === 'wanted')) active = null;
    state.set({
      status: 'ready',
      entries: modelEntries({ ranked, wishes, stored, active, before: state.current.entries }),
      hosts: site.modelHosts,
      areHostsAllowed,
      adapter: deps.adapter.current,
    });
  };

  const read = async (): Promise<void> => {
    if (isStopped) return;
    notes = await readModelNotes(deps);
    const places = notes.wishes.map(({ model }) => model);
    rank();
    if (deps.caches !== null) {
      // By what is offered now: a newer page may need another library than the one that is stored.
      const offered = new Map(ranked.map(({ model }) => [model.id, model]));
      const parts = await findStored(
        places.map((place) => offered.get(place.id) ?? place),
        deps.caches,
      );
      stored = new Map(places.map(({ id }, at) => [id, parts[at]!]));
    }
    show();
  };
  let reading = Promise.resolve();
  let isReadingDue = false;

  const unsubscribe = deps.adapter.subscribe(() => {
    rank();
    show();
  });

  return {
    state,
    get notes() {
      return notes;
    },
    setCatalogue(models) {
      catalogue = models;
    },
    showProgress(modelId, progress) {
      active = { modelId, progress };
      show();
    },
    refresh() {
      if (isReadingDue) return reading;
      isReadingDue = true;
      const next = () => {
        isReadingDue = false;
        return read();
      };
      // A reading that failed was told to whoever asked for it; the next one is tried all the same.
      reading = reading.then(next, next);
      return reading;
    },
    stop() {
      isStopped = true;
      unsubscribe();
    },
  };
}
