import { decodeFunctionData } from 'viem';
import type { DecodeEventLogReturnType, Hex } from 'viem';
import { address } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import { createBatchBook } from './batch-book.ts';
import { settlementAbi } from './generated/settlement-abi.ts';

/** An event that names a batch. */
type BatchEvent = Extract<
  DecodeEventLogReturnType<typeof settlementAbi>,
  { readonly eventName: 'BatchPosted' | 'BatchFinalized' | 'ChallengeClosed' | 'JobCancelled' }
>;

interface BatchMovement {
  readonly kind: 'paid' | 'refunded' | 'earned' | 'share-earned';
  readonly amount: bigint;
}

interface BatchMovementsInit {
  readonly account: Address;
  readonly settlement: Address;
}

interface BatchMovementsDeps {
  /** Null where the chain no longer has it. */
  readonly transaction: (hash: Hex32) => Promise<{ readonly to: string | null; readonly input: Hex } | null>;
}

export interface BatchMovements {
  /** Drops what was noted from this block on, before it is read again. */
  forgetFrom(block: bigint): void;
  /** What an event moved for the account; events come in the chain's order. */
  of(
    event: BatchEvent,
    at: { readonly blockNumber: bigint; readonly transactionHash: Hex32 },
  ): Promise<readonly BatchMovement[]>;
}

const IS_DEBIT = 0;

/** Tells what an account paid, got back and earned in batches. */
export function createBatchMovements(
  { account, settlement }: BatchMovementsInit,
  { transaction }: BatchMovementsDeps,
): BatchMovements {
  const book = createBatchBook(account);
  const only = (kind: BatchMovement['kind'], amount: bigint) => (amount > 0n ? [{ kind, amount }] : []);

  /** The event names neither party, the call does. Null where another contract called. */
  const cancelledLeaf = async (nonce: bigint, index: bigint, hash: Hex32) => {
    const sent = await transaction(hash);
    if (sent?.to?.toLowerCase() !== settlement) return null;
    let call;
    try {
      call = decodeFunctionData({ abi: settlementAbi, data: sent.input });
    } catch {
      // A contract reads encodings that are refused here, so anyone can send one.
      return null;
    }
    if (call.functionName !== 'duplicate' && call.functionName !== 'chargeFault') return null;
    const { header, leaf } = call.functionName === 'duplicate' ? call.args[1] : call.args[0];
    return header.nonce === nonce && BigInt(leaf.index) === index ? leaf : null;
  };

  return {
    forgetFrom: (block) => book.forgetFrom(block),
    async of(event, { blockNumber: block, transactionHash }) {
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
          if (!book.hasFigure(event.args.nonce)) return [];
          const leaf = await cancelledLeaf(event.args.nonce, event.args.index, transactionHash);
          if (leaf === null) return [];
          if (address(leaf.provider) === account) {
            book.cut(event.args.nonce, { block, side: 'credit', amount: event.args.providerCut });
          }
          if (address(leaf.consumer) !== account) return [];
          return only('refunded', book.cut(event.args.nonce, { block, side: 'debit', amount: event.args.refund }));
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
