import * as v from 'valibot';
import { address, hex32 } from '../ids.ts';

/** Fields that messages of the mesh share. */
export const addressField = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{40}$/),
  v.transform((text) => address(text)),
);
export const hashField = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{64}$/),
  v.transform((text) => hex32(text)),
);
/** A libp2p peer id of a secp256k1 key, in base58. */
export const peerIdField = v.pipe(v.string(), v.regex(/^16Uiu2HA[1-9A-HJ-NP-Za-km-z]{45}$/));
/** Seconds since 1970. */
export const timeField = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
/** An amount in wei, in decimal digits. */
export const weiField = v.pipe(v.string(), v.regex(/^(?:0|[1-9]\d{0,77})$/));
/** A whole number that counts something. */
export const countField = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
export const bytesField = (length: number) => v.pipe(v.instance(Uint8Array), v.length(length));
/** Text for people that a stranger wrote: no control characters, nothing that turns the writing's direction. */
export const shownField = (maxLength: number) =>
  v.pipe(v.string(), v.maxLength(maxLength), v.regex(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]*$/u));
