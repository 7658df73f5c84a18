import type { CatalogueModel, ModelEntry, ModelsState, ModelsView } from '../node/app.ts';
import { createLive } from '../node/live.ts';
import { WeftError } from '../protocol/errors.ts';

/** A model of the catalogue that fits and is not stored; the parts say what is different. */
export function modelEntry(
  id: string,
  entry: Partial<Omit<ModelEntry, 'model'>> = {},
  model: Partial<CatalogueModel> = {},
): ModelEntry {
  return {
    model: {
      id,
      title: `Model ${id}`,
      family: 'Family',
      source: 'catalogue',
      baseUrl: `https://models.example/${id}/`,
      libraryUrl: null,
      parameterCount: 600e6,
      quantization: 'q4f16_1',
      download: { bytes: 350e6, isExact: false },
      memoryBytes: 1.4e9,
      largestBufferBytes: null,
      requiredFeatures: [],
      contextLimit: 4096,
      license: { name: 'Apache 2.0', url: 'https://models.example/license' },
      features: ['chat'],
      runtimes: ['builtin'],
      isLowResource: true,
      ...model,
    },
    fit: { verdict: 'fits', reason: 'It needs 1.4 GB, and this GPU takes up to 4.3 GB.' },
    isRecommended: false,
    stored: 'absent',
    storedBytes: 0,
    progress: null,
    error: null,
    ...entry,
  };
}

/** The small model that comes with the page. */
export function guideEntry(id = 'guide'): ModelEntry {
  return modelEntry(
    id,
    { stored: 'ready', storedBytes: 7.4e6, fit: { verdict: 'fits', reason: 'It is small enough for any GPU.' } },
    {
      title: 'Guide',
      family: 'Weft',
      source: 'guide',
      baseUrl: `${location.origin}/models/weft-guide/`,
      parameterCount: 7.2e6,
      download: { bytes: 7.4e6, isExact: true },
      memoryBytes: 40e6,
      quantization: 'q0f16',
    },
  );
}

export interface FakeModels {
  readonly view: ModelsView;
  /** Verbs in the order of their calls, as "pause qwen". */
  readonly calls: string[];
  /** Changes one model, as a download does. */
  change(id: string, part: Partial<Omit<ModelEntry, 'model'>>): void;
  set(part: Partial<ModelsState>): void;
  /** The next verb rejects with this. */
  failNext(error: WeftError): void;
  /** What the next check finds. */
  findNext(...problems: readonly string[]): void;
}

/** Models in memory that keep the interface's promises; nothing is fetched, downloads move when the test says so. */
export function createFakeModels(init: Partial<ModelsState> = {}): FakeModels {
  const state = createLive<ModelsState>({
    status: 'ready',
    entries: [guideEntry()],
    hosts: ['https://models.example'],
    areHostsAllowed: true,
    adapter: null,
    ...init,
  });
  const calls: string[] = [];
  let failure: WeftError | null = null;
  let findings: readonly string[] = [];

  const set = (part: Partial<ModelsState>) => state.set({ ...state.current, ...part });
  const change = (id: string, part: Partial<Omit<ModelEntry, 'model'>>) =>
    set({ entries: state.current.entries.map((entry) => (entry.model.id === id ? { ...entry, ...part } : entry)) });
  const begin = (call: string): Promise<void> => {
    calls.push(call);
    const error = failure;
    failure = null;
    return error === null ? Promise.resolve() : Promise.reject(error);
  };
  const entryOf = (id: string): ModelEntry => {
    const entry = state.current.entries.find(({ model }) => model.id === id);
    if (entry === undefined) throw new WeftError('model/not-found', `There is no model "${id}" here.`);
    return entry;
  };
  const gone = { stored: 'absent', storedBytes: 0, progress: null, error: null } as const;

  return {
    calls,
    change,
    set,
    failNext(error) {
      failure = error;
    },
    findNext(...problems) {
      findings = problems;
    },
    view: {
      state,
      async setHostsAllowed(allowed) {
        await begin(`allow ${allowed}`);
        set({ areHostsAllowed: allowed });
      },
      async download(id) {
        await begin(`download ${id}`);
        const { model, storedBytes } = entryOf(id);
        if (model.source === 'catalogue' && !state.current.areHostsAllowed) {
          throw new WeftError('download/host-not-allowed', 'models.example may not be contacted yet.');
        }
        change(id, {
          stored: 'downloading',
          error: null,
          progress: {
            loadedBytes: storedBytes,
            totalBytes: model.download.bytes,
            bytesPerSecond: null,
            secondsLeft: null,
            phase: 'downloading',
          },
        });
      },
      async pause(id) {
        await begin(`pause ${id}`);
        const { progress } = entryOf(id);
        const held = progress && { ...progress, bytesPerSecond: null, secondsLeft: null };
        change(id, { stored: 'paused', progress: held });
      },
      async cancel(id) {
        await begin(`cancel ${id}`);
        change(id, gone);
      },
      async remove(id) {
        await begin(`remove ${id}`);
        change(id, gone);
      },
      async check(id) {
        await begin(`check ${id}`);
        const found = findings;
        findings = [];
        if (found.length > 0) {
          const error = new WeftError('download/altered', 'A file of this model was not what it was.').toWire();
          change(id, { stored: 'failed', error });
        }
        return found;
      },
      async addCustom({ modelUrl, libraryUrl }) {
        await begin(`add ${modelUrl} ${libraryUrl}`.trimEnd());
        const added = modelEntry('custom', {}, { title: 'Added model', source: 'custom', baseUrl: modelUrl });
        set({ entries: [...state.current.entries, added] });
        return added.model.id;
      },
      async removeCustom(id) {
        await begin(`forget ${id}`);
        set({ entries: state.current.entries.filter(({ model }) => model.id !== id) });
      },
    },
  };
}
