import { Workbox } from 'workbox-window';

/** How often an open page asks for a new version; also whenever it comes back to the foreground, at most this often. */
const CHECK_EVERY_MS = 60 * 60 * 1000;

export interface RegisterInit {
  /** The built service worker, e.g. `/sw.js`. */
  readonly url: string;
}

export interface RegisterDeps {
  /** The page is stored: it starts offline from now on. */
  readonly onOfflineReady: () => void;
  /** A new version waits; calling `accept` activates it, and every tab reloads. */
  readonly onUpdateReady: (accept: () => void) => void;
  /** Called in every tab before it reloads into the new version; what it saves is there afterwards. */
  readonly beforeReload: () => Promise<void>;
  /** The worker could not be registered: the page works, but not offline. */
  readonly onError: (error: unknown) => void;
}

/** Registers the service worker and follows its versions. Does nothing where there are none (an insecure origin). */
export function registerServiceWorker(init: RegisterInit, deps: RegisterDeps): void {
  if (!('serviceWorker' in navigator)) return;
  const workbox = new Workbox(init.url);
  const wasControlled = navigator.serviceWorker.controller !== null;
  if (wasControlled) deps.onOfflineReady();

  workbox.addEventListener('installed', ({ isUpdate }) => {
    if (isUpdate !== true) deps.onOfflineReady();
  });
  workbox.addEventListener('waiting', () => deps.onUpdateReady(() => workbox.messageSkipWaiting()));

  let isReloading = false;
  let controllers = wasControlled ? 1 : 0;
  navigator.serviceWorker.addEventListener('controllerchange', () => {
    // The first worker taking an open page over changes nothing; a later one brings files this page was not built with.
    if (++controllers === 1 || isReloading) return;
    isReloading = true;
    void deps
      .beforeReload()
      .catch(deps.onError)
      .finally(() => location.reload());
  });

  workbox.register().catch(deps.onError);

  let checkedAtMs = Date.now();
  const check = () => {
    if (document.visibilityState !== 'visible' || Date.now() - checkedAtMs < CHECK_EVERY_MS) return;
    checkedAtMs = Date.now();
    // Offline, or the server is away: the next check will tell.
    workbox.update().catch(() => undefined);
  };
  document.addEventListener('visibilitychange', check);
  setInterval(check, CHECK_EVERY_MS);
}
