import { sha256 } from '@noble/hashes/sha2.js';
import * as v from 'valibot';
import { decodeBase64Url, encodeBase64Url } from '../base64url.ts';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { recoverSigner } from '../eip712/signature.ts';
import { WeftError } from '../errors.ts';
import type { Address } from '../ids.ts';
import { CLOCK_SKEW_S } from './constants.ts';
import { addressField, bytesField, timeField } from './fields.ts';
import { signedDigest } from './signed.ts';
import type { NodeSigner } from './signed.ts';

/** The scheme of the `Authorization` header: `Weft <base64url>`. */
const SCHEME = 'Weft ';
const MAX_HEADER_BYTES = 256;
/** Bytes of a nonce; each is accepted once while its time counts. */
export const NONCE_BYTES = 16;

const headerSchema = v.object({
  address: addressField,
  time: timeField,
  nonce: bytesField(NONCE_BYTES),
  signature: bytesField(64),
});

/** What one signature covers. */
export interface SignedRequest {
  /** The relay that it is for: another one cannot use it. */
  readonly relay: Address;
  /** Upper case. */
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Empty where there is none. */
  readonly body: Uint8Array;
}

export interface AuthorizationInit {
  /** Seconds since 1970. */
  readonly nowS: number;
  /** 16 random bytes. */
  readonly nonce: Uint8Array;
}

function digestOf(request: SignedRequest, time: number, nonce: Uint8Array) {
  const { relay, method, path, body } = request;
  return signedDigest('request', encodeCbor({ relay, method, path, body: sha256(body), time, nonce }));
}

/** The value of the `Authorization` header for one request. */
export function authorize(request: SignedRequest, init: AuthorizationInit, signer: NodeSigner): string {
  const { nowS: time, nonce } = init;
  const signature = signer.sign(digestOf(request, time, nonce));
  return SCHEME + encodeBase64Url(encodeCbor({ address: signer.address, time, nonce, signature }));
}

/** A header that is right for its request; whether its nonce was used before is for the caller to check. */
export interface Authorized {
  readonly address: Address;
  readonly nonce: Uint8Array;
  /** Seconds since 1970. Afterwards the nonce may be forgotten. */
  readonly forgetAt: number;
}

/**
 * Checks the header of one request. Throws auth/missing, auth/malformed, auth/clock (with the seconds between the
 * clocks), auth/bad-signature.
 */
export function checkAuthorization(header: string | null, request: SignedRequest, nowS: number): Authorized {
  if (!header?.startsWith(SCHEME)) {
    throw new WeftError('auth/missing', 'This needs a signed request; none came with it.', {
      hints: ['Open it from Weft’s page, or sign the request with your node’s key.'],
    });
  }
  const { address, time, nonce, signature } = readHeader(header.slice(SCHEME.length));
  const skew = time - nowS;
  if (Math.abs(skew) > CLOCK_SKEW_S) {
    const apart = `${Math.abs(Math.round(skew))} seconds ${skew > 0 ? 'ahead of' : 'behind'}`;
    throw new WeftError('auth/clock', `The clock of this device is ${apart} the relay's.`, {
      hints: ['Set the device’s clock by the network’s time, then try again.'],
    });
  }
  let signer: Address;
  try {
    signer = recoverSigner(digestOf(request, time, nonce), signature);
  } catch (error) {
    throw badSignature(error);
  }
  if (signer !== address) throw badSignature();
  return { address, nonce, forgetAt: time + CLOCK_SKEW_S + 1 };
}

function readHeader(text: string): v.InferOutput<typeof headerSchema> {
  try {
    return decodeCbor('The authorization', headerSchema, decodeBase64Url(text, MAX_HEADER_BYTES));
  } catch (error) {
    throw new WeftError('auth/malformed', 'The signature that came with this request cannot be read.', {
      hints: ['Reload the page, so that it runs the relay’s version.'],
      cause: error,
    });
  }
}

function badSignature(cause?: unknown): WeftError {
  return new WeftError('auth/bad-signature', 'The signature is not one of this request by this node.', {
    hints: ['Try again; if it stays, reload the page.'],
    cause,
  });
}
