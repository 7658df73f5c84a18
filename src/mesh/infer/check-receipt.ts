import { typedDataDigest } from '../../protocol/eip712/digest.ts';
import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { recoverSigner } from '../../protocol/eip712/signature.ts';
import type { Message } from '../../protocol/eip712/types.ts';
import { jobIdOf } from '../../protocol/eip712/digest.ts';
import { WeftError } from '../../protocol/errors.ts';
import { fromHex, hex32 } from '../../protocol/ids.ts';
import { decodeReceipt, receiptHash } from '../../protocol/par1/receipt.ts';
import { deriveSeed } from '../../protocol/par1/seed.ts';
import { tokensHash } from '../../protocol/par1/tokens-hash.ts';
import type { SignedReceipt } from './infer.ts';

/**
 * Throws infer/bad-receipt unless the receipt is for this order and for the tokens that came (`ids`), signed by the node
 * that the order is for. Whether the model wrote them is for audits to find out.
 */
export function checkReceipt(
  domain: SigningDomain,
  offer: Message<'Offer'>,
  ids: readonly number[],
  { bytes, signature }: SignedReceipt,
): void {
  const jobId = jobIdOf(domain, offer);
  try {
    const receipt = decodeReceipt(bytes);
    const { params } = receipt;
    const fields: readonly (readonly [string, unknown, unknown])[] = [
      ['chain', receipt.chainId, domain.chainId],
      ['job', receipt.jobId, jobId],
      ['prover', receipt.prover, offer.provider],
      ['model', receipt.manifest, offer.manifest],
      ['prompt', receipt.promptHash, offer.promptHash],
      ['answer', receipt.outputHash, hex32(tokensHash(ids))],
      ['number of tokens', receipt.leafCount, ids.length],
      ['temperature', params.temperatureQ, offer.temperatureQ],
      ['nucleus', params.topPBps, offer.topPBps],
      ['number of candidates', params.topK, offer.topK],
      ['seed', receipt.seed, hex32(deriveSeed(fromHex(jobId, 32), fromHex(offer.nonce, 32)))],
    ];
    for (const [name, found, wanted] of fields) if (found !== wanted) throw badReceipt(`names another ${name}`);
    const digest = typedDataDigest(domain, 'Receipt', { receiptHash: receiptHash(bytes) });
    if (recoverSigner(digest, signature) !== offer.provider) throw badReceipt('is signed by another node');
  } catch (error) {
    if (error instanceof WeftError && error.code === 'infer/bad-receipt') throw error;
    throw badReceipt('cannot be read', error);
  }
}

function badReceipt(what: string, cause?: unknown): WeftError {
  return new WeftError('infer/bad-receipt', `The receipt for an answer ${what}.`, {
    hints: ['Ask again: another node answers.'],
    cause,
  });
}
