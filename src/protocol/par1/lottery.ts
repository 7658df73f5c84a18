import { HASH_BYTES } from './constants.ts';
import { WeftError } from '../errors.ts';
import { requireBytes } from './guard.ts';
import { firstU32, taggedHash } from './sha256.ts';

/** Whether a receipt is audited at rate `alpha` (0 to 1) under the beacon R; throws par1/bad-input. */
export function isDrawn(beacon: Uint8Array, receiptHash: Uint8Array, alpha: number): boolean {
  requireBytes('beacon', beacon, HASH_BYTES);
  requireBytes('receiptHash', receiptHash, HASH_BYTES);
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new WeftError('par1/bad-input', `Expected an audit rate from 0 to 1, got ${alpha}.`);
  }
  return firstU32(taggedHash('weft/audit/1', beacon, receiptHash)) < Math.floor(alpha * 2 ** 32);
}
