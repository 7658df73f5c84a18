import type { RelayOffer, WeftApp } from '../../node/app.ts';
import { WeftError, type WireError } from '../../protocol/errors.ts';
import type { Router } from './router.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

export interface JoinDeskDeps {
  readonly app: WeftApp;
  readonly router: Router;
  readonly toasts: Toasts;
}

/** From a link or an address to a mesh that is joined. */
export class JoinDesk {
  readonly #deps: JoinDeskDeps;
  #typed = $state('');
  #offer = $state.raw<RelayOffer | null>(null);
  #error = $state.raw<WireError | null>(null);
  #status = $state<'idle' | 'looking' | 'joining'>('idle');
  /** What was looked at last: an older answer that comes late is not shown. */
  #looks = 0;

  constructor(deps: JoinDeskDeps) {
    this.#deps = deps;
  }

  get typed(): string {
    return this.#typed;
  }

  set typed(typed: string) {
    this.#typed = typed;
    this.#error = null;
  }

  /** What the link leads to. */
  get offer(): RelayOffer | null {
    return this.#offer;
  }

  get error(): WireError | null {
    return this.#error;
  }

  get isLooking(): boolean {
    return this.#status === 'looking';
  }

  get isJoining(): boolean {
    return this.#status === 'joining';
  }

  /** Looks at what the person typed, or at this link. */
  async look(link = this.#typed): Promise<void> {
    if (link.trim() === '' || this.isJoining) return;
    const look = ++this.#looks;
    this.#status = 'looking';
    this.#offer = null;
    this.#error = null;
    try {
      const offer = await this.#deps.app.mesh.look(link);
      if (look === this.#looks) this.#offer = offer;
    } catch (error) {
      if (look === this.#looks) this.#error = WeftError.from(error).toWire();
    }
    if (look === this.#looks) this.#status = 'idle';
  }

  /** Joins, and shows the mesh. */
  async join(offer: RelayOffer): Promise<void> {
    if (this.isJoining) return;
    this.#status = 'joining';
    this.#error = null;
    try {
      const { app, router, toasts } = this.#deps;
      await app.mesh.join(offer);
      this.reset();
      toasts.show(`You joined ${offer.name}.`);
      router.go({ screen: 'network' }, { replace: router.screen === 'join' });
    } catch (error) {
      this.#error = WeftError.from(error).toWire();
    }
    this.#status = 'idle';
  }

  reset(): void {
    this.#looks += 1;
    this.#typed = '';
    this.#offer = null;
    this.#error = null;
    this.#status = 'idle';
  }
}
