import { createSubscriber } from 'svelte/reactivity';

const SECOND_MS = 1000;

/** The time, read anew every second while an effect reads it. */
export class Seconds {
  readonly #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, SECOND_MS);
    return () => clearInterval(timer);
  });

  get nowMs(): number {
    this.#subscribe();
    return Date.now();
  }
}
