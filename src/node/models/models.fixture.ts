import { afterEach, beforeEach, expect, vi } from 'vitest';
import type { CatalogueModel } from '../../engine/catalogue/catalogue-model.ts';
import { serveModel } from '../../engine/downloads/file-server.fixture.ts';
import type { ServedModel } from '../../engine/downloads/file-server.fixture.ts';
import type { AdapterInfo } from '../app.ts';
import { createLive } from '../live.ts';
import { openTestTab } from '../tabs/tab.fixture.ts';
import { createModels } from './create-models.ts';
import type { ModelsDeps, ModelsRoom } from './create-models.ts';
export interface OpenTab {
  readonly models: ModelsRoom;
  /** The tab is gone: its code may run on here, but gets no lock and no file any more. */
  crash(): void;
  readonly adapter: ReturnType<typeof createLive<AdapterInfo | null>>;
  readonly errors: unknown[];
  goOnline(): void;
}

export let served: ServedModel;
let profile: string;
export let notes: Map<string, unknown>;
let tabs: OpenTab[];
/** What the page's server answers for its configuration. */
export let site: () => Response;

beforeEach(async () => {
  served = await serveModel({ source: 'catalogue' });
  profile = crypto.randomUUID();
  notes = new Map();
  tabs = [];
  site = () => Response.json({ version: 1, modelHosts: [served.origin], models: [] });
});

afterEach(async () => {
  await Promise.all(tabs.map(({ models }) => models.stop()));
  for (const name of await caches.keys())
    if (name.startsWith('webllm/') || name.startsWith('weft/')) await caches.delete(name);
});

export function openTab(
  part: Partial<ModelsDeps> = {},
  catalogue: readonly CatalogueModel[] = [served.model],
): OpenTab {
  const tab = openTestTab(profile);
  const adapter = createLive<AdapterInfo | null>(null);
  const errors: unknown[] = [];
  let isGone = false;
  const unlessGone = <T>(work: () => T | Promise<T>): Promise<T> =>
    isGone ? new Promise<never>(() => undefined) : Promise.resolve(work());
  const locks = {
    query: () => tab.locks.query(),
    async request(...call: Parameters<LockManager['request']>) {
      const result: unknown = await tab.locks.request(...call);
      return unlessGone(() => result);
    },
  } as LockManager;
  const online: (() => void)[] = [];
  const models = createModels(
    { origin: location.origin, shipped: [], memoryGiB: 8, isMobile: false },
    {
      locks,
      openBroadcast: tab.openBroadcast,
      loadCatalogue: () => Promise.resolve(catalogue),
      caches,
      adapter,
      storageManager: navigator.storage,
      fetch: (url, options) => unlessGone(() => (url.endsWith('/weft.json') ? site() : fetch(url, options))),
      wait: () => Promise.resolve(),
      random: () => 1,
      nowMs: () => performance.now(),
      readNote: (name) => unlessGone(() => structuredClone(notes.get(name))),
      writeNote: (name, value) => unlessGone(() => void notes.set(name, structuredClone(value))),
      onOnline: (listener) => online.push(listener),
      onError: (error) => errors.push(error),
      ...part,
    },
  );
  const open = {
    models,
    adapter,
    errors,
    crash() {
      isGone = true;
      tab.crash();
      tabs = tabs.filter(({ models: others }) => others !== models);
    },
    goOnline: () => online.forEach((listener) => listener()),
  };
  tabs.push(open);
  return open;
}

/** A tab that may contact the file server. */
export async function openAllowed(
  part: Partial<ModelsDeps> = {},
  catalogue?: readonly CatalogueModel[],
): Promise<OpenTab> {
  const open = openTab(part, catalogue);
  await open.models.started;
  await vi.waitFor(() => expect(open.models.state.current.hosts).toEqual([served.origin]));
  await open.models.setHostsAllowed(true);
  return open;
}

export const entry = ({ models }: OpenTab, id = served.model.id) =>
  models.state.current.entries.find(({ model }) => model.id === id);
export const reaches = (open: OpenTab, stored: string, id = served.model.id) =>
  vi.waitFor(() => expect(entry(open, id)?.stored).toBe(stored), { timeout: 15_000 });
/** Waits until the download hangs in the middle of this file. */
export const hangsIn = (name: string) =>
  vi.waitFor(async () => expect((await served.requests())[name]).toBe(1), { timeout: 15_000 });
export const total = () => [...served.files.values()].reduce((sum, { length }) => sum + length, 0);

/** Another answer of the page's server. */
export function serveSite(answer: () => Response): void {
  site = answer;
}
