import type { SignedReceipt } from '../../../mesh/infer/infer.ts';
import type { AnswerCommitment, JobProof } from '../../../protocol/chat.ts';
import { toHex } from '../../../protocol/ids.ts';
import type { Address } from '../../../protocol/ids.ts';
import { offerToWire } from '../../../protocol/mesh/job.ts';
import type { SignedOffer } from '../../../protocol/mesh/signed-offer.ts';
import { decodeReceipt } from '../../../protocol/par1/receipt.ts';
import type { Path } from '../../../mesh/host/mesh-host.ts';

export interface WrittenPart {
  /** False where other nodes wrote some of the answer: then no one receipt covers it. */
  readonly isWhole: boolean;
  readonly provider: Address;
  readonly path: Path;
  readonly order: SignedOffer;
  /** Checked against the order and the tokens that came; null where nothing was sampled. */
  readonly receipt: SignedReceipt | null;
}

/** What is kept of an answer's receipt: the commitment as the engine here would state it, and the papers themselves. */
export function partProof({ isWhole, provider, path, order, receipt }: WrittenPart): {
  readonly commitment: AnswerCommitment | null;
  readonly proof?: JobProof;
} {
  if (!isWhole || receipt === null) return { commitment: null };
  const { leafCount, root, seed, manifest, promptHash, outputHash, params } = decodeReceipt(receipt.bytes);
  return {
    commitment: { leafCount, root, seed, manifest, promptHash, outputHash, params },
    proof: {
      provider,
      path,
      offer: offerToWire(order.offer),
      offerSignature: toHex(order.signature),
      receipt: toHex(receipt.bytes),
      receiptSignature: toHex(receipt.signature),
    },
  };
}
