import type { Finding, WeftApp } from '../../node/app.ts';
import { WeftError, type WireError } from '../../protocol/errors.ts';

/** Looks at this device's own connection; what it finds appears one by one. */
export class Doctor {
  readonly #app: WeftApp;
  #running = $state.raw<AbortController | null>(null);
  #findings = $state.raw<readonly Finding[]>([]);
  #error = $state.raw<WireError | null>(null);
  #isDone = $state(false);

  constructor(app: WeftApp) {
    this.#app = app;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  get findings(): readonly Finding[] {
    return this.#findings;
  }

  get error(): WireError | null {
    return this.#error;
  }

  /** What it all comes to; empty before the end. */
  get summary(): string {
    if (!this.#isDone) return '';
    const wrong = this.#findings.filter(({ verdict }) => verdict === 'bad').length;
    const poor = this.#findings.filter(({ verdict }) => verdict === 'poor').length;
    if (wrong > 0) return `Done: ${wrong === 1 ? 'one thing does' : `${wrong} things do`} not work.`;
    if (poor > 0) return `Done: it works, and ${poor === 1 ? 'one thing' : `${poor} things`} could be better.`;
    return 'Done: nothing is wrong.';
  }

  async run(): Promise<void> {
    if (this.#running !== null) return;
    const controller = new AbortController();
    this.#running = controller;
    this.#findings = [];
    this.#error = null;
    this.#isDone = false;
    try {
      for await (const finding of this.#app.mesh.examine(controller.signal))
        this.#findings = [...this.#findings, finding];
      this.#isDone = true;
    } catch (error) {
      if (!controller.signal.aborted) this.#error = WeftError.from(error).toWire();
    } finally {
      this.#running = null;
    }
  }

  /** Nobody looks at it any more. */
  cancel(): void {
    this.#running?.abort();
  }
}
