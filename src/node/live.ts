/** A value that changes. Fits Svelte's store contract and `createSubscriber`. */
export interface Live<T> {
  /** The value now; the same object until it changes. */
  readonly current: T;
  /** Calls the listener at once with the current value and after every change. Returns the way out. */
  subscribe(listener: (value: T) => void): () => void;
}

/** The writing end of a {@link Live}. */
export interface LiveSource<T> extends Live<T> {
  /** Replaces the value; an identical value (`Object.is`) tells nobody. */
  set(value: T): void;
  /** True while anybody listens. */
  readonly watched: boolean;
}

export interface LiveDeps {
  /** Called when the first listener comes; what it returns is called when the last one leaves. */
  readonly onWatched?: () => () => void;
}

/** A changing value. One listener's failure never keeps the others from hearing. */
export function createLive<T>(initial: T, deps: LiveDeps = {}): LiveSource<T> {
  let current = initial;
  let onUnwatched: (() => void) | undefined;
  const listeners = new Set<(value: T) => void>();

  return {
    get current() {
      return current;
    },
    get watched() {
      return listeners.size > 0;
    },
    set(value) {
      if (Object.is(value, current)) return;
      current = value;
      for (const listener of [...listeners]) {
        try {
          listener(value);
        } catch (error) {
          reportListenerFailure(error);
        }
      }
    },
    subscribe(listener) {
      // Wrapped, so that the same function may subscribe twice and leave once.
      const entry = (value: T): void => listener(value);
      listeners.add(entry);
      if (listeners.size === 1) onUnwatched = deps.onWatched?.();
      listener(current);
      return () => {
        if (!listeners.delete(entry) || listeners.size > 0) return;
        onUnwatched?.();
        onUnwatched = undefined;
      };
    },
  };
}

/** Surfaces a listener's exception where the host reports uncaught errors, after the others were told. */
function reportListenerFailure(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
