import type { KeyState, WeftApp } from '../../node/app.ts';
import type { Address } from '../../protocol/ids.ts';
import { LiveValue } from './live-value.svelte.ts';
import type { Panels } from './panels.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface KeyDeskDeps {
  readonly app: WeftApp;
  readonly panels: Panels;
  readonly toasts: Toasts;
}

/** The key in use, open or locked. */
export type KnownKey = Extract<KeyState, { status: 'open' | 'locked' }>;

/** The key and what a person does with it. What concerns a field rejects for that field; the rest becomes a toast. */
export class KeyDesk {
  readonly #deps: KeyDeskDeps;
  readonly #source: LiveValue<KeyState>;
  #isBusy = $state(false);
  #forgetting = $state<Address | null>(null);

  constructor(deps: KeyDeskDeps) {
    this.#deps = deps;
    this.#source = new LiveValue(deps.app.identity.state);
  }

  get state(): KeyState {
    return this.#source.current;
  }

  /** The key in use; null where there is none, or none that can be read. */
  get known(): KnownKey | null {
    const { state } = this;
    return state.status === 'open' || state.status === 'locked' ? state : null;
  }

  /** A wallet in the browser that could stand behind the key. */
  get hasBrowserWallet(): boolean {
    return this.#deps.app.identity.hasBrowserWallet;
  }

  /** A verb of this class runs. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** The replaced key whose deletion is to be confirmed. */
  get forgetting(): Address | null {
    return this.#forgetting;
  }

  /** Reads what is stored; makes nothing. */
  async open(): Promise<void> {
    await this.#deps.app.identity.open();
  }

  /** Goes on without the disk. */
  async goOnWithout(): Promise<void> {
    await this.#deps.app.identity.open({ isLasting: false });
  }

  async create(): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await this.#attempt(() => app.identity.create()))
      toasts.show('Your key is ready. Write down its recovery phrase.');
  }

  async lock(): Promise<void> {
    await this.#attempt(() => this.#deps.app.identity.lock());
  }

  async setAsideDamaged(): Promise<void> {
    await this.#attempt(() => this.#deps.app.identity.setAsideDamaged());
  }

  async switchTo(address: Address): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await this.#attempt(() => app.identity.switchTo(address))) toasts.show('This browser uses that key now.');
  }

  async disconnectOwner(): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await this.#attempt(() => app.identity.disconnectOwner())) toasts.show('The wallet is no longer connected.');
  }

  askToForget(address: Address): void {
    this.#forgetting = address;
    this.#deps.panels.open('forget-key');
  }

  async forget(): Promise<void> {
    const { app, panels, toasts } = this.#deps;
    const address = this.#forgetting;
    panels.closeDialog();
    if (address === null) return;
    if (await this.#attempt(() => app.identity.forget(address))) toasts.show('Deleted the key from this browser.');
  }

  async #attempt(verb: () => Promise<unknown>): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#isBusy = true;
    try {
      return await this.#deps.toasts.attempt(verb);
    } finally {
      this.#isBusy = false;
    }
  }
}
