import type { WeftApp } from '../../node/app.ts';
import { WeftError, type WireError } from '../../protocol/errors.ts';

const MAX_NAME_CHARS = 60;
const MAX_DAILY_TOKENS = 100_000_000;

/** The dialog that makes a key for a tool. The key's text is shown once and forgotten with the dialog. */
export class NewKeyForm {
  readonly #app: WeftApp;
  #name = $state('');
  #dailyTokens = $state('');
  #problems = $state.raw<{ readonly name?: string; readonly dailyTokens?: string }>({});
  #error = $state.raw<WireError | null>(null);
  #made = $state<string | null>(null);
  #isBusy = $state(false);

  constructor(app: WeftApp) {
    this.#app = app;
  }

  get name(): string {
    return this.#name;
  }

  get dailyTokens(): string {
    return this.#dailyTokens;
  }

  get problems(): { readonly name?: string; readonly dailyTokens?: string } {
    return this.#problems;
  }

  get error(): WireError | null {
    return this.#error;
  }

  /** The key's text. */
  get made(): string | null {
    return this.#made;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  change(field: 'name' | 'dailyTokens', typed: string): void {
    if (field === 'name') this.#name = typed;
    else this.#dailyTokens = typed;
    this.#problems = {};
    this.#error = null;
  }

  reset(): void {
    this.change('name', '');
    this.change('dailyTokens', '');
    this.#made = null;
  }

  /** Resolves to whether there is a key now. */
  async submit(url: string): Promise<boolean> {
    if (this.#isBusy) return false;
    const name = this.#name.trim();
    const typed = this.#dailyTokens.replaceAll(/[\s,.]/g, '');
    const isCount =
      typed === '' || (/^\d{1,9}$/.test(typed) && Number(typed) >= 1 && Number(typed) <= MAX_DAILY_TOKENS);
    const isName = name !== '' && name.length <= MAX_NAME_CHARS;
    this.#problems = {
      ...(isName ? {} : { name: `Give it a name of up to ${MAX_NAME_CHARS} characters.` }),
      ...(isCount ? {} : { dailyTokens: 'Enter a whole number, or nothing for no bound.' }),
    };
    if (!isName || !isCount) return false;
    this.#isBusy = true;
    try {
      this.#made = await this.#app.mesh.createApiKey(url, { name, dailyTokens: typed === '' ? null : Number(typed) });
      return true;
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
