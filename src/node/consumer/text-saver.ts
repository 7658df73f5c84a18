export interface TextSaverDeps {
  /** Stores the text; what it throws is reported and does not end the answer. */
  readonly save: (text: string) => Promise<void>;
  readonly everyMs: number;
  readonly onError: (error: unknown) => void;
}

export interface TextSaver {
  /** The text so far; stored at once after a pause, else within `everyMs`; never two writes at once. */
  update(text: string): void;
  /** Stores what is not stored yet, without waiting for the interval (the page is being hidden). */
  flush(): Promise<void>;
  /** Stores nothing more; resolves when a running write has ended. */
  stop(): Promise<void>;
}

/** Joins the many small changes of a growing text into a few writes. */
export function createTextSaver(deps: TextSaverDeps): TextSaver {
  let latest: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastWriteAtMs = -Infinity;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  const write = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    lastWriteAtMs = performance.now();
    running = running.then(async () => {
      const text = latest;
      if (text === null) return;
      latest = null;
      try {
        await deps.save(text);
      } catch (error) {
        deps.onError(error);
      }
    });
    return running;
  };

  return {
    update(text) {
      if (isStopped) return;
      latest = text;
      // The first words go to disk at once: a short answer may be over before an interval is.
      timer ??= setTimeout(() => void write(), Math.max(0, lastWriteAtMs + deps.everyMs - performance.now()));
    },
    flush: () => (latest === null ? running : write()),
    stop() {
      isStopped = true;
      latest = null;
      clearTimeout(timer);
      return running;
    },
  };
}
