import type { DecodeEventLogReturnType } from 'viem';
import { address } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import { createBatchBook } from './batch-book.ts';
import type { settlementAbi } from './generated/settlement-abi.ts';

/** An event that names a batch. */
type BatchEvent = Extract<
  DecodeEventLogReturnType<typeof settlementAbi>,
  { readonly eventName: 'BatchPosted' | 'BatchFinalized' | 'ChallengeClosed' | 'JobCancelled' }
>;

interface BatchMovement {
  readonly kind: 'paid' | 'refunded' | 'earned' | 'share-earned';
  readonly amount: bigint;
}

interface BatchMovements {
  /** Drops what was noted from this block on, before it is read again. */
  forgetFrom(block: bigint): void;
  /** What an event moved for the account; events come in the chain's order. */
  of(event: BatchEvent, block: bigint): readonly BatchMovement[];
}

const IS_DEBIT = 0;

/** Tells what an account paid, got back and earned in batches. */
export function createBatchMovements(account: Address): BatchMovements {
  const book = createBatchBook(account);
  const only = (kind: BatchMovement['kind'], amount: bigint) => (amount > 0n ? [{ kind, amount }] : []);

  return {
    forgetFrom: (block) => book.forgetFrom(block),
    of(event, block) {
      switch (event.eventName) {
        case 'BatchPosted': {
          const { nonce, debits, credits } = event.args;
          const signers = event.args.signers.map((signer) => address(signer));
          return only('paid', book.post(nonce, block, { signers, debits, credits }));
        }
        case 'ChallengeClosed': {
          if (address(event.args.account) !== account) return [];
          const side = event.args.kind === IS_DEBIT ? 'debit' : 'credit';
          const taken = book.cut(event.args.nonce, { block, side, amount: event.args.cancelled });
          return side === 'debit' ? only('refunded', taken) : [];
        }
        case 'JobCancelled': {
          const { nonce, consumer, provider, refund, providerCut } = event.args;
          if (address(provider) === account) book.cut(nonce, { block, side: 'credit', amount: providerCut });
          if (address(consumer) !== account) return [];
          return only('refunded', book.cut(nonce, { block, side: 'debit', amount: refund }));
        }
        case 'BatchFinalized': {
          const { credit, share } = book.finalize(event.args.nonce, event.args.share);
          return [...only('earned', credit), ...only('share-earned', share)];
        }
        default:
          return event satisfies never;
      }
    },
  };
}
