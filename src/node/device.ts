import type { Device, InstallPrompt, Live, StorageStatus, UpdatePrompt } from './app.ts';
import { createLive } from './live.ts';

/** The note that remembers that the browser was asked to keep the data. */
const ASKED_NOTE = 'persistence-asked';

/** What the entry knows of the browser: set as it happens. */
export interface DeviceHooks {
  /** The browser offers an installation (beforeinstallprompt), or no longer does. */
  readonly install: Live<InstallPrompt | null>;
  /** A new version of the page waits. */
  readonly update: Live<UpdatePrompt | null>;
  readonly offlineReady: Live<boolean>;
}

export interface DeviceDeps extends DeviceHooks {
  /** Null where the browser has none (an insecure origin). */
  readonly storageManager: StorageManager | null;
  /** Resolves to where chats are kept. */
  readonly backend: Promise<'disk' | 'memory'>;
  readonly readNote: (name: string) => Promise<unknown>;
  readonly writeNote: (name: string, value: unknown) => Promise<void>;
  /** Stores what is unsaved, before a new version takes over. */
  readonly flush: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

export interface DeviceRoom extends Device {
  /** The right moment to ask for persistence: there is something worth keeping now. Asks once per profile. */
  answered(): Promise<void>;
}

/** What the page knows about the browser it runs in. */
export function createDevice(deps: DeviceDeps): DeviceRoom {
  const { storageManager } = deps;
  const storage = createLive<StorageStatus>({ backend: 'opening', usedBytes: null, quotaBytes: null, persisted: null });
  const update = createLive<UpdatePrompt | null>(null);
  let asked = false;

  const refreshStorage = async (): Promise<void> => {
    const backend = await deps.backend;
    // Older browsers have the manager without one of its methods, and some refuse it in private mode.
    const [estimate, persisted] = await Promise.all([
      Promise.resolve(storageManager?.estimate()).catch(() => undefined),
      Promise.resolve(storageManager?.persisted()).catch(() => undefined),
    ]);
    storage.set({
      backend,
      usedBytes: estimate?.usage ?? null,
      quotaBytes: estimate?.quota ?? null,
      persisted: persisted ?? null,
    });
  };

  const requestPersistence = async (): Promise<boolean> => {
    if (storageManager === null || (await deps.backend) === 'memory') return false;
    const granted = (await storageManager.persisted()) || (await storageManager.persist());
    await refreshStorage();
    return granted;
  };

  deps.update.subscribe((waiting) => {
    update.set(
      waiting === null
        ? null
        : {
            async accept() {
              await deps.flush();
              await waiting.accept();
            },
          },
    );
  });
  refreshStorage().catch(deps.onError);

  return {
    storage,
    install: deps.install,
    update,
    offlineReady: deps.offlineReady,
    refreshStorage,
    requestPersistence,

    async answered() {
      if (asked) return;
      asked = true;
      // Where it was asked before, the person has answered: some browsers show a prompt each time.
      if ((await deps.readNote(ASKED_NOTE)) === true) return;
      await deps.writeNote(ASKED_NOTE, true);
      await requestPersistence();
    },
  };
}
