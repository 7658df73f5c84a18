import { WeftError } from '../../protocol/errors.ts';

/** A short message with at most one action. */
export interface Toast {
  readonly id: number;
  readonly text: string;
  readonly tone: 'plain' | 'error';
  readonly action: ToastAction | null;
}

export interface ToastAction {
  readonly label: string;
  run(): void | Promise<void>;
}

const PLAIN_MS = 6_000;
/** Time to undo or to read a failure. */
const LONG_MS = 12_000;
const MAX_TOASTS = 3;

/** Messages at the page's foot; time stands still while a pointer or the focus rests on them. */
export class Toasts {
  #list = $state.raw<readonly Toast[]>([]);
  #nextId = 1;
  readonly #timers = new WeakMap<Toast, ReturnType<typeof setTimeout>>();
  #held = false;

  get list(): readonly Toast[] {
    return this.#list;
  }

  show(text: string, options: { readonly tone?: Toast['tone']; readonly action?: ToastAction } = {}): void {
    const toast: Toast = {
      id: this.#nextId,
      text,
      tone: options.tone ?? 'plain',
      action: options.action ?? null,
    };
    this.#nextId += 1;
    const kept = this.#list.slice(-(MAX_TOASTS - 1));
    for (const old of this.#list) if (!kept.includes(old)) this.#stopTimer(old);
    this.#list = [...kept, toast];
    if (!this.#held) this.#startTimer(toast);
  }

  /** Tells a failure: its cause, then the first thing to do about it. */
  fail(error: unknown): void {
    const failure = WeftError.from(error);
    const hint = failure.hints[0];
    this.show(hint === undefined ? failure.shortMessage : `${failure.shortMessage} ${hint}`, { tone: 'error' });
  }

  /** Runs a verb; a failure becomes a toast. Resolves to whether it worked. */
  async attempt(verb: () => Promise<unknown>): Promise<boolean> {
    try {
      await verb();
      return true;
    } catch (error) {
      this.fail(error);
      return false;
    }
  }

  dismiss(id: number): void {
    this.#list = this.#list.filter((toast) => toast.id !== id);
  }

  async act(toast: Toast): Promise<void> {
    this.dismiss(toast.id);
    const { action } = toast;
    if (action !== null) await this.attempt(async () => action.run());
  }

  hold(): void {
    this.#held = true;
    for (const toast of this.#list) this.#stopTimer(toast);
  }

  release(): void {
    this.#held = false;
    for (const toast of this.#list) this.#startTimer(toast);
  }

  #startTimer(toast: Toast): void {
    this.#stopTimer(toast);
    const durationMs = toast.action !== null || toast.tone === 'error' ? LONG_MS : PLAIN_MS;
    this.#timers.set(
      toast,
      setTimeout(() => this.dismiss(toast.id), durationMs),
    );
  }

  #stopTimer(toast: Toast): void {
    clearTimeout(this.#timers.get(toast));
  }
}
