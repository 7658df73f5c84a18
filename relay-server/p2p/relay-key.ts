import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { peerIdOfKey } from '../../src/mesh/host/peer-address.ts';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import { fromHex, toHex } from '../../src/protocol/ids.ts';
import type { NodeSigner } from '../../src/protocol/mesh/signed.ts';
import { isMissing } from '../is-missing.ts';

/** Who the relay is, for as long as its file is kept: nodes that joined it know it by this key. */
export interface RelayKey {
  /** 32 bytes, for libp2p alone. */
  readonly privateKey: Uint8Array;
  readonly peerId: string;
  readonly signer: NodeSigner;
}

/** In the data folder. */
export const RELAY_KEY_FILE = 'relay-key';

/** Opens the relay's key, or that of another node; makes one where there is none. Throws an Error that names a damaged file. */
export async function openRelayKey(folder: string, name = RELAY_KEY_FILE): Promise<RelayKey> {
  const path = join(folder, name);
  const privateKey = (await readKey(path)) ?? (await makeKey(folder, path));
  return {
    privateKey,
    peerId: peerIdOfKey(privateKey),
    signer: {
      address: addressOf(secp256k1.getPublicKey(privateKey)),
      sign: (digest) => signDigest(digest, privateKey),
    },
  };
}

async function readKey(path: string): Promise<Uint8Array | null> {
  let text: string;
  try {
    text = (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  const key = /^0x[0-9a-f]{64}$/.test(text) ? fromHex(text, 32) : null;
  if (key !== null && secp256k1.utils.isValidSecretKey(key)) return key;
  throw new Error(`${path} holds no key. Put a copy of it back: others know this node by that key.`);
}

/** Stored before it has its name, and named once only: of two processes that start at once both get the same key. */
async function makeKey(folder: string, path: string): Promise<Uint8Array> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const fresh = `${path}.${randomBytes(6).toString('hex')}`;
  const file = await open(fresh, 'wx', 0o600);
  try {
    await file.writeFile(`${toHex(secp256k1.utils.randomSecretKey())}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    await link(fresh, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(fresh, { force: true });
  }
  const key = await readKey(path);
  if (key === null) throw new Error(`${path} was made and is gone again. Does another program clear the folder?`);
  return key;
}
