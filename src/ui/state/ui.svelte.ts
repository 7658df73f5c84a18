import { createContext } from 'svelte';
import type { WeftApp } from '../../node/app.ts';
import { Announcer } from './announcer.svelte.ts';
import { ChatListState } from './chat-list.svelte.ts';
import { ChatState } from './chat.svelte.ts';
import { DeviceState } from './device.svelte.ts';
import { DraftState } from './draft.svelte.ts';
import { JoinDesk } from './join-desk.svelte.ts';
import { JoinOffer } from './join-offer.svelte.ts';
import { KeyDesk } from './key-desk.svelte.ts';
import { MeshDesk } from './mesh-desk.svelte.ts';
import { MeshModels } from './mesh-models.svelte.ts';
import { ModelBrowser } from './model-browser.svelte.ts';
import { ModelList } from './models.svelte.ts';
import { Panels } from './panels.svelte.ts';
import { RemoteConsent } from './remote-consent.svelte.ts';
import { Router } from './router.svelte.ts';
import { Tips } from './tips.svelte.ts';
import { Toasts } from './toasts.svelte.ts';
import { WalletDesk } from './wallet-desk.svelte.ts';

/** Everything the components share. */
export interface Ui {
  readonly app: WeftApp;
  readonly router: Router;
  readonly chat: ChatState;
  readonly chats: ChatListState;
  readonly draft: DraftState;
  readonly device: DeviceState;
  readonly models: ModelList;
  readonly browser: ModelBrowser;
  readonly key: KeyDesk;
  readonly wallet: WalletDesk;
  readonly mesh: MeshDesk;
  readonly meshModels: MeshModels;
  readonly join: JoinDesk;
  readonly joinOffer: JoinOffer;
  readonly consent: RemoteConsent;
  readonly panels: Panels;
  readonly toasts: Toasts;
  readonly tips: Tips;
  readonly announcer: Announcer;
  readonly isMac: boolean;
}

export const [getUi, setUi] = createContext<Ui>();

export function createUi(app: WeftApp): Ui {
  const router = new Router();
  const toasts = new Toasts();
  const announcer = new Announcer();
  const draft = new DraftState(app);
  const panels = new Panels();
  const meshModels = new MeshModels(app);
  const models = new ModelList({ app, meshModels, router, panels, toasts });
  const consent = new RemoteConsent({ app, meshModels, models, toasts });
  return {
    app,
    router,
    toasts,
    announcer,
    chat: new ChatState({ app, router, draft, toasts, announcer, consent }),
    chats: new ChatListState({ app, router, toasts }),
    draft,
    tips: new Tips(),
    device: new DeviceState(app),
    models,
    browser: new ModelBrowser(models),
    key: new KeyDesk({ app, panels, toasts }),
    wallet: new WalletDesk({ app, panels, toasts }),
    mesh: new MeshDesk({ app, toasts }),
    meshModels,
    join: new JoinDesk({ app, router, toasts }),
    joinOffer: new JoinOffer(app),
    consent,
    panels,
    isMac: /mac|iphone|ipad/i.test(navigator.userAgent),
  };
}

/** Starts what follows the window; returns the way out. */
export function startUi(ui: Ui): () => void {
  const stops = [ui.router.start(), ui.panels.start(), ui.device.start(), ui.chats.start(), ui.models.start()];
  return () => {
    for (const stop of stops) stop();
  };
}
