export interface PatienceInit {
  /** For all waits together. */
  readonly maxMs: number;
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Told where it is used up, also in the middle of a wait. */
  readonly onOver: () => void;
}

/** Waits for somebody, again and again, and not for longer in all than was agreed: who is a little late each time is late. */
export type Patience = <T>(wait: Promise<T>) => Promise<T>;

export function createPatience({ maxMs, nowMs, onOver }: PatienceInit): Patience {
  let leftMs = maxMs;
  return async (wait) => {
    const sinceMs = nowMs();
    const timer = setTimeout(onOver, Math.max(0, leftMs));
    try {
      return await wait;
    } finally {
      clearTimeout(timer);
      leftMs -= nowMs() - sinceMs;
      if (leftMs <= 0) onOver();
    }
  };
}
