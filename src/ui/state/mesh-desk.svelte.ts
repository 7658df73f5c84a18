import type {
  ContributeRules,
  ContributeState,
  KnownNode,
  MeshHealth,
  MeshState,
  RelayLink,
  WeftApp,
} from '../../node/app.ts';
import { LiveValue } from './live-value.svelte.ts';
import { nameOf } from './mesh-text.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface MeshDeskDeps {
  readonly app: WeftApp;
  readonly toasts: Toasts;
}

/** The mesh and what a person does with it. Failures of verbs become toasts. */
export class MeshDesk {
  readonly #deps: MeshDeskDeps;
  readonly #state: LiveValue<MeshState>;
  readonly #health: LiveValue<MeshHealth>;
  readonly #contribute: LiveValue<ContributeState>;
  readonly #mayAskOthers: LiveValue<boolean>;
  #isSwitching = $state(false);

  constructor(deps: MeshDeskDeps) {
    this.#deps = deps;
    const { mesh } = deps.app;
    this.#state = new LiveValue(mesh.state, { perFrame: true });
    this.#health = new LiveValue(mesh.health);
    this.#contribute = new LiveValue(mesh.contribute, { perFrame: true });
    this.#mayAskOthers = new LiveValue(mesh.mayAskOthers);
  }

  get relays(): readonly RelayLink[] {
    return this.#state.current.relays;
  }

  get nodes(): readonly KnownNode[] {
    return this.#state.current.nodes;
  }

  get health(): MeshHealth {
    return this.#health.current;
  }

  get isJoined(): boolean {
    return this.relays.length > 0;
  }

  get contribute(): ContributeState {
    return this.#contribute.current;
  }

  get mayAskOthers(): boolean {
    return this.#mayAskOthers.current;
  }

  /** The switch was touched and has not settled. */
  get isSwitching(): boolean {
    return this.#isSwitching;
  }

  async setContributing(on: boolean): Promise<void> {
    if (this.#isSwitching) return;
    this.#isSwitching = true;
    await this.#deps.toasts.attempt(() => this.#deps.app.mesh.setContributing(on));
    this.#isSwitching = false;
  }

  async changeRules(part: Partial<ContributeRules>): Promise<void> {
    const rules = { ...this.contribute.rules, ...part };
    await this.#deps.toasts.attempt(() => this.#deps.app.mesh.setRules(rules));
  }

  async forbidAsking(): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await toasts.attempt(() => app.mesh.setMayAskOthers(false)))
      toasts.show('You are asked again before your next question goes to another node.');
  }

  retry(url: string): void {
    this.#deps.app.mesh.retry(url);
  }

  async leave(relay: RelayLink): Promise<void> {
    const { app, toasts } = this.#deps;
    if (await toasts.attempt(() => app.mesh.leave(relay.url))) toasts.show(`You left ${nameOf(relay)}.`);
  }
}
