import { WeftError, type WireError } from '../../protocol/errors.ts';
import { address, type Address } from '../../protocol/ids.ts';

/** The form that connects a browser's wallet as the owner of the key. */
export class OwnerForm {
  readonly #connect: (payout: Address | null) => Promise<void>;
  #payout = $state('');
  #problem = $state<string | undefined>();
  #error = $state.raw<WireError | null>(null);
  #isBusy = $state(false);

  constructor(connect: (payout: Address | null) => Promise<void>) {
    this.#connect = connect;
  }

  get payout(): string {
    return this.#payout;
  }

  set payout(payout: string) {
    this.#payout = payout;
    this.#problem = undefined;
    this.#error = null;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  /** Why the wallet did not do it. */
  get error(): WireError | null {
    return this.#error;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  reset(): void {
    this.payout = '';
  }

  /** Resolves to whether the wallet stands behind the key. */
  async submit(): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#error = null;
    const typed = this.#payout.trim();
    let payout: Address | null = null;
    if (typed !== '') {
      try {
        payout = address(typed);
      } catch {
        // The library's sentence is about bytes; this one is about the field.
        this.#problem = 'An address is 0x and 40 digits from 0 to f. Copy it from the wallet.';
        return false;
      }
    }
    this.#isBusy = true;
    try {
      await this.#connect(payout);
      return true;
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
