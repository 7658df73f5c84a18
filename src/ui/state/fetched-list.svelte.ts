import { WeftError, type WireError } from '../../protocol/errors.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface FetchedListDeps<T> {
  readonly fetch: () => Promise<readonly T[]>;
  readonly toasts: Toasts;
}

/** A list that a relay keeps: read when it is opened, and again after each change. */
export class FetchedList<T> {
  readonly #deps: FetchedListDeps<T>;
  #items = $state.raw<readonly T[] | null>(null);
  #error = $state.raw<WireError | null>(null);
  #isBusy = $state(false);

  constructor(deps: FetchedListDeps<T>) {
    this.#deps = deps;
  }

  /** Null before the first answer. */
  get items(): readonly T[] | null {
    return this.#items;
  }

  get error(): WireError | null {
    return this.#error;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  async read(): Promise<void> {
    this.#isBusy = true;
    try {
      this.#items = await this.#deps.fetch();
      this.#error = null;
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
    }
    this.#isBusy = false;
  }

  /** Runs a verb and reads anew; a failure of the verb becomes a toast. Resolves to whether it worked. */
  async change(verb: () => Promise<unknown>): Promise<boolean> {
    this.#isBusy = true;
    const isDone = await this.#deps.toasts.attempt(verb);
    await this.read();
    return isDone;
  }
}
