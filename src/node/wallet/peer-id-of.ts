import { secp256k1 } from '@noble/curves/secp256k1.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromHex, hex32, toHex } from '../../protocol/ids.ts';
import type { Hex32 } from '../../protocol/ids.ts';
import { keccak256 } from '../../protocol/keccak.ts';

/** libp2p: an identity multihash (code 0) of 37 bytes, in it a protobuf with key type 2 (secp256k1) and 33 bytes of key. */
const HEAD = Uint8Array.of(0x00, 0x25, 0x08, 0x02, 0x12, 0x21);
const PARITY_BIT = 0x80;
const S_AT = 32;

/**
 * A node's libp2p peer id in binary. Its public key, which the address does not tell, is taken from a signature over a text
 * that means nothing anywhere and stays here.
 */
export async function peerIdOf(sign: (digest: Hex32) => Promise<Uint8Array>): Promise<`0x${string}`> {
  const digest = hex32(keccak256(utf8ToBytes('weft: which public key is mine?')));
  const signature = Uint8Array.from(await sign(digest));
  const parity = signature[S_AT]! >> 7;
  signature[S_AT]! &= PARITY_BIT - 1;
  const { r, s } = secp256k1.Signature.fromBytes(signature, 'compact');
  const publicKey = new secp256k1.Signature(r, s, parity).recoverPublicKey(fromHex(digest, 32));
  return toHex(Uint8Array.of(...HEAD, ...publicKey.toBytes(true)));
}
