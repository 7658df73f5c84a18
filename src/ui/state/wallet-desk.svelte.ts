import type { WalletFigures, WalletProgress, WalletState, WeftApp } from '../../node/app.ts';
import { LiveValue } from './live-value.svelte.ts';
import type { Panels } from './panels.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface WalletDeskDeps {
  readonly app: WeftApp;
  readonly panels: Panels;
  readonly toasts: Toasts;
}

/** The wallet while there is an open key and a chain. */
export type ReadyWallet = Extract<WalletState, { status: 'ready' }>;

/** The actions that take no amount. */
export type PlainAction = 'faucet' | 'withdraw' | 'withdrawEarnings' | 'unstake' | 'withdrawStake';

/** The money and what a person does with it. */
export class WalletDesk {
  readonly #deps: WalletDeskDeps;
  readonly #source: LiveValue<WalletState>;

  constructor(deps: WalletDeskDeps) {
    this.#deps = deps;
    this.#source = new LiveValue(deps.app.wallet.state);
  }

  get state(): WalletState {
    return this.#source.current;
  }

  get ready(): ReadyWallet | null {
    return this.state.status === 'ready' ? this.state : null;
  }

  /** The last that were read. */
  get figures(): WalletFigures | null {
    return this.ready?.figures ?? null;
  }

  /** The action under way, in this tab. */
  get progress(): WalletProgress | null {
    return this.ready?.progress ?? null;
  }

  async refresh(): Promise<void> {
    await this.#deps.app.wallet.refresh();
  }

  /** Runs an action that takes no amount; `done` is told when it is over. */
  async act(action: PlainAction, done: string): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await toasts.attempt(() => app.wallet[action]())) toasts.show(done);
  }

  /** Goes on with the deposit as it is. */
  async callOffWithdrawal(): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await toasts.attempt(() => app.wallet.announceWithdrawal(0n))) toasts.show('The withdrawal is called off.');
  }

  async unstake(): Promise<void> {
    this.#deps.panels.closeDialog();
    await this.act('unstake', 'The stake ends. It can be paid back after the waiting time.');
  }
}
