import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf } from '../eip712/address-of.ts';
import { signDigest } from '../eip712/signature.ts';
import type { NodeSigner } from './signed.ts';

/** A node's key made from one number, so that its signatures are the same in every run. */
export function signerOf(seed: number): NodeSigner {
  const key = new Uint8Array(32).fill(seed);
  return { address: addressOf(secp256k1.getPublicKey(key)), sign: (digest) => signDigest(digest, key) };
}
