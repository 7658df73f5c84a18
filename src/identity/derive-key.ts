import { HDKey } from '@scure/bip32';
import { mnemonicToSeedWebcrypto } from '@scure/bip39';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { addressOf } from '../protocol/eip712/address-of.ts';
import { WeftError } from '../protocol/errors.ts';
import type { Address } from '../protocol/ids.ts';
import { DERIVATION_PATH } from './constants.ts';
import { phraseOf } from './phrase.ts';

/** A secp256k1 key and the account it has. */
export interface NodeKey {
  readonly address: Address;
  /** 32 bytes. Whoever has finished with it overwrites it. */
  readonly privateKey: Uint8Array<ArrayBuffer>;
}

/** The key that any wallet derives from the same recovery phrase without a further password (BIP-39, BIP-32, BIP-44). */
export async function deriveKey(entropy: Uint8Array): Promise<NodeKey> {
  const seed = await mnemonicToSeedWebcrypto(phraseOf(entropy));
  const master = HDKey.fromMasterSeed(seed);
  const node = master.derive(DERIVATION_PATH);
  try {
    if (node.privateKey === null) throw new WeftError('app/internal', 'The derived key has no private part.');
    const privateKey = Uint8Array.from(node.privateKey);
    return { address: addressOf(secp256k1.getPublicKey(privateKey)), privateKey };
  } finally {
    seed.fill(0);
    master.wipePrivateData();
    node.wipePrivateData();
  }
}
