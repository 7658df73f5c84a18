import { taggedHash } from './sha256.ts';

/** Ids from here on stand for pictures in a prompt; no vocabulary reaches them. */
export const FIRST_IMAGE_ID = 0x8000_0000;

const WORDS = 8;

/**
 * What stands in `promptHash` for a picture that takes `count` positions: position k is word k mod 8 of the SHA-256 of its
 * file, big-endian, with the top bit set. So a prompt with pictures is one list of u32 like any other, and 248 bits of
 * the hash say which picture it was.
 */
export function imageIds(file: Uint8Array, count: number): Uint32Array {
  const hash = taggedHash('', file);
  const view = new DataView(hash.buffer, hash.byteOffset, hash.byteLength);
  return Uint32Array.from({ length: count }, (_, at) => (view.getUint32(4 * (at % WORDS)) | FIRST_IMAGE_ID) >>> 0);
}
