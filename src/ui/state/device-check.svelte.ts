import type { SelfTestCheck, WeftApp } from '../../node/app.ts';
import { WeftError, type WireError } from '../../protocol/errors.ts';

/** What each check is called where a person reads it. */
export const CHECK_NAMES: Readonly<Record<SelfTestCheck['name'], string>> = {
  'known-answers': 'Known answers',
  'append-vs-one-pass': 'Same result in parts and at once',
  'copy-bandwidth': 'Memory speed',
  'decode-speed': 'Writing speed',
};

/** The check of this device that a person starts: known answers and speed, on the loaded model. */
export class DeviceCheck {
  readonly #app: WeftApp;
  #running = $state<AbortController | null>(null);
  #checks = $state.raw<readonly SelfTestCheck[]>([]);
  #error = $state.raw<WireError | null>(null);

  constructor(app: WeftApp) {
    this.#app = app;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  get checks(): readonly SelfTestCheck[] {
    return this.#checks;
  }

  get error(): WireError | null {
    return this.#error;
  }

  async run(): Promise<void> {
    if (this.#running !== null) return;
    const controller = new AbortController();
    this.#running = controller;
    this.#checks = [];
    this.#error = null;
    try {
      this.#checks = (await this.#app.engine.selfTest({ signal: controller.signal })).checks;
    } catch (error) {
      if (!controller.signal.aborted) this.#error = WeftError.from(error).toWire();
    } finally {
      this.#running = null;
    }
  }

  /** Ends a check under way: nobody looks at it any more. */
  cancel(): void {
    this.#running?.abort();
  }
}
