import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { createPublicClient, custom, defineChain } from 'viem';
import type { PublicClient } from 'viem';
import { NETWORK_ERRORS } from '../../src/chain/network-error.ts';
import type { TransactionSigner } from '../../src/chain/signer.ts';
import { createTransactionSender } from '../../src/chain/transaction-sender.ts';
import type { TransactionSender } from '../../src/chain/transaction-sender.ts';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import { fromHex, toHex } from '../../src/protocol/ids.ts';
import { isMissing } from '../is-missing.ts';
import { replaceFile } from './chain-files.ts';
import type { EmbeddedChain } from './embedded-chain.ts';

/** The account that deploys to a chain of the relay's own and holds its tokens. */
export interface Operator {
  readonly client: PublicClient;
  readonly sender: TransactionSender;
}

const KEY_FILE = 'operator-key';
const POLL_MS = 250;

/** Opens the account whose key lies in the folder; makes one where there is none. Throws an Error that names a damaged key. */
export async function openOperator(folder: string, chain: EmbeddedChain): Promise<Operator> {
  const client = createPublicClient({
    chain: defineChain({
      id: chain.chainId,
      name: 'embedded',
      nativeCurrency: { name: 'gas', symbol: 'gas', decimals: 18 },
      rpcUrls: { default: { http: [] } },
    }),
    transport: custom(
      {
        request: ({ method, params }: { method: string; params?: readonly unknown[] }) => chain.call(method, params),
      },
      { retryCount: 0 },
    ),
    pollingInterval: POLL_MS,
    cacheTime: 0,
  });
  const signer = await openKey(join(folder, KEY_FILE));
  return {
    client,
    sender: createTransactionSender({ client, signer, ...NETWORK_ERRORS }),
  };
}

async function openKey(path: string): Promise<TransactionSigner> {
  let key: Uint8Array;
  try {
    const text = (await readFile(path, 'utf8')).trim();
    if (!/^0x[0-9a-f]{64}$/.test(text)) {
      throw new Error(`${path} holds no key. Put a copy of it back: the chain's tokens belong to that key.`);
    }
    key = fromHex(text, 32);
  } catch (error) {
    if (!isMissing(error)) throw error;
    do key = randomBytes(32);
    while (!secp256k1.utils.isValidSecretKey(key));
    await replaceFile(path, Buffer.from(`${toHex(key)}\n`));
  }
  return {
    address: addressOf(secp256k1.getPublicKey(key)),
    sign: (digest) => Promise.resolve(signDigest(digest, key)),
  };
}
