/** Joins many requests into one call before the next paint. */
export interface FrameBatch {
  request(): void;
  cancel(): void;
}

/** A hidden page paints no frames; what arrives there is joined over this time instead. */
const HIDDEN_INTERVAL_MS = 250;

export function createFrameBatch(run: () => void): FrameBatch {
  let frame: number | null = null;
  let timer: ReturnType<typeof setTimeout> | null = null;

  const cancel = (): void => {
    if (frame !== null) cancelAnimationFrame(frame);
    if (timer !== null) clearTimeout(timer);
    frame = null;
    timer = null;
  };
  const flush = (): void => {
    cancel();
    run();
  };

  return {
    request() {
      if (frame !== null || timer !== null) return;
      if (document.hidden) timer = setTimeout(flush, HIDDEN_INTERVAL_MS);
      else frame = requestAnimationFrame(flush);
    },
    cancel,
  };
}
