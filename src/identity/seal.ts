import { utf8ToBytes } from '@noble/hashes/utils.js';
import { WeftError } from '../protocol/errors.ts';
import { fromHex } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import { AES_KEY_BITS, IV_BYTES, PBKDF2_ITERATIONS, SALT_BYTES } from './constants.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** How a passphrase was made into a key, and the nonce it then sealed with. */
interface PassphraseLayer {
  readonly salt: Bytes;
  readonly iterations: number;
  readonly iv: Bytes;
}

/**
 * Entropy as it is stored: sealed by the passphrase, where there is one, and around that by a key that this browser holds
 * and no script can read. Two layers, so that a wrong passphrase and a damaged record are told apart.
 */
export interface Sealed {
  readonly wrappingKey: CryptoKey;
  readonly iv: Bytes;
  readonly bytes: Bytes;
  readonly passphrase: PassphraseLayer | null;
}

/** Seals with fresh keys and nonces; `address` is bound to it. */
export async function seal(entropy: Bytes, address: Address, passphrase: string | null): Promise<Sealed> {
  const layer: PassphraseLayer | null =
    passphrase === null
      ? null
      : { salt: randomBytes(SALT_BYTES), iterations: PBKDF2_ITERATIONS, iv: randomBytes(IV_BYTES) };
  const inner =
    layer === null || passphrase === null
      ? entropy
      : await encrypt(await passphraseKey(passphrase, layer), layer.iv, address, entropy);
  const wrappingKey = await crypto.subtle.generateKey({ name: 'AES-GCM', length: AES_KEY_BITS }, false, [
    'encrypt',
    'decrypt',
  ]);
  const iv = randomBytes(IV_BYTES);
  return { wrappingKey, iv, bytes: await encrypt(wrappingKey, iv, address, inner), passphrase: layer };
}

/**
 * The entropy again. Throws identity/bad-record where the record is damaged, identity/locked where it has a passphrase and
 * none is given, identity/wrong-passphrase.
 */
export async function unseal(sealed: Sealed, address: Address, passphrase: string | null): Promise<Bytes> {
  const inner = await decrypt(sealed.wrappingKey, sealed.iv, address, sealed.bytes).catch((cause: unknown) => {
    throw badRecord('what is sealed cannot be opened', cause);
  });
  const layer = sealed.passphrase;
  if (layer === null) return inner;
  if (passphrase === null) {
    throw new WeftError('identity/locked', 'The key is locked with a passphrase.', {
      hints: ['Enter the passphrase.'],
    });
  }
  try {
    return await decrypt(await passphraseKey(passphrase, layer), layer.iv, address, inner);
  } catch (cause) {
    throw new WeftError('identity/wrong-passphrase', 'That is not the passphrase of this key.', {
      hints: ['Try again: capital letters count.', 'Without the passphrase, the recovery phrase opens the key again.'],
      cause,
    });
  }
}

/** One sentence for all damage, with what exactly is wrong as the cause. */
export function badRecord(why: string, cause?: unknown): WeftError {
  return new WeftError(
    'identity/bad-record',
    'The key that is saved in this browser cannot be read. It is kept as it is.',
    {
      hints: [
        'Reload this page: a newer version may be able to read it.',
        'Set it aside, then enter the recovery phrase.',
      ],
      cause: new Error(why, { cause }),
    },
  );
}

/** The same text gives the same key, however the keyboard composed it. */
async function passphraseKey(passphrase: string, { salt, iterations }: PassphraseLayer): Promise<CryptoKey> {
  const material = utf8ToBytes(passphrase.normalize('NFKD'));
  const base = await crypto.subtle.importKey('raw', Uint8Array.from(material), 'PBKDF2', false, ['deriveKey']);
  return crypto.subtle.deriveKey(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations },
    base,
    { name: 'AES-GCM', length: AES_KEY_BITS },
    false,
    ['encrypt', 'decrypt'],
  );
}

async function encrypt(key: CryptoKey, iv: Bytes, address: Address, plain: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.encrypt(algorithm(iv, address), key, plain));
}

async function decrypt(key: CryptoKey, iv: Bytes, address: Address, sealed: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.decrypt(algorithm(iv, address), key, sealed));
}

function algorithm(iv: Bytes, address: Address): AesGcmParams {
  return { name: 'AES-GCM', iv, additionalData: fromHex(address, 20) };
}

function randomBytes(count: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(count));
}
