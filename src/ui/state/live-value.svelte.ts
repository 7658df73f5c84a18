import { createSubscriber } from 'svelte/reactivity';
import type { Live } from '../../node/live.ts';
import { createFrameBatch } from './frame-batch.ts';

/** A {@link Live} value that components may read: subscribed while an effect reads it. */
export class LiveValue<T> {
  readonly #live: Live<T>;
  readonly #subscribe: () => void;

  /** With `perFrame`, readers run at most once per painted frame, however often the value changes. */
  constructor(live: Live<T>, options: { readonly perFrame?: boolean } = {}) {
    this.#live = live;
    this.#subscribe = createSubscriber((update) => {
      const batch = options.perFrame === true ? createFrameBatch(update) : null;
      let isFirst = true;
      const leave = live.subscribe(() => {
        // The first call tells what `current` already says; an update inside a running effect is not allowed.
        if (isFirst) isFirst = false;
        else if (batch === null) update();
        else batch.request();
      });
      return () => {
        batch?.cancel();
        leave();
      };
    });
  }

  get current(): T {
    this.#subscribe();
    return this.#live.current;
  }
}
