import type { MovementEvent } from '../../chain/movement-events.ts';
import type { WireError } from '../../protocol/errors.ts';
import type { Address, Hex32 } from '../../protocol/ids.ts';
import type { Live } from '../live.ts';

/** What the page's server says of its chain. */
export interface WalletChain {
  readonly chainId: number;
  /** The server's own chain, whose tokens are for trying out: `faucet` gives some. */
  readonly isEmbedded: boolean;
  /** Where tokens can be bought, by the operator's word; null where nothing is named. */
  readonly onRampUrl: string | null;
}

/** A withdrawal from the deposit that was announced. */
interface AnnouncedWithdrawal {
  readonly amount: bigint;
  readonly opensAtMs: number;
}

/** A node's bond. */
interface WalletStake {
  readonly amount: bigint;
  /** What no open work holds. */
  readonly free: bigint;
  readonly isProvider: boolean;
  readonly isValidator: boolean;
  /** When it may be withdrawn; null while it stays. */
  readonly opensAtMs: number | null;
  /** The block from which it may be withdrawn as well; null while it stays. */
  readonly opensAtBlock: bigint | null;
}

/** What became of money, newest first in a list. */
export interface Movement extends MovementEvent {
  readonly atMs: number;
}

/** Amounts are in the token's smallest unit: 10^18 make one. */
export interface WalletFigures {
  /** The chain's own coin, which pays for transactions, in its smallest unit. */
  readonly gas: bigint;
  /** What one change takes of it now, at most about. */
  readonly fee: bigint;
  readonly balance: bigint;
  /** What jobs are paid from, the announced withdrawal included. */
  readonly deposit: bigint;
  readonly withdrawal: AnnouncedWithdrawal | null;
  /** Null where this account has no bond. */
  readonly stake: WalletStake | null;
  /** The least bond of each role. */
  readonly bonds: { readonly provider: bigint; readonly validator: bigint };
  /** Earned and not yet withdrawn. */
  readonly earned: bigint;
  readonly movements: readonly Movement[];
  /** True where older movements are left out. */
  readonly areMovementsCut: boolean;
  readonly readAtMs: number;
}

export type WalletAction =
  | 'faucet'
  | 'deposit'
  | 'announce-withdrawal'
  | 'withdraw'
  | 'withdraw-earnings'
  | 'stake'
  | 'unstake'
  | 'withdraw-stake';

/** How far an action is. An action may take several transactions: `step` counts them from 1. */
export interface WalletProgress {
  readonly action: WalletAction;
  readonly status: 'asking' | 'signing' | 'sent' | 'confirmed';
  readonly step: number;
  readonly steps: number;
  /** Null before it is sent. */
  readonly transaction: Hex32 | null;
}

export type WalletState =
  /** The server was not asked yet. */
  | { readonly status: 'starting' }
  /** This mesh has no chain: everything costs nothing. */
  | { readonly status: 'no-chain' }
  | { readonly status: 'no-key'; readonly chain: WalletChain }
  | {
      readonly status: 'ready';
      readonly chain: WalletChain;
      readonly address: Address;
      /** The last that were read; null before the first. */
      readonly figures: WalletFigures | null;
      readonly isReading: boolean;
      /** Why the last reading failed; null where it did not. */
      readonly error: WireError | null;
      /** The action under way, in this tab; null where there is none. */
      readonly progress: WalletProgress | null;
    };

export interface ActOptions {
  readonly onProgress?: (progress: WalletProgress) => void;
  /** Ends the wait; what was sent stays sent. */
  readonly signal?: AbortSignal;
}

/**
 * The money of this profile. Verbs resolve with the hash of their last transaction once it is in a block and the figures
 * are read anew; one at a time, or app/busy. They reject with chain/* and identity/* codes, and chain/none where this mesh
 * has no chain or there is no open key.
 */
export interface Wallet {
  readonly state: Live<WalletState>;
  /** Reads the server's word and the figures anew. Never rejects: what failed is in the state. */
  refresh(): Promise<void>;
  /** Test tokens and coin for fees, on the server's own chain only. Throws chain/faucet. */
  faucet(options?: ActOptions): Promise<Hex32>;
  deposit(amount: bigint, options?: ActOptions): Promise<Hex32>;
  /** Replaces an earlier announcement; 0 calls it off. */
  announceWithdrawal(amount: bigint, options?: ActOptions): Promise<Hex32>;
  /** Pays the announced withdrawal out, once it is open. */
  withdraw(options?: ActOptions): Promise<Hex32>;
  withdrawEarnings(options?: ActOptions): Promise<Hex32>;
  /** Adds to the bond, or makes this node a provider with it. */
  stake(amount: bigint, options?: ActOptions): Promise<Hex32>;
  /** Leaves the list of nodes at once; the bond can be withdrawn after the cooldown. */
  unstake(options?: ActOptions): Promise<Hex32>;
  withdrawStake(options?: ActOptions): Promise<Hex32>;
}
