import { HIGHEST_U32 } from './constants.ts';
import { requireInteger } from './guard.ts';
import { taggedHash } from './sha256.ts';

/** promptHash and outputHash: SHA-256(u32 count ‖ u32 ids…), big-endian. Throws par1/bad-input for an id that is no u32. */
export function tokensHash(ids: ArrayLike<number>): Uint8Array {
  const bytes = new Uint8Array(4 + 4 * ids.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, ids.length);
  for (let i = 0; i < ids.length; i++) {
    requireInteger(`token ${i}`, ids[i]!, 0, HIGHEST_U32);
    view.setUint32(4 + 4 * i, ids[i]!);
  }
  return taggedHash('', bytes);
}
