import type { Identity, IdentityState } from '../../identity/identity.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { Live } from '../live.ts';

/** The key as a person meets it: `unread` until somebody asks for it, `unreadable` while the disk does not answer. */
export type KeyState =
  | { readonly status: 'unread' | 'reading' }
  | { readonly status: 'unreadable'; readonly error: WireError }
  | IdentityState;

/**
 * The node's key. Nothing is read before `open`, and nothing is made before `create` or `importPhrase`. What other tabs
 * change is in `state`; verbs throw identity/* and storage/* codes, one after the other.
 */
export interface IdentityView extends Omit<
  Identity,
  'state' | 'sign' | 'exportForLibp2p' | 'lock' | 'setDelegation' | 'refresh'
> {
  readonly state: Live<KeyState>;
  /** A browser wallet is there that could stand behind the key. */
  readonly hasBrowserWallet: boolean;
  /**
   * Reads what is stored, unless that was done; again after a failure. Never rejects: the state tells. `isLasting` false
   * goes on without the disk, with a key that is gone with the page.
   */
  open(options?: { readonly isLasting?: boolean }): Promise<void>;
  /** Forgets the open key, in every tab, until the passphrase comes again. */
  lock(): Promise<void>;
  /**
   * Asks the browser's wallet to stand behind the key as its owner, and keeps what it signed. Earnings go to `payout`, or to
   * the owner where it is null. Throws identity/wallet-refused, identity/wallet-failed, identity/bad-delegation.
   */
  connectOwner(payout: Address | null): Promise<void>;
  disconnectOwner(): Promise<void>;
}
