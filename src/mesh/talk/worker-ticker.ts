import type { Ticker } from './ticker.ts';

/** A beat that a hidden page keeps: browsers slow the timers of pages that nobody sees, and not those of workers. */
export interface WorkerTicker {
  readonly ticker: Ticker;
  readonly stop: () => void;
}

export function createWorkerTicker(): WorkerTicker {
  const worker = new Worker(new URL('./beat-worker.ts', import.meta.url), { type: 'module', name: 'beat' });
  const listeners = new Map<number, () => void>();
  let lastId = 0;
  worker.addEventListener('message', ({ data }: MessageEvent<number>) => listeners.get(data)?.());
  const ticker: Ticker = (everyMs, onTick) => {
    const id = ++lastId;
    listeners.set(id, onTick);
    worker.postMessage({ id, everyMs });
    return () => {
      if (listeners.delete(id)) worker.postMessage({ id, everyMs: null });
    };
  };
  return { ticker, stop: () => worker.terminate() };
}
