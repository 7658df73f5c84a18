import { LEAF_BYTES } from './constants.ts';
import { createSha256 } from './sha256.ts';

const LEAF_PREFIX = 0;

/** Writes SHA-256(0x00 ‖ leaf) of the 272 bytes at `offset` to `out`. */
type LeafHasher = (bytes: Uint8Array, offset: number, out: Uint8Array) => void;

export function createLeafHasher(): LeafHasher {
  const sha = createSha256();
  const message = new Uint8Array(1 + LEAF_BYTES);
  message[0] = LEAF_PREFIX;
  return (bytes, offset, out) => {
    for (let i = 0; i < LEAF_BYTES; i++) message[1 + i] = bytes[offset + i]!;
    sha.into(message, out);
  };
}
