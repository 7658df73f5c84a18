import type { Identity } from '../../identity/identity.ts';
import type { WalletProvider } from '../../identity/wallet.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { OpenBroadcast } from '../tabs/tab-feed.ts';
import { createLive } from '../live.ts';
import { createIdentityFeed } from './identity-feed.ts';
import type { IdentityView, KeyState } from './identity-view.ts';

export interface NodeIdentityInit {
  /** Another database than the page's (tests). */
  readonly databaseName?: string;
  readonly report: (error: WeftError) => void;
}

export interface NodeIdentityDeps {
  /** `navigator.locks`; null where the browser has none (an insecure origin). */
  readonly locks: LockManager | null;
  readonly openBroadcast: OpenBroadcast;
  /** Whether this tab leads. */
  readonly leads: () => boolean;
  /** The wallet of the browser; null where there is none. */
  readonly browserWallet: () => WalletProvider | null;
  /** For what an owner signs: the chain and its contract; null where there is none. */
  readonly signingDomain: () => SigningDomain | null;
  readonly nowMs: () => number;
}

/** The key for this tab: what a person sees of it, and for the node's own rooms the key itself. */
export interface NodeIdentity {
  readonly view: IdentityView;
  /** Null until it was read. */
  readonly current: Identity | null;
  stop(): void;
}

/** An owner's word is asked for anew after a year. */
const DELEGATION_SECONDS = 365n * 24n * 3600n;

export function createNodeIdentity(init: NodeIdentityInit, deps: NodeIdentityDeps): NodeIdentity {
  const state = createLive<KeyState>({ status: 'unread' });
  let identity: Identity | null = null;
  let turn: Promise<unknown> = Promise.resolve();

  /** One verb at a time: what one reads, another may be writing. */
  const inTurn = <T>(run: () => Promise<T>): Promise<T> => {
    const result = turn.then(run);
    turn = result.catch(() => undefined);
    return result;
  };

  const openNow = async (isLasting: boolean) => {
    if (identity !== null) return;
    state.set({ status: 'reading' });
    try {
      // Only who asks for a key loads what makes one.
      const { openNodeIdentity } = await import('./open-node-identity.ts');
      identity = await openNodeIdentity(
        { ...init, isLasting },
        { locks: deps.locks, leads: deps.leads, nowMs: deps.nowMs, onChange: (next) => state.set(next) },
      );
      state.set(identity.state);
    } catch (error) {
      state.set({ status: 'unreadable', error: WeftError.from(error).toWire() });
    }
  };
  const opened = async (): Promise<Identity> => {
    await openNow(true);
    if (identity !== null) return identity;
    const now = state.current;
    throw now.status === 'unreadable'
      ? WeftError.fromWire(now.error)
      : new WeftError('app/internal', 'No key was read.');
  };

  const feed = createIdentityFeed({
    openBroadcast: deps.openBroadcast,
    onMessage: ({ type }) => {
      if (identity?.state.isLasting === false || state.current.status === 'unread') return;
      void inTurn(async () => {
        if (identity === null) await openNow(true);
        else if (type === 'changed') await identity.refresh();
        else if (identity.state.status === 'open' && identity.state.hasPassphrase) identity.lock();
      }).catch((error: unknown) => init.report(WeftError.from(error)));
    },
  });
  const reading = <T>(verb: (opened: Identity) => Promise<T>) => inTurn(async () => verb(await opened()));
  const changing = <T>(verb: (opened: Identity) => Promise<T>) =>
    reading(async (opened) => {
      const result = await verb(opened);
      if (opened.state.isLasting) feed.publish({ type: 'changed' });
      return result;
    });

  const view: IdentityView = {
    state,
    get hasBrowserWallet() {
      return deps.browserWallet() !== null;
    },
    open: ({ isLasting = true } = {}) => inTurn(() => openNow(isLasting)),
    create: () => changing((opened) => opened.create()),
    unlock: (passphrase) => reading((opened) => opened.unlock(passphrase)),
    lock: () =>
      reading((opened) => {
        opened.lock();
        if (opened.state.isLasting) feed.publish({ type: 'locked' });
        return Promise.resolve();
      }),
    changePassphrase: (change) => changing((opened) => opened.changePassphrase(change)),
    revealPhrase: (passphrase) => reading((opened) => opened.revealPhrase(passphrase)),
    importPhrase: (phrase, replaces) => changing((opened) => opened.importPhrase(phrase, replaces)),
    switchTo: (address) => changing((opened) => opened.switchTo(address)),
    forget: (address) => changing((opened) => opened.forget(address)),
    setAsideDamaged: () => changing((opened) => opened.setAsideDamaged()),

    async connectOwner(payout) {
      const wallet = deps.browserWallet();
      const domain = deps.signingDomain();
      if (wallet === null || domain === null) {
        throw new WeftError(
          'identity/wallet-failed',
          'There is no wallet in this browser, or no chain to connect it for.',
          {
            hints: ['Install a wallet in this browser, then reload the page.'],
          },
        );
      }
      const { state: known } = await reading((opened) => Promise.resolve(opened));
      if (known.status !== 'open' && known.status !== 'locked') {
        throw new WeftError('identity/no-key', 'There is no key to stand behind yet.', {
          hints: ['Create a key first.'],
        });
      }
      const { requestDelegation } = await import('../../identity/wallet.ts');
      const expiry = BigInt(Math.floor(deps.nowMs() / 1000)) + DELEGATION_SECONDS;
      // The wallet may ask the person for minutes: other verbs do not wait for that.
      const signed = await requestDelegation(wallet, { domain, node: known.address, payout, expiry }, deps);
      await changing((opened) => opened.setDelegation(signed));
    },
    disconnectOwner: () => changing((opened) => opened.setDelegation(null)),
  };

  return {
    view,
    get current() {
      return identity;
    },
    stop: () => feed.close(),
  };
}
