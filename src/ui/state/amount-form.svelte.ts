import { WeftError, type WireError } from '../../protocol/errors.ts';
import { exactAmount, parseAmount } from './amount.ts';

export interface AmountRules {
  /** The least and the most; what is outside is told before anything is sent. */
  readonly min: bigint;
  readonly max: bigint;
  readonly tooLittle: string;
  readonly tooMuch: string;
}

/** The form of an action that moves an amount. */
export class AmountForm {
  #typed = $state('');
  #problem = $state<string | undefined>();
  #error = $state.raw<WireError | null>(null);
  #isBusy = $state(false);

  get typed(): string {
    return this.#typed;
  }

  set typed(typed: string) {
    this.#typed = typed;
    this.#problem = undefined;
    this.#error = null;
  }

  /** What is wrong with the amount; undefined where nothing is known to be. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Why the action failed. */
  get error(): WireError | null {
    return this.#error;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  reset(): void {
    this.typed = '';
  }

  fillWith(amount: bigint): void {
    this.typed = exactAmount(amount);
  }

  /** Resolves to whether the action is done. */
  async submit(rules: AmountRules, run: (amount: bigint) => Promise<unknown>): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#error = null;
    const parsed = parseAmount(this.#typed);
    this.#problem = 'problem' in parsed ? parsed.problem : outside(parsed.amount, rules);
    if ('problem' in parsed || this.#problem !== undefined) return false;
    this.#isBusy = true;
    try {
      await run(parsed.amount);
      this.reset();
      return true;
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}

function outside(amount: bigint, { min, max, tooLittle, tooMuch }: AmountRules): string | undefined {
  if (amount > max) return tooMuch;
  return amount < min ? tooLittle : undefined;
}
