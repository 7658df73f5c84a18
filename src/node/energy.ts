import type { Live } from './app.ts';
import { createLive } from './live.ts';
import { wait } from './wait.ts';

/** How busy the machine is, as the Compute Pressure API says it; null where the browser does not. */
export type Pressure = 'nominal' | 'fair' | 'serious' | 'critical';

interface EnergyState {
  /** Null where the browser does not say. `level` from 0 to 1. */
  readonly battery: { readonly level: number; readonly isCharging: boolean } | null;
  readonly pressure: Pressure | null;
}

/** Chromium's; not in the DOM library any more. */
interface BatteryManager extends EventTarget {
  readonly level: number;
  readonly charging: boolean;
}
type PressureObserverConstructor = new (callback: (records: readonly { readonly state: Pressure }[]) => void) => {
  observe(source: 'cpu', options: { readonly sampleInterval: number }): Promise<void>;
  disconnect(): void;
};

export interface EnergyDeps {
  /** `navigator.getBattery`; undefined where there is none. */
  readonly getBattery: (() => Promise<BatteryManager>) | undefined;
  readonly PressureObserver: PressureObserverConstructor | undefined;
  /** `navigator.wakeLock`; undefined where there is none. */
  readonly wakeLock: Pick<WakeLock, 'request'> | undefined;
  readonly page: Pick<Document, 'visibilityState' | 'addEventListener' | 'removeEventListener'>;
}

export interface Energy {
  readonly state: Live<EnergyState>;
  /** Keeps the screen on until the returned function is called: an answer or a download is under way. */
  readonly begin: () => () => void;
  /**
   * Between two tokens: resolves at once, or after a pause where nobody looks at the page and the machine is under
   * critical pressure or runs low on its battery. Rejects with the signal's reason.
   */
  readonly pace: (signal: AbortSignal) => Promise<void>;
  readonly stop: () => void;
}

/** Milliseconds between two measurements of the pressure. */
const SAMPLE_EVERY_MS = 2_000;
/** Pause after a token written for nobody to see on a machine that needs its strength elsewhere. */
const GENTLE_PAUSE_MS = 150;
/** Share of the battery below which work without a charger does not keep the screen on. */
const LOW_BATTERY = 0.15;

/** What the machine has to spare, and the little that the page does about it. */
export function createEnergy(deps: EnergyDeps): Energy {
  const { page, wakeLock } = deps;
  const state = createLive<EnergyState>({ battery: null, pressure: null });
  const stopped = new AbortController();
  let works = 0;
  let sentinel: WakeLockSentinel | null = null;
  let isAsking = false;

  const isLow = (): boolean => {
    const { battery } = state.current;
    return battery !== null && !battery.isCharging && battery.level < LOW_BATTERY;
  };

  const settle = async (): Promise<void> => {
    const isWanted = works > 0 && page.visibilityState === 'visible' && !isLow() && !stopped.signal.aborted;
    if (!isWanted) {
      const held = sentinel;
      sentinel = null;
      // A browser that released it already says so by rejecting.
      await held?.release().catch(() => undefined);
      return;
    }
    if (sentinel !== null || isAsking || wakeLock === undefined) return;
    isAsking = true;
    try {
      const granted = await wakeLock.request('screen');
      sentinel = granted;
      granted.addEventListener('release', () => {
        if (sentinel === granted) sentinel = null;
      });
    } catch {
      // A power-saving mode or a policy refuses it; the work goes on without.
    }
    isAsking = false;
    // What was true before the wait may not be any more.
    if (works < 1 || isLow()) await settle();
  };

  const onVisibility = () => void settle();
  page.addEventListener('visibilitychange', onVisibility);

  const watchBattery = async (): Promise<void> => {
    // Called on `navigator`, where it belongs.
    const battery = await deps.getBattery?.();
    if (battery === undefined || stopped.signal.aborted) return;
    const read = () => {
      const { level, charging: isCharging } = battery;
      state.set({ ...state.current, battery: { level, isCharging } });
      void settle();
    };
    for (const name of ['levelchange', 'chargingchange']) {
      battery.addEventListener(name, read, { signal: stopped.signal });
    }
    read();
  };
  // Some browsers have the function and refuse to answer.
  watchBattery().catch(() => undefined);

  const observer =
    deps.PressureObserver === undefined
      ? null
      : new deps.PressureObserver((records) => {
          const pressure = records.at(-1)?.state ?? null;
          if (pressure !== state.current.pressure) state.set({ ...state.current, pressure });
        });
  observer?.observe('cpu', { sampleInterval: SAMPLE_EVERY_MS }).catch(() => undefined);

  return {
    state,

    begin() {
      works += 1;
      void settle();
      let isOver = false;
      return () => {
        if (isOver) return;
        isOver = true;
        works -= 1;
        void settle();
      };
    },

    async pace(signal) {
      const isStrained = state.current.pressure === 'critical' || isLow();
      if (page.visibilityState === 'visible' || !isStrained) return;
      await wait(GENTLE_PAUSE_MS, signal);
    },

    stop() {
      stopped.abort();
      observer?.disconnect();
      page.removeEventListener('visibilitychange', onVisibility);
      void settle();
    },
  };
}
