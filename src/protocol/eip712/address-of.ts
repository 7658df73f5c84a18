import { secp256k1 } from '@noble/curves/secp256k1.js';
import { address } from '../ids.ts';
import type { Address } from '../ids.ts';
import { keccak256 } from '../keccak.ts';

const ADDRESS_AT = 12;

/** The EVM account of a secp256k1 public key, compressed or not. */
export function addressOf(publicKey: Uint8Array): Address {
  const [, ...xAndY] = secp256k1.Point.fromBytes(publicKey).toBytes(false);
  return address(keccak256(Uint8Array.from(xAndY)).subarray(ADDRESS_AT));
}
