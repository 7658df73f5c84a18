import { jobIdOf } from '../eip712/digest.ts';
import type { SigningDomain } from '../eip712/digest.ts';
import { recoverSigner } from '../eip712/signature.ts';
import type { Message } from '../eip712/types.ts';
import { WeftError } from '../errors.ts';
import type { Hex32 } from '../ids.ts';
import type { NodeSigner } from './signed.ts';

/** One job as its consumer ordered it. */
export interface SignedOffer {
  readonly offer: Message<'Offer'>;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** Signs an offer as its consumer. */
export function signOffer(domain: SigningDomain, offer: Message<'Offer'>, consumer: NodeSigner): SignedOffer {
  return { offer, signature: consumer.sign(jobIdOf(domain, offer)) };
}

/** The jobId of an offer that its consumer signed. Throws infer/bad-offer. */
export function checkOffer(domain: SigningDomain, { offer, signature }: SignedOffer): Hex32 {
  const jobId = jobIdOf(domain, offer);
  try {
    if (recoverSigner(jobId, signature) === offer.consumer) return jobId;
  } catch (error) {
    throw badOffer(error);
  }
  throw badOffer();
}

function badOffer(cause?: unknown): WeftError {
  return new WeftError('infer/bad-offer', 'The order is not signed by the node that sent it.', { cause });
}
