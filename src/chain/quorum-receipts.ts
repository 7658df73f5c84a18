import { hexToBytes, parseEventLogs } from 'viem';
import type { Log } from 'viem';
import { WeftError } from '../protocol/errors.ts';
import { fromHex, hex32 } from '../protocol/ids.ts';
import type { Hex32 } from '../protocol/ids.ts';
import { HASH_BYTES } from '../protocol/quorum/constants.ts';
import { quorumProof } from '../protocol/quorum/merkle.ts';
import { decodeQuorumReceipt, quorumReceiptHash } from '../protocol/quorum/receipt.ts';
import type { QuorumReceipt } from '../protocol/quorum/receipt.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';

/** How a task of the quorum ended, with its place in the contract's tree of receipts. */
export interface ExportedReceipt {
  readonly receipt: QuorumReceipt;
  readonly receiptHash: Hex32;
  /** As in the contract: 0 for the first task that ended. */
  readonly index: number;
}

/**
 * The receipts in logs of the quorum contract, in order; logs of other events are passed over. Throws quorum/bad-receipt
 * for bytes that are no receipt or not those of the hash beside them.
 */
export function exportedReceipts(logs: readonly Log[]): ExportedReceipt[] {
  const events = parseEventLogs({ abi: inferenceQuorumAbi, eventName: 'ReceiptExported', logs: [...logs] });
  return events.map(({ args }) => {
    const bytes = hexToBytes(args.receipt);
    const receiptHash = quorumReceiptHash(bytes);
    if (receiptHash !== hex32(args.receiptHash)) {
      throw new WeftError('quorum/bad-receipt', `Receipt ${args.index} is not the one that its hash names.`);
    }
    return { receipt: decodeQuorumReceipt(bytes), receiptHash, index: Number(args.index) };
  });
}

/**
 * What proves receipt `index` to the contract, and to any chain that knows the tree's root. Takes all receipts up to the
 * root's from the first on; throws quorum/bad-proof where one is missing.
 */
export function receiptPath(receipts: readonly ExportedReceipt[], index: number): Hex32[] {
  for (const [place, receipt] of receipts.entries()) {
    if (receipt.index === place) continue;
    throw new WeftError('quorum/bad-proof', `Expected receipt ${place} of the tree, got receipt ${receipt.index}.`);
  }
  const values = receipts.map(({ receiptHash }) => fromHex(receiptHash, HASH_BYTES));
  return quorumProof(values, index).map((sibling) => hex32(sibling));
}
