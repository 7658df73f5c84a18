import { secp256k1 } from '@noble/curves/secp256k1.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import * as v from 'valibot';
import { addressOf } from '../../src/protocol/eip712/address-of.ts';
import { DOMAIN_NAME, DOMAIN_VERSION } from '../../src/protocol/eip712/constants.ts';
import { domainSeparator, typedDataDigest } from '../../src/protocol/eip712/digest.ts';
import type { SigningDomain } from '../../src/protocol/eip712/digest.ts';
import { signDigest } from '../../src/protocol/eip712/signature.ts';
import { TYPES, typeString } from '../../src/protocol/eip712/types.ts';
import type { Message, TypeName } from '../../src/protocol/eip712/types.ts';
import { address, fromHex, toHex } from '../../src/protocol/ids.ts';
import { keccak256 } from '../../src/protocol/keccak.ts';
import { compare, failure } from './compare.ts';
import type { Outcome } from './compare.ts';

/** What a file of typed data says it is. */
export const EIP712_FILE_TAG = 'weft/eip712/1';

const value = v.union([v.string(), v.number()]);
const domainSchema = v.pipe(
  v.object({ chainId: v.pipe(v.string(), v.regex(/^\d+$/), v.toBigint()), verifyingContract: v.string() }),
  v.transform((domain): SigningDomain => ({ ...domain, verifyingContract: address(domain.verifyingContract) })),
);
const fileSchema = v.object({
  domain: domainSchema,
  withoutChain: domainSchema,
  signer: v.object({
    privateKey: v.pipe(
      v.string(),
      v.transform((text) => fromHex(text, 32)),
    ),
  }),
  types: v.pipe(
    v.array(v.object({ name: v.picklist(namesOf(TYPES)), message: v.record(v.string(), value) })),
    v.minLength(1),
  ),
});

/** Recomputes every value of a parsed file of typed data; what it does not know is a failure. */
export function recomputeEip712File(file: Readonly<Record<string, unknown>>): Outcome[] {
  const { about: _, tag: __, ...known } = file;
  try {
    return compare('', known, computed(v.parse(fileSchema, file)));
  } catch (error) {
    return [failure('(file)', 'typed data', error instanceof Error ? error.message : String(error))];
  }
}

function computed({ domain, withoutChain, signer, types }: v.InferOutput<typeof fileSchema>): Record<string, unknown> {
  const { privateKey } = signer;
  return {
    domain: domainOf(domain),
    withoutChain: domainOf(withoutChain),
    signer: { privateKey: toHex(privateKey), address: addressOf(secp256k1.getPublicKey(privateKey)) },
    types: types.map(({ name, message: texts }) => {
      const message = messageOf(name, texts);
      const signed = (where: SigningDomain) => {
        const digest = typedDataDigest(where, name, message);
        return { digest, signature: toHex(signDigest(digest, privateKey)) };
      };
      return {
        name,
        typeString: typeString(name),
        typeHash: toHex(keccak256(utf8ToBytes(typeString(name)))),
        // Only the fields of the type count; one more in the file is a failure.
        message: Object.fromEntries(TYPES[name].map((field) => [field.name, texts[field.name]])),
        ...signed(domain),
        withoutChain: signed(withoutChain),
      };
    }),
  };
}

function domainOf(domain: SigningDomain): Record<string, unknown> {
  return {
    name: DOMAIN_NAME,
    version: DOMAIN_VERSION,
    chainId: domain.chainId.toString(),
    verifyingContract: domain.verifyingContract,
    separator: toHex(domainSeparator(domain)),
  };
}

/** Big numbers are texts in a file. */
function messageOf(name: TypeName, texts: Readonly<Record<string, string | number>>): Message<TypeName> {
  const values = TYPES[name].map((field): [string, string | number | bigint] => {
    const text = texts[field.name]!;
    return [field.name, field.type === 'uint64' || field.type === 'uint256' ? BigInt(text) : text];
  });
  const message: unknown = Object.fromEntries(values);
  // Values outside their type are refused where they are hashed.
  return message as Message<TypeName>;
}

function namesOf<Name extends string>(table: Readonly<Record<Name, unknown>>): Name[] {
  return Object.keys(table) as Name[];
}
