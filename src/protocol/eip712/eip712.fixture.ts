import fc from 'fast-check';
import { address, fromHex, hex32 } from '../ids.ts';
import vectors from './eip712.vectors.json' with { type: 'json' };
import { TYPES } from './types.ts';
import type { Message, TypeName } from './types.ts';

const whole = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
const small = (bits: number) => whole(bits).map(Number);
const bytes = (size: number) => fc.uint8Array({ minLength: size, maxLength: size });
const VALUES = {
  address: bytes(20).map((value) => address(value)),
  bytes32: bytes(32).map((value) => hex32(value)),
  uint16: small(16),
  uint32: small(32),
  uint64: whole(64),
  uint256: whole(256),
};

/** Any message of any type. */
export const anyMessage = fc.constantFrom(...(Object.keys(TYPES) as TypeName[])).chain((name) =>
  fc
    .record(Object.fromEntries(TYPES[name].map((field) => [field.name, VALUES[field.type]])))
    // The record was made from the table that the type is made from.
    .map((message) => ({ name, message: message as unknown as Message<TypeName> })),
);

export const anyDomain = fc.record({ chainId: whole(256), verifyingContract: VALUES.address });

/** The key that signed the known answers. */
export const SIGNER = {
  privateKey: fromHex(vectors.signer.privateKey, 32),
  address: address(vectors.signer.address),
};
