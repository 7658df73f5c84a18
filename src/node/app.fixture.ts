import type { ChatView, InstallPrompt, UpdatePrompt, WeftApp } from './app.ts';
import { createWeftApp } from './create-app.ts';
import type { WeftAppDeps, WeftAppInit } from './create-app.ts';
import { createEnergy } from './energy.ts';
import { createScriptedEngine, SEEING_ID, shippedModel } from './engine.fixture.ts';
import { createLive } from './live.ts';
import { openTestTab } from './tabs/tab.fixture.ts';

let profiles = 0;

/** A name that no other test of this process uses. */
export function freshProfile(): string {
  return `profile-${profiles++}`;
}

/**
 * The whole app in one tab of a profile, over real storage, locks and channels; only the engine is scripted. `part` takes
 * the place of what else comes from a browser.
 */
export function openTestApp(profile: string, words?: number, part: Partial<WeftAppInit & WeftAppDeps> = {}) {
  const tab = openTestTab(profile);
  const scripted = createScriptedEngine(words);
  const persistence = { asked: 0 };
  let hide: () => void = () => undefined;
  const update = createLive<UpdatePrompt | null>(null);
  const app = createWeftApp(
    {
      databaseName: profile,
      shipped: [shippedModel('guide'), shippedModel('other'), shippedModel(SEEING_ID)],
      origin: 'http://localhost',
      memoryGiB: null,
      isMobile: false,
      ...part,
    },
    {
      ...tab,
      storageManager: {
        estimate: () => Promise.resolve({ usage: 1_000, quota: 1_000_000 }),
        persisted: () => Promise.resolve(persistence.asked > 0),
        persist() {
          persistence.asked++;
          return Promise.resolve(true);
        },
        getDirectory: () => Promise.reject(new Error('not here')),
      },
      caches: null,
      fetch: () => Promise.reject(new Error('not here')),
      wait: () => Promise.resolve(),
      random: () => 0.5,
      loadCatalogue: () => Promise.resolve([]),
      onOnline: () => undefined,
      browserWallet: () => null,
      serviceWorker: null,
      hasGpu: () => Promise.resolve(true),
      hasWebRtc: () => false,
      energy: createEnergy({
        getBattery: undefined,
        PressureObserver: undefined,
        wakeLock: undefined,
        page: Object.assign(new EventTarget(), { visibilityState: 'visible' as const }),
      }),
      createLocalEngine: () => ({ engine: scripted.engine, close: () => undefined }),
      onPageHidden(listener) {
        hide = listener;
      },
      install: createLive<InstallPrompt | null>(null),
      update,
      offlineReady: createLive(false),
      ...part,
    },
  );
  return { app, tab, scripted, persistence, update, hide: () => hide() };
}

type ReadyView = Extract<ChatView, { status: 'ready' }>;

/** The chat once it was read. */
export function readyView(app: WeftApp, conversationId: string): Promise<ReadyView> {
  return viewWhen(app, conversationId, () => true);
}

/** The chat once its newest message has ended, whichever way. */
export function settledView(app: WeftApp, conversationId: string): Promise<ReadyView> {
  return viewWhen(
    app,
    conversationId,
    ({ branch }) => app.ask.live(conversationId).current === null && branch.at(-1)?.message.state !== 'writing',
  );
}

/** The branch as texts, to compare. */
export function textsOf(view: ChatView): string[] {
  return view.status === 'ready' ? view.branch.map(({ message }) => message.text) : [];
}

/** Looks until the test's own time is over. */
async function viewWhen(
  app: WeftApp,
  conversationId: string,
  isRight: (view: ReadyView) => boolean,
): Promise<ReadyView> {
  const live = app.chats.view(conversationId);
  for (;;) {
    const view = live.current;
    if (view.status === 'ready' && isRight(view)) return view;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
