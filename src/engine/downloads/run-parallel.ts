import { MAX_PARALLEL_BYTES, MAX_PARALLEL_FILES } from './constants.ts';

export interface Work {
  /** Held in memory while it runs, where that is known beforehand. */
  readonly sizeBytes: number;
  readonly run: () => Promise<void>;
}

/** Does the work, a few at a time; the first failure ends the rest and is thrown when nothing runs any more. */
export async function runParallel(work: readonly Work[], signal: AbortSignal): Promise<void> {
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let heldBytes = 0;
  for (const { sizeBytes, run } of work) {
    const isFull = () => running.size === MAX_PARALLEL_FILES || heldBytes + sizeBytes > MAX_PARALLEL_BYTES;
    while (running.size > 0 && isFull()) await Promise.race(running);
    // What runs beside a failure may still end and be kept; nothing new begins.
    if (failures.length > 0) break;
    heldBytes += sizeBytes;
    const one = run()
      .catch((error: unknown) => void failures.push(error))
      .then(() => {
        heldBytes -= sizeBytes;
        running.delete(one);
      });
    running.add(one);
  }
  await Promise.all(running);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
}
