import type { SignedDelegation } from '../protocol/eip712/delegation.ts';
import type { WeftError } from '../protocol/errors.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';

/** What is always known, open or locked. */
interface KnownKey {
  readonly address: Address;
  readonly hasPassphrase: boolean;
  /** Who stands behind the node and is paid, checked; null where nobody is named or it no longer counts. */
  readonly delegation: SignedDelegation | null;
  /** Keys that this one replaced and that are still kept. */
  readonly replaced: readonly Address[];
}

/** The node's key as the person meets it. `isLasting` false: it is gone with the page. */
export type IdentityState = { readonly isLasting: boolean } & (
  | { readonly status: 'none' }
  | ({ readonly status: 'locked' } & KnownKey)
  | ({ readonly status: 'open' } & KnownKey)
  | { readonly status: 'damaged'; readonly error: WeftError }
);

/** What became of a recovery phrase: its key is in use, or another one is and has to be replaced knowingly. */
type ImportOutcome =
  | { readonly outcome: 'opened'; readonly address: Address }
  | { readonly outcome: 'asks'; readonly address: Address; readonly replaces: Address };

interface ChangePassphrase {
  /** The one there is; null where there is none. */
  readonly current: string | null;
  /** Null removes it. */
  readonly next: string | null;
}

/**
 * One secp256k1 key: the node's libp2p identity and its EVM account. Every call throws identity/bad-record while the record
 * is damaged, except `setAsideDamaged`.
 */
export interface Identity {
  readonly state: IdentityState;
  /** Makes a key where there is none; where another tab was faster, that one's is taken. */
  create(): Promise<void>;
  /** Throws identity/wrong-passphrase, identity/no-key. */
  unlock(passphrase: string): Promise<void>;
  /** Forgets the open key until the passphrase comes again; throws identity/bad-passphrase where there is none. */
  lock(): void;
  /** Sets, changes or removes the passphrase; throws identity/wrong-passphrase, identity/bad-passphrase. */
  changePassphrase(change: ChangePassphrase): Promise<void>;
  /** The recovery phrase, to be shown and written down. Asks for the passphrase again where there is one. */
  revealPhrase(passphrase: string | null): Promise<string>;
  /**
   * Uses the key of a recovery phrase. Another key that is in use is replaced only where `replaces` names it, and stays on
   * this device. The phrase of a locked key opens it and removes the passphrase. Throws identity/bad-phrase.
   */
  importPhrase(phrase: string, replaces?: Address): Promise<ImportOutcome>;
  /** Takes a replaced key into use again; the one in use stays as replaced. */
  switchTo(address: Address): Promise<void>;
  /** Deletes a replaced key; never the one in use. */
  forget(address: Address): Promise<void>;
  /** Keeps what an owner signed; throws identity/bad-delegation. */
  setDelegation(delegation: SignedDelegation | null): Promise<void>;
  /** 64 bytes, EIP-2098, over a digest of typed data. Throws identity/locked, identity/no-key. */
  sign(digest: Hex32): Uint8Array<ArrayBuffer>;
  /**
   * A copy of the 32 bytes of the private key, for libp2p only: its Noise handshake signs with the raw key and has no way
   * to be handed a signer. Only the leading tab runs libp2p, so in any other this throws app/no-leader.
   */
  exportForLibp2p(): Uint8Array<ArrayBuffer>;
  /**
   * Reads again what another tab may have changed; an open key stays open while it is the one in use. Throws storage/*.
   */
  refresh(): Promise<void>;
  /** Keeps the damaged record under another name and begins without a key. */
  setAsideDamaged(): Promise<void>;
}
