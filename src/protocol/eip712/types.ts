import type { Address, Hex32 } from '../ids.ts';

/** The Solidity types that a field of ours may have: all fill one 32-byte word. */
type FieldType = 'address' | 'bytes32' | 'uint16' | 'uint32' | 'uint64' | 'uint256';

interface Field {
  readonly name: string;
  readonly type: FieldType;
}

/**
 * Everything that is signed as EIP-712 typed data, with its fields in the order that is hashed. Contracts use the same
 * strings; `eip712.vectors.json` pins them, so a change here is a change of the protocol.
 */
export const TYPES = {
  /** Signed by the consumer: one job. Its digest is the jobId. */
  Offer: [
    { name: 'consumer', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'manifest', type: 'bytes32' },
    { name: 'promptHash', type: 'bytes32' },
    { name: 'nonce', type: 'bytes32' },
    { name: 'temperatureQ', type: 'uint16' },
    { name: 'topPBps', type: 'uint16' },
    { name: 'topK', type: 'uint16' },
    { name: 'penaltiesHash', type: 'bytes32' },
    { name: 'grammarHash', type: 'bytes32' },
    { name: 'maxTokens', type: 'uint32' },
    { name: 'pricePerToken', type: 'uint256' },
    { name: 'maxAmount', type: 'uint256' },
    { name: 'expiry', type: 'uint64' },
  ],
  /** Signed by the provider: SHA-256 of the 243 bytes of a PAR-1 receipt. */
  Receipt: [{ name: 'receiptHash', type: 'bytes32' }],
  /** Signed by the provider on audit: the leaf it committed at `index`; leafHash = SHA-256(0x00 ‖ leaf), as in its tree. */
  Opening: [
    { name: 'receiptHash', type: 'bytes32' },
    { name: 'index', type: 'uint32' },
    { name: 'leafHash', type: 'bytes32' },
  ],
  /** Signed by a validator before the first token: this much of the consumer's deposit is kept for the job. */
  Reserved: [
    { name: 'jobId', type: 'bytes32' },
    { name: 'consumer', type: 'address' },
    { name: 'maxAmount', type: 'uint256' },
    { name: 'expiry', type: 'uint64' },
  ],
  /** Signed by the consumer while tokens arrive: the sum owed so far. */
  Voucher: [
    { name: 'jobId', type: 'bytes32' },
    { name: 'consumer', type: 'address' },
    { name: 'provider', type: 'address' },
    { name: 'amount', type: 'uint256' },
  ],
  /** Signed by a validator that holds a job's record, before the randomness exists; `secretHash` = SHA-256(secret). */
  Held: [
    { name: 'receiptHash', type: 'bytes32' },
    { name: 'block', type: 'uint64' },
    { name: 'secretHash', type: 'bytes32' },
  ],
  /** Signed by a validator: the openings drawn with `block` had not come by their deadline. */
  Withheld: [
    { name: 'receiptHash', type: 'bytes32' },
    { name: 'block', type: 'uint64' },
  ],
  /** Signed by a validator: a batch of co-signed jobs; the hashes are keccak-256 of the packed lists. */
  BatchApproval: [
    { name: 'nonce', type: 'uint256' },
    { name: 'root', type: 'bytes32' },
    { name: 'debitsHash', type: 'bytes32' },
    { name: 'creditsHash', type: 'bytes32' },
    { name: 'total', type: 'uint256' },
    { name: 'jobs', type: 'uint32' },
  ],
  /** Signed by a validator, once per run: two different ones are evidence of equivocation. */
  ScoreCommitment: [
    { name: 'run', type: 'bytes32' },
    { name: 'commitment', type: 'bytes32' },
  ],
  /** Signed by a browser wallet: `owner` stands behind `node`, and what it earns goes to `payout`. */
  Delegation: [
    { name: 'node', type: 'address' },
    { name: 'owner', type: 'address' },
    { name: 'payout', type: 'address' },
    { name: 'expiry', type: 'uint64' },
  ],
} as const satisfies Readonly<Record<string, readonly Field[]>>;

export type TypeName = keyof typeof TYPES;

interface ValueOf {
  readonly address: Address;
  readonly bytes32: Hex32;
  readonly uint16: number;
  readonly uint32: number;
  /** Seconds since 1970 where it is a time, or a block's number. */
  readonly uint64: bigint;
  /** Wei where it is an amount. */
  readonly uint256: bigint;
}

/** The message of one type, with its fields as TypeScript holds them. */
export type Message<Name extends TypeName> = {
  readonly [Entry in (typeof TYPES)[Name][number] as Entry['name']]: ValueOf[Entry['type']];
};

/** EIP-712 `encodeType`: `Name(type field,…)`. */
export function typeString(name: TypeName): string {
  return `${name}(${TYPES[name].map((field) => `${field.type} ${field.name}`).join(',')})`;
}
