import type { Hex } from 'viem';
import type { Address } from '../protocol/ids.ts';
import { MAX_BATCHES_KEPT, MAX_CUTS_KEPT } from './constants.ts';
import { amountInList } from './packed-list.ts';

type Side = 'debit' | 'credit';

interface Cut {
  readonly block: bigint;
  readonly side: Side;
  readonly amount: bigint;
}

interface Batch {
  readonly block: bigint;
  readonly debit: bigint;
  readonly credit: bigint;
  /** Place among the signers; −1 where it is none of them. */
  readonly seat: number;
  readonly signers: number;
  cuts: readonly Cut[];
}

interface PostedBatch {
  readonly signers: readonly Address[];
  readonly debits: Hex;
  readonly credits: Hex;
}

/** What batches mean for one account. Events must come in the chain's order. */
export interface BatchBook {
  /** Drops what was noted from this block on, before it is read again. */
  forgetFrom(block: bigint): void;
  /** Returns what the account paid. */
  post(nonce: bigint, block: bigint, posted: PostedBatch): bigint;
  /** Takes up to `amount` from the account's figure and returns what was taken. */
  cut(nonce: bigint, cut: Cut): bigint;
  /** Returns what the account is credited as a provider and as a signer, of `share` for all signers. */
  finalize(nonce: bigint, share: bigint): { readonly credit: bigint; readonly share: bigint };
}

/**
 * Remembers an account's figures from the posting of a batch to its end, since the later events name only the batch.
 * The oldest batches are forgotten first; of a batch that is not known nothing is said.
 */
export function createBatchBook(account: Address): BatchBook {
  const batches = new Map<bigint, Batch>();
  const left = ({ cuts, ...batch }: Batch, side: Side) =>
    cuts.reduce((rest, cut) => (cut.side === side ? rest - cut.amount : rest), batch[side]);

  return {
    forgetFrom(block) {
      for (const [nonce, batch] of batches) {
        if (batch.block >= block) batches.delete(nonce);
        else batch.cuts = batch.cuts.filter((cut) => cut.block < block);
      }
    },
    post(nonce, block, { signers, debits, credits }) {
      const debit = amountInList(debits, account);
      const credit = amountInList(credits, account);
      const seat = signers.indexOf(account);
      batches.delete(nonce);
      if (debit === 0n && credit === 0n && seat === -1) return 0n;
      batches.set(nonce, { block, debit, credit, seat, signers: signers.length, cuts: [] });
      const [oldest] = batches.keys();
      if (batches.size > MAX_BATCHES_KEPT && oldest !== undefined) batches.delete(oldest);
      return debit;
    },
    cut(nonce, { block, side, amount }) {
      const batch = batches.get(nonce);
      if (batch === undefined) return 0n;
      const rest = left(batch, side);
      const taken = amount < rest ? amount : rest;
      // Better nothing said than an amount that was not earned.
      if (batch.cuts.length === MAX_CUTS_KEPT) batches.delete(nonce);
      else batch.cuts = [...batch.cuts, { block, side, amount: taken }];
      return taken;
    },
    finalize(nonce, share) {
      const batch = batches.get(nonce);
      if (batch === undefined) return { credit: 0n, share: 0n };
      const credit = left(batch, 'credit');
      if (batch.seat === -1) return { credit, share: 0n };
      const each = share / BigInt(batch.signers);
      // What does not divide goes to the first.
      return { credit, share: batch.seat === 0 ? share - each * BigInt(batch.signers - 1) : each };
    },
  };
}
