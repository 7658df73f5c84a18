import { HASH_BYTES, HIGHEST_U32 } from './constants.ts';
import { requireBytes, requireInteger } from './guard.ts';
import { createSha256, firstU32, taggedMessage } from './sha256.ts';

const ADDRESS_BYTES = 20;

interface PositionDraw {
  /** R, 32 bytes. */
  readonly beacon: Uint8Array;
  /** 32 bytes. */
  readonly receiptHash: Uint8Array;
  /** 20 bytes. */
  readonly auditor: Uint8Array;
  /** Positions there are. */
  readonly leafCount: number;
  /** Positions wanted, at most `leafCount`. */
  readonly pick: number;
}

/** Distinct positions in the order they are drawn, which is the order the test consumes them in; throws par1/bad-input. */
export function drawPositions(draw: PositionDraw): number[] {
  const { leafCount, pick } = draw;
  requireBytes('beacon', draw.beacon, HASH_BYTES);
  requireBytes('receiptHash', draw.receiptHash, HASH_BYTES);
  requireBytes('auditor', draw.auditor, ADDRESS_BYTES);
  requireInteger('leafCount', leafCount, 1, HIGHEST_U32);
  requireInteger('pick', pick, 0, leafCount);
  const counterAt = 2 * HASH_BYTES + ADDRESS_BYTES;
  const { bytes, view, bodyAt } = taggedMessage('weft/positions/1', counterAt + 4);
  bytes.set(draw.beacon, bodyAt);
  bytes.set(draw.receiptHash, bodyAt + HASH_BYTES);
  bytes.set(draw.auditor, bodyAt + 2 * HASH_BYTES);
  const sha = createSha256();
  const hash = new Uint8Array(HASH_BYTES);
  // Numbers above the last multiple of leafCount would favour the low positions.
  const bound = 2 ** 32 - (2 ** 32 % leafCount);
  const positions = new Set<number>();
  for (let counter = 0; positions.size < pick; counter++) {
    view.setUint32(bodyAt + counterAt, counter);
    sha.into(bytes, hash);
    const number = firstU32(hash);
    if (number < bound) positions.add(number % leafCount);
  }
  return [...positions];
}
