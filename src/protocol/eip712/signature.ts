import { secp256k1 } from '@noble/curves/secp256k1.js';
import { WeftError } from '../errors.ts';
import { fromHex } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { addressOf } from './address-of.ts';
import { SIGNATURE_BYTES } from './constants.ts';

const S_AT = 32;
const PARITY_BIT = 0x80;
const WALLET_SIGNATURE_BYTES = 65;
/** What wallets add to the parity of R, since before EIP-155. */
const WALLET_PARITY_BASE = 27;

/** The 64 bytes of an EIP-2098 signature with low s; the same digest and key always give the same bytes (RFC 6979). */
export function signDigest(digest: Hex32, privateKey: Uint8Array): Uint8Array<ArrayBuffer> {
  // Recovery ids 2 and 3 (an R beyond the curve's order) have a chance of 2^-128 and cannot be written in 64 bytes.
  const recovered = secp256k1.sign(fromHex(digest, 32), privateKey, { prehash: false, format: 'recovered' });
  return compact(recovered[0]!, recovered.subarray(1));
}

/**
 * The account that signed the digest. Throws eip712/bad-signature for what is no signature of 64 bytes or has a high s:
 * a signature has one form, so nobody can make a second out of the first.
 */
export function recoverSigner(digest: Hex32, signature: Uint8Array): Address {
  if (signature.length !== SIGNATURE_BYTES) {
    throw badSignature(`has ${signature.length} bytes, expected ${SIGNATURE_BYTES}`);
  }
  const parity = signature[S_AT]! >> 7;
  const parts = Uint8Array.from(signature);
  parts[S_AT]! &= PARITY_BIT - 1;
  try {
    const { r, s } = secp256k1.Signature.fromBytes(parts, 'compact');
    const parsed = new secp256k1.Signature(r, s, parity);
    if (parsed.hasHighS()) throw badSignature('has an s above half of the order');
    return addressOf(parsed.recoverPublicKey(fromHex(digest, 32)).toBytes(false));
  } catch (error) {
    if (error instanceof WeftError) throw error;
    throw badSignature('is no point of the curve', error);
  }
}

/** The 64-byte form of what a wallet returns: r ‖ s ‖ v of 65 bytes, or 64 already. Throws eip712/bad-signature. */
export function fromWalletSignature(signature: Uint8Array): Uint8Array<ArrayBuffer> {
  if (signature.length === SIGNATURE_BYTES) return Uint8Array.from(signature);
  if (signature.length !== WALLET_SIGNATURE_BYTES) {
    throw badSignature(`has ${signature.length} bytes, expected ${WALLET_SIGNATURE_BYTES} or ${SIGNATURE_BYTES}`);
  }
  const v = signature[SIGNATURE_BYTES]!;
  const parity = v >= WALLET_PARITY_BASE ? v - WALLET_PARITY_BASE : v;
  if (parity > 1) throw badSignature(`ends in ${v}, expected 27 or 28`);
  if ((signature[S_AT]! & PARITY_BIT) !== 0) throw badSignature('has an s above half of the order');
  return compact(parity, signature.subarray(0, SIGNATURE_BYTES));
}

function compact(parity: number, rAndS: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = Uint8Array.from(rAndS);
  if (parity === 1) bytes[S_AT]! |= PARITY_BIT;
  return bytes;
}

function badSignature(what: string, cause?: unknown): WeftError {
  return new WeftError('eip712/bad-signature', `A signature ${what}.`, { cause });
}
