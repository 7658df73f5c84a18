import { mount } from 'svelte';
import type { CatalogueModel } from './engine/catalogue/catalogue-model.ts';
import { createEngineClient } from './engine/client.ts';
import type { WalletProvider } from './identity/wallet.ts';
import type { InstallPrompt, UpdatePrompt } from './node/app.ts';
import { createWeftApp } from './node/create-app.ts';
import { createEnergy } from './node/energy.ts';
import type { EnergyDeps } from './node/energy.ts';
import { createLive } from './node/live.ts';
import { wait } from './node/wait.ts';
import { registerServiceWorker } from './sw/register.ts';
import App from './ui/App.svelte';

/** Chromium's event before it offers an installation; not in the DOM library yet. */
interface BeforeInstallPromptEvent extends Event {
  prompt(): Promise<{ readonly outcome: 'accepted' | 'dismissed' }>;
}

/** What only some browsers have. */
const platform = {
  getBattery: (navigator as { getBattery?: EnergyDeps['getBattery'] }).getBattery,
  deviceMemory: (navigator as { deviceMemory?: number }).deviceMemory,
  isMobile:
    (navigator as { userAgentData?: { mobile?: boolean } }).userAgentData?.mobile ??
    /Android|iPhone|iPad/u.test(navigator.userAgent),
  PressureObserver: (window as { PressureObserver?: EnergyDeps['PressureObserver'] }).PressureObserver,
};

const GUIDE: CatalogueModel = {
  id: 'weft-guide',
  title: 'Guide',
  family: 'Guide',
  source: 'guide',
  baseUrl: new URL('/models/weft-guide/', location.href).href,
  libraryUrl: null,
  parameterCount: 3_721_984,
  quantization: 'q0f16',
  download: { bytes: 7_600_000, isExact: false },
  memoryBytes: 40_000_000,
  largestBufferBytes: null,
  requiredFeatures: [],
  contextLimit: null,
  license: { name: 'Apache-2.0', url: null },
  features: ['chat'],
  runtimes: ['builtin'],
  isLowResource: true,
};

const install = createLive<InstallPrompt | null>(null);
const update = createLive<UpdatePrompt | null>(null);
const offlineReady = createLive(false);

const app = createWeftApp(
  {
    shipped: [GUIDE],
    origin: location.origin,
    memoryGiB: platform.deviceMemory ?? null,
    isMobile: platform.isMobile,
  },
  {
    // Both are missing on an insecure origin, whatever the DOM library's types promise.
    locks: 'locks' in navigator ? navigator.locks : null,
    storageManager: 'storage' in navigator ? navigator.storage : null,
    serviceWorker: 'serviceWorker' in navigator ? navigator.serviceWorker : null,
    openBroadcast: (name) => new BroadcastChannel(name),
    caches: 'caches' in window ? caches : null,
    fetch: (url, init) => fetch(url, init),
    wait,
    random: Math.random,
    // Wallets come into the page by themselves, some after it began.
    browserWallet: () => (window as { ethereum?: WalletProvider }).ethereum ?? null,
    loadCatalogue: async () => (await import('virtual:weft-catalogue')).default,
    hasGpu: async () => 'gpu' in navigator && (await navigator.gpu.requestAdapter()) !== null,
    hasWebRtc: () => 'RTCPeerConnection' in window,
    onOnline: (listener) => window.addEventListener('online', listener),
    energy: createEnergy({
      getBattery: platform.getBattery?.bind(navigator),
      PressureObserver: platform.PressureObserver,
      wakeLock: 'wakeLock' in navigator ? navigator.wakeLock : undefined,
      page: document,
    }),
    createLocalEngine: () => {
      const engine = createEngineClient();
      return { engine, close: () => engine.close() };
    },
    onPageHidden: (listener) => {
      document.addEventListener('visibilitychange', () => {
        if (document.visibilityState === 'hidden') listener();
      });
      window.addEventListener('pagehide', listener);
    },
    install,
    update,
    offlineReady,
  },
);

window.addEventListener('beforeinstallprompt', (event) => {
  // Kept for the button in the page; the browser's own banner would come at a moment nobody chose.
  event.preventDefault();
  const offer = event as BeforeInstallPromptEvent;
  install.set({
    prompt: async () => {
      install.set(null);
      return (await offer.prompt()).outcome;
    },
  });
});
window.addEventListener('appinstalled', () => install.set(null));

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no element with the id "app".');
mount(App, { target, props: { app } });

if (import.meta.env.PROD) {
  registerServiceWorker(
    { url: '/sw.js' },
    {
      onOfflineReady: () => offlineReady.set(true),
      onUpdateReady: (accept) =>
        update.set({
          accept() {
            accept();
            return Promise.resolve();
          },
        }),
      beforeReload: () => app.flush(),
      // The page works without it, online: the browser's own log is the place for the reason.
      onError: (error) => console.warn('The page could not be stored for offline starts.', error),
    },
  );
}

// Ready before the first question; a failure is in the engine's state, with what to do.
app.engine.load().catch(() => undefined);
