import type { WeftApp } from '../../node/app.ts';
import type { MeshModels } from './mesh-models.svelte.ts';
import type { ModelList } from './models.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface RemoteConsentDeps {
  readonly app: WeftApp;
  readonly meshModels: MeshModels;
  readonly models: ModelList;
  readonly toasts: Toasts;
}

/** Who answers after all: the model that was meant, one of this device instead, or nobody. */
export type Consent = 'as-meant' | 'here' | 'none';

/** Before the first question that another node would read, asks whether it may. */
export class RemoteConsent {
  readonly #deps: RemoteConsentDeps;
  #waiting = $state.raw<PromiseWithResolvers<Consent> | null>(null);

  constructor(deps: RemoteConsentDeps) {
    this.#deps = deps;
  }

  /** The notice is on screen. */
  get isAsking(): boolean {
    return this.#waiting !== null;
  }

  /** Another node would read the question, and the person has not agreed to that. */
  isNeededFor(modelId: string): boolean {
    const { app, meshModels } = this.#deps;
    return meshModels.has(modelId) && !app.mesh.mayAskOthers.current;
  }

  ask(): Promise<Consent> {
    this.#waiting?.resolve('none');
    this.#waiting = Promise.withResolvers<Consent>();
    return this.#waiting.promise;
  }

  async agree(): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await toasts.attempt(() => app.mesh.setMayAskOthers(true))) this.#end('as-meant');
  }

  useThisDevice(): void {
    const { models } = this.#deps;
    const own = models.ownForChat;
    if (own === null) return;
    void models.select(own.model.id);
    this.#end('here');
  }

  /** The question stays where it was written. */
  cancel(): void {
    this.#end('none');
  }

  #end(consent: Consent): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    waiting?.resolve(consent);
  }
}
