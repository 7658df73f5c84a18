import { keccak_256 } from '@noble/hashes/sha3.js';

/** Keccak-256 over the parts, one after the other. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = keccak_256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}
