import type { IdentityView } from '../../node/app.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';

/** The form that takes a recovery phrase: where another key is in use, it asks before it replaces that one. */
export class RecoverForm {
  readonly #importPhrase: IdentityView['importPhrase'];
  #phrase = $state('');
  #problem = $state<string | undefined>();
  #asks = $state.raw<{ readonly address: Address; readonly replaces: Address } | null>(null);
  #isBusy = $state(false);

  constructor(importPhrase: IdentityView['importPhrase']) {
    this.#importPhrase = importPhrase;
  }

  get phrase(): string {
    return this.#phrase;
  }

  set phrase(phrase: string) {
    this.#phrase = phrase;
    this.#problem = undefined;
    this.#asks = null;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Set once the phrase is right and another key would be replaced. */
  get asks(): { readonly address: Address; readonly replaces: Address } | null {
    return this.#asks;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Also forgets the phrase. */
  reset(): void {
    this.phrase = '';
  }

  /** Resolves to whether the key of the phrase is in use now. */
  async submit(): Promise<boolean> {
    if (this.#isBusy) return false;
    if (this.#phrase.trim() === '') {
      this.#problem = 'Enter the 12 or 24 words, in their order.';
      return false;
    }
    this.#isBusy = true;
    try {
      const result = await this.#importPhrase(this.#phrase, this.#asks?.replaces);
      if (result.outcome === 'asks') {
        this.#asks = result;
        return false;
      }
      this.reset();
      return true;
    } catch (error) {
      const { shortMessage, hints } = WeftError.from(error);
      this.#asks = null;
      this.#problem = [shortMessage, ...hints.slice(0, 1)].join(' ');
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
