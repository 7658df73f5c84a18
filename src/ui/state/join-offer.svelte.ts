import type { RelayOffer, WeftApp } from '../../node/app.ts';

const PUT_OFF_KEY = 'weft.join-card-put-off';

/** The card that offers the mesh of the server this page came from, until it is joined or put off. */
export class JoinOffer {
  readonly #app: WeftApp;
  #own = $state.raw<RelayOffer | null>(null);
  #isPutOff = $state(readPutOff());

  constructor(app: WeftApp) {
    this.#app = app;
  }

  /** What this page's server offers; null where it runs no mesh, or before it was asked. */
  get own(): RelayOffer | null {
    return this.#own;
  }

  get isPutOff(): boolean {
    return this.#isPutOff;
  }

  async read(): Promise<void> {
    try {
      this.#own = await this.#app.mesh.ownRelay();
    } catch {
      // Without an answer there is nothing to offer; whoever pastes the address is told why.
    }
  }

  putOff(): void {
    this.#isPutOff = true;
    try {
      localStorage.setItem(PUT_OFF_KEY, '1');
    } catch {
      // Site data is blocked: the card is back after a reload.
    }
  }
}

function readPutOff(): boolean {
  try {
    return localStorage.getItem(PUT_OFF_KEY) === '1';
  } catch {
    return false;
  }
}
