import { sha256 } from '@noble/hashes/sha2.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { HASH_BYTES } from './constants.ts';

/** A SHA-256 that is made once and used for every message of a loop. */
interface Sha256 {
  /** Writes the 32 bytes of SHA-256(message) to the start of `out`. */
  readonly into: (message: Uint8Array, out: Uint8Array) => void;
}

export function createSha256(): Sha256 {
  const fresh = sha256.create();
  const work = sha256.create();
  return {
    into(message, out) {
      fresh._cloneInto(work);
      work.update(message).digestInto(out);
    },
  };
}

/** SHA-256 over an ASCII tag and the parts, one after the other. */
export function taggedHash(tag: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = sha256.create().update(utf8ToBytes(tag));
  for (const part of parts) hash.update(part);
  const out = new Uint8Array(HASH_BYTES);
  hash.digestInto(out);
  return out;
}

/** A message of `tag ‖ body` whose body is rewritten in place for each hash. */
export function taggedMessage(tag: string, bodyBytes: number): { bytes: Uint8Array; view: DataView; bodyAt: number } {
  const head = utf8ToBytes(tag);
  const bytes = new Uint8Array(head.length + bodyBytes);
  bytes.set(head);
  return { bytes, view: new DataView(bytes.buffer), bodyAt: head.length };
}

/** The first four bytes as a big-endian number. */
export function firstU32(hash: Uint8Array): number {
  return ((hash[0]! << 24) | (hash[1]! << 16) | (hash[2]! << 8) | hash[3]!) >>> 0;
}
