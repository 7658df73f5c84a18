import type { NewInvite, WeftApp } from '../../node/app.ts';
import { WeftError, type WireError } from '../../protocol/errors.ts';

const DAY_S = 86_400;
const MAX_USES = 1_000;
const MAX_DAYS = 365;

/** An invitation that was made: its link is shown once. */
export interface MadeInvite {
  readonly link: string;
  readonly expiresAtMs: number;
}

/** The dialog that makes an invitation. */
export class InviteForm {
  readonly #app: WeftApp;
  #uses = $state('1');
  #days = $state('7');
  #role = $state<NewInvite['role']>('member');
  #problems = $state.raw<{ readonly uses?: string; readonly days?: string }>({});
  #error = $state.raw<WireError | null>(null);
  #made = $state.raw<MadeInvite | null>(null);
  #isBusy = $state(false);

  constructor(app: WeftApp) {
    this.#app = app;
  }

  get uses(): string {
    return this.#uses;
  }

  get days(): string {
    return this.#days;
  }

  get role(): NewInvite['role'] {
    return this.#role;
  }

  set role(role: NewInvite['role']) {
    this.#role = role;
  }

  get problems(): { readonly uses?: string; readonly days?: string } {
    return this.#problems;
  }

  get error(): WireError | null {
    return this.#error;
  }

  get made(): MadeInvite | null {
    return this.#made;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  change(name: 'uses' | 'days', typed: string): void {
    if (name === 'uses') this.#uses = typed;
    else this.#days = typed;
    this.#problems = {};
    this.#error = null;
  }

  reset(): void {
    this.change('uses', '1');
    this.change('days', '7');
    this.#role = 'member';
    this.#made = null;
  }

  /** Resolves to whether there is a link now. */
  async submit(url: string): Promise<boolean> {
    if (this.#isBusy) return false;
    const uses = wholeNumber(this.#uses, MAX_USES);
    const days = wholeNumber(this.#days, MAX_DAYS);
    this.#problems = {
      ...(uses === null ? { uses: `Enter a number from 1 to ${MAX_USES.toLocaleString('en')}.` } : {}),
      ...(days === null ? { days: `Enter a number from 1 to ${MAX_DAYS}.` } : {}),
    };
    if (uses === null || days === null) return false;
    this.#isBusy = true;
    this.#error = null;
    try {
      this.#made = await this.#app.mesh.invite(url, { uses, expiresInS: days * DAY_S, role: this.#role });
      return true;
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}

function wholeNumber(typed: string, most: number): number | null {
  const text = typed.trim();
  const value = Number(text);
  return /^\d{1,6}$/.test(text) && value >= 1 && value <= most ? value : null;
}
