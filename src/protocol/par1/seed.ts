import { HASH_BYTES } from './constants.ts';
import { requireBytes } from './guard.ts';
import { taggedHash } from './sha256.ts';

/** The job's seed: the prover chooses neither the job's id nor the consumer's nonce, so nothing here is its choice. */
export function deriveSeed(jobId: Uint8Array, nonce: Uint8Array): Uint8Array {
  requireBytes('jobId', jobId, HASH_BYTES);
  requireBytes('nonce', nonce, HASH_BYTES);
  return taggedHash('weft/seed/1', jobId, nonce);
}
