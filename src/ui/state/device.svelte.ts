import type { EngineState, InstallPrompt, StorageStatus, UpdatePrompt, WeftApp } from '../../node/app.ts';
import { LiveValue } from './live-value.svelte.ts';

/** Failures that no reload of the model cures on this device or address: the page explains them at full size. */
const CANNOT_RUN: ReadonlySet<string> = new Set(['engine/no-webgpu', 'engine/no-adapter', 'app/insecure-origin']);

/** The device, the browser and the engine, as far as the page shows them. */
export class DeviceState {
  readonly #app: WeftApp;
  readonly #engine: LiveValue<EngineState>;
  readonly #storage: LiveValue<StorageStatus>;
  readonly #install: LiveValue<InstallPrompt | null>;
  readonly #update: LiveValue<UpdatePrompt | null>;
  #isOnline = $state(navigator.onLine);
  #isUpdatePutOff = $state(false);

  constructor(app: WeftApp) {
    this.#app = app;
    this.#engine = new LiveValue(app.engine.state, { perFrame: true });
    this.#storage = new LiveValue(app.device.storage);
    this.#install = new LiveValue(app.device.install);
    this.#update = new LiveValue(app.device.update);
  }

  get engine(): EngineState {
    return this.#engine.current;
  }

  /** Why no model can run here, where that is so. */
  get blocker(): EngineState['error'] {
    const { error, status } = this.engine;
    if (status !== 'failed' || error === null) return null;
    // A GPU that is too small for a large model may do for another; one that is too small for the least does for none.
    const { models, modelId } = this.#app.engine;
    const isLeast = modelId.current === models.current[0]?.id;
    return CANNOT_RUN.has(error.code) || (error.code === 'engine/limits' && isLeast) ? error : null;
  }

  get isFollower(): boolean {
    return this.engine.role === 'follower';
  }

  get storage(): StorageStatus {
    return this.#storage.current;
  }

  get isMemoryOnly(): boolean {
    return this.#storage.current.backend === 'memory';
  }

  get isOnline(): boolean {
    return this.#isOnline;
  }

  get install(): InstallPrompt | null {
    return this.#install.current;
  }

  get update(): UpdatePrompt | null {
    return this.#isUpdatePutOff ? null : this.#update.current;
  }

  putUpdateOff(): void {
    this.#isUpdatePutOff = true;
  }

  /** Follows the network; returns the way out. */
  start(): () => void {
    const follow = (): void => {
      this.#isOnline = navigator.onLine;
    };
    window.addEventListener('online', follow);
    window.addEventListener('offline', follow);
    return () => {
      window.removeEventListener('online', follow);
      window.removeEventListener('offline', follow);
    };
  }

  /** Loads the model before the first question, so that the first answer is quick. Failures show in `engine`. */
  async warmUp(): Promise<void> {
    if (this.#app.engine.state.current.status !== 'idle') return;
    try {
      await this.#app.engine.load();
    } catch {
      // The engine's state carries the failure, and the page shows it from there.
    }
  }

  async retry(): Promise<void> {
    await this.#app.engine.load();
  }
}
