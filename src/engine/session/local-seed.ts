import { deriveSeed } from '../../protocol/par1/seed.ts';

/**
 * PAR-1's seed for an answer that nobody ordered: there is no offer, so job id and nonce are made here. The same integer
 * gives the same seed; null draws one.
 */
export function localSeed(seed: number | null): Uint8Array {
  const jobId = new Uint8Array(32);
  const nonce = new Uint8Array(32);
  if (seed === null) {
    crypto.getRandomValues(jobId);
    crypto.getRandomValues(nonce);
  } else {
    jobId.set(new TextEncoder().encode('weft/local/1'));
    new DataView(nonce.buffer).setFloat64(0, seed);
  }
  return deriveSeed(jobId, nonce);
}
