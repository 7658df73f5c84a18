import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromHex, hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { uintBytes } from '../uint-bytes.ts';
import { DOMAIN_NAME, DOMAIN_VERSION } from './constants.ts';
import { TYPES, typeString } from './types.ts';
import type { Message, TypeName } from './types.ts';

/** Where a signature counts. Without a chain: chainId 0 and the zero address. */
export interface SigningDomain {
  readonly chainId: bigint;
  /** The address of the Settlement contract. */
  readonly verifyingContract: Address;
}

const DOMAIN_TYPE = 'EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)';
const PREFIX = Uint8Array.of(0x19, 0x01);
const WORD_BYTES = 32;
const ADDRESS_BYTES = 20;

/** What is signed: keccak-256(0x1901 ‖ domain ‖ struct), EIP-712. Throws app/bad-request for a value outside its type. */
export function typedDataDigest<Name extends TypeName>(
  domain: SigningDomain,
  name: Name,
  message: Message<Name>,
): Hex32 {
  return hex32(keccak256(PREFIX, domainSeparator(domain), structHash(name, message)));
}

/** The jobId of an offer: nothing in a job can be chosen by its provider. */
export function jobIdOf(domain: SigningDomain, offer: Message<'Offer'>): Hex32 {
  return typedDataDigest(domain, 'Offer', offer);
}

/** The hash of a domain, which contracts keep. */
export function domainSeparator(domain: SigningDomain): Uint8Array {
  return keccak256(
    textHash(DOMAIN_TYPE),
    textHash(DOMAIN_NAME),
    textHash(DOMAIN_VERSION),
    word('chainId', 'uint256', domain.chainId),
    word('verifyingContract', 'address', domain.verifyingContract),
  );
}

function structHash<Name extends TypeName>(name: Name, message: Message<Name>): Uint8Array {
  const values: Readonly<Record<string, string | number | bigint>> = message;
  return keccak256(
    textHash(typeString(name)),
    ...TYPES[name].map((field) => word(`${name}.${field.name}`, field.type, values[field.name]!)),
  );
}

/** One field as 32 bytes, left-padded with zeros. */
function word(name: string, type: string, value: string | number | bigint): Uint8Array {
  const bytes = new Uint8Array(WORD_BYTES);
  if (typeof value === 'string') {
    const part = fromHex(value, type === 'address' ? ADDRESS_BYTES : WORD_BYTES);
    bytes.set(part, WORD_BYTES - part.length);
  } else {
    const part = uintBytes(name, value, Number(type.slice('uint'.length)) / 8);
    bytes.set(part, WORD_BYTES - part.length);
  }
  return bytes;
}

function textHash(text: string): Uint8Array {
  return keccak256(utf8ToBytes(text));
}
