import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { decodeCbor, encodeCbor } from '../cbor.ts';
import { SIGNATURE_BYTES } from '../eip712/constants.ts';
import { recoverSigner } from '../eip712/signature.ts';
import { WeftError } from '../errors.ts';
import { hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';

/** What is signed outside EIP-712: nothing of it ever reaches a contract. */
export type SignedKind = 'card' | 'request' | 'invite' | 'relay-info' | 'relay-status';

/** A node's key, without the key. */
export interface NodeSigner {
  readonly address: Address;
  /** 64 bytes, EIP-2098. */
  sign(digest: Hex32): Uint8Array<ArrayBuffer>;
}

/** keccak-256("weft/<kind>/1" ‖ 0x00 ‖ bytes): a signature of one kind is none of another. */
export function signedDigest(kind: SignedKind, bytes: Uint8Array): Hex32 {
  return hex32(keccak256(utf8ToBytes(`weft/${kind}/1`), Uint8Array.of(0), bytes));
}

const envelopeSchema = v.strictTuple([
  v.instance(Uint8Array),
  v.pipe(v.instance(Uint8Array), v.length(SIGNATURE_BYTES)),
]);

/** CBOR of [CBOR of the value, signature]. */
export function sealSigned(kind: SignedKind, value: unknown, signer: NodeSigner): Uint8Array<ArrayBuffer> {
  const body = encodeCbor(value);
  return encodeCbor([body, signer.sign(signedDigest(kind, body))]);
}

/** What {@link sealSigned} sealed, and who did. Throws mesh/bad-message, eip712/bad-signature. */
export function openSigned<Schema extends v.GenericSchema>(
  kind: SignedKind,
  schema: Schema,
  bytes: Uint8Array,
  maxBytes: number,
): { readonly value: v.InferOutput<Schema>; readonly signer: Address } {
  const what = `A signed ${kind.replace('-', ' ')}`;
  if (bytes.length > maxBytes) {
    throw new WeftError('mesh/bad-message', `${what} has ${bytes.length} bytes, at most ${maxBytes} are read.`);
  }
  const [body, signature] = decodeCbor(what, envelopeSchema, bytes);
  const value = decodeCbor(what, schema, body);
  return { value, signer: recoverSigner(signedDigest(kind, body), signature) };
}
