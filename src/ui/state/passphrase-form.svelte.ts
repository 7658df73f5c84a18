import { WeftError } from '../../protocol/errors.ts';

export type PassphraseField = 'current' | 'next' | 'again';

interface Change {
  readonly current: string | null;
  readonly next: string | null;
}

const EMPTY = { current: '', next: '', again: '' } as const;
/** As the key's own rule has it, so that a short one is told before anything is computed. */
const MIN_CHARS = 8;

/** The form that sets, changes or removes the passphrase. */
export class PassphraseForm {
  readonly #change: (change: Change) => Promise<void>;
  #values = $state.raw<Record<PassphraseField, string>>(EMPTY);
  #problems = $state.raw<Partial<Record<PassphraseField, string>>>({});
  #isBusy = $state(false);

  constructor(change: (change: Change) => Promise<void>) {
    this.#change = change;
  }

  get values(): Readonly<Record<PassphraseField, string>> {
    return this.#values;
  }

  get problems(): Readonly<Partial<Record<PassphraseField, string>>> {
    return this.#problems;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  set(field: PassphraseField, value: string): void {
    this.#values = { ...this.#values, [field]: value };
    const { [field]: _told, ...others } = this.#problems;
    this.#problems = others;
  }

  /** Also forgets what was typed. */
  reset(): void {
    this.#values = EMPTY;
    this.#problems = {};
  }

  /** Resolves to whether the passphrase is the new one. */
  save(hasPassphrase: boolean): Promise<boolean> {
    const { next, again } = this.#values;
    const problems: Partial<Record<PassphraseField, string>> = {
      ...this.#checkCurrent(hasPassphrase),
      ...(next.length < MIN_CHARS
        ? { next: `Enter at least ${MIN_CHARS} characters. A few words are a good choice.` }
        : {}),
      ...(next === again ? {} : { again: 'This is not the same as above.' }),
    };
    return this.#run(problems, next);
  }

  /** Resolves to whether there is no passphrase any more. */
  remove(): Promise<boolean> {
    return this.#run(this.#checkCurrent(true), null);
  }

  #checkCurrent(hasPassphrase: boolean): Partial<Record<PassphraseField, string>> {
    return hasPassphrase && this.#values.current === '' ? { current: 'Enter the passphrase of now.' } : {};
  }

  async #run(problems: Partial<Record<PassphraseField, string>>, next: string | null): Promise<boolean> {
    if (this.#isBusy) return false;
    this.#problems = problems;
    if (Object.keys(problems).length > 0) return false;
    const { current } = this.#values;
    this.#isBusy = true;
    try {
      await this.#change({ current: current === '' ? null : current, next });
      this.reset();
      return true;
    } catch (error) {
      const { code, shortMessage, hints } = WeftError.from(error);
      const field: PassphraseField = code === 'identity/bad-passphrase' || current === '' ? 'next' : 'current';
      this.#problems = { [field]: [shortMessage, ...hints.slice(0, 1)].join(' ') };
      return false;
    } finally {
      this.#isBusy = false;
    }
  }
}
