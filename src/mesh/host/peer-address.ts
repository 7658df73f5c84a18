import { publicKeyFromRaw } from '@libp2p/crypto/keys';
import { peerIdFromPublicKey, peerIdFromString } from '@libp2p/peer-id';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf } from '../../protocol/eip712/address-of.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';

/** The account of a peer id's key: the id holds the public key. Throws mesh/bad-message for ids of other keys. */
export function addressOfPeer(peerId: string): Address {
  try {
    const { type, publicKey } = peerIdFromString(peerId);
    if (type === 'secp256k1') return addressOf(publicKey.raw);
  } catch (error) {
    throw notOurs(error);
  }
  throw notOurs();
}

/** The peer id of a private key of 32 bytes. */
export function peerIdOfKey(privateKey: Uint8Array): string {
  return peerIdFromPublicKey(publicKeyFromRaw(secp256k1.getPublicKey(privateKey, true))).toString();
}

function notOurs(cause?: unknown): WeftError {
  return new WeftError('mesh/bad-message', 'A node has an id that is not one of a secp256k1 key.', { cause });
}
