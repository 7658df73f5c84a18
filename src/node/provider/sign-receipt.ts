import { sha256 } from '@noble/hashes/sha2.js';
import type { SignedReceipt } from '../../mesh/infer/infer.ts';
import type { AnswerCommitment } from '../../protocol/chat.ts';
import { typedDataDigest } from '../../protocol/eip712/digest.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import { hex32 } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import type { NodeSigner } from '../../protocol/mesh/signed.ts';
import { encodeReceipt } from '../../protocol/par1/receipt.ts';

/** Receipts of jobs that were done here, kept at least as long as an offer may count. */
export interface ReceiptBook {
  has(jobId: Hex32): Promise<boolean>;
  /** Resolves when it would survive a crash. False where there is one for this job. Throws storage/*. */
  add(jobId: Hex32, receipt: Uint8Array): Promise<boolean>;
}

/**
 * The receipt of one answer. It is kept before it is signed, so that no crash makes this node sign two for one job.
 * Throws infer/bad-offer where there is one already.
 */
export async function signReceipt(
  job: { readonly domain: SigningDomain; readonly jobId: Hex32; readonly commitment: AnswerCommitment },
  { signer, receipts }: { readonly signer: NodeSigner; readonly receipts: ReceiptBook },
): Promise<SignedReceipt> {
  const { domain, jobId, commitment } = job;
  const bytes = encodeReceipt({ ...commitment, chainId: domain.chainId, jobId, prover: signer.address });
  if (!(await receipts.add(jobId, bytes))) {
    throw new WeftError('infer/bad-offer', 'This order was done already; a receipt is signed once.');
  }
  const receiptHash = hex32(sha256(bytes));
  return { bytes, signature: signer.sign(typedDataDigest(domain, 'Receipt', { receiptHash })) };
}
