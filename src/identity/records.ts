import * as v from 'valibot';
import { address as toAddress } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import type { SignedDelegation } from '../protocol/eip712/delegation.ts';
import { IV_BYTES, MAX_KEYS, MAX_PBKDF2_ITERATIONS, SALT_BYTES, TAG_BYTES } from './constants.ts';
import { badRecord } from './seal.ts';
import type { Sealed } from './seal.ts';

/** One key of this device. */
export interface KeyRecord {
  readonly address: Address;
  readonly createdAtMs: number;
  readonly sealed: Sealed;
  readonly delegation: SignedDelegation | null;
}

/** All that is stored: the key in use and those it replaced. */
export interface StoredKeys {
  readonly version: 1;
  /** Counts edits: one that was made from an older reading is refused. */
  readonly revision: number;
  readonly active: Address;
  readonly keys: readonly KeyRecord[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const account = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{40}$/),
  v.transform((text) => toAddress(text)),
);
const bytes = (...sizes: number[]) =>
  v.custom<Uint8Array<ArrayBuffer>>((value) => value instanceof Uint8Array && sizes.includes(value.length));
const u64 = v.pipe(v.bigint(), v.minValue(0n), v.maxValue(2n ** 64n - 1n));
const u256 = v.pipe(v.bigint(), v.minValue(0n), v.maxValue(2n ** 256n - 1n));

/** Asked when there is one to check: pages that did not come over https have no such class. */
const wrappingKey = v.custom<CryptoKey>((value) => value instanceof CryptoKey);

const sealedSchema = v.object({
  wrappingKey,
  iv: bytes(IV_BYTES),
  // The entropy of 12 or 24 words with one tag, or with two.
  bytes: bytes(16 + TAG_BYTES, 32 + TAG_BYTES, 16 + 2 * TAG_BYTES, 32 + 2 * TAG_BYTES),
  passphrase: v.nullable(
    v.object({
      salt: bytes(SALT_BYTES),
      iterations: v.pipe(count, v.minValue(1), v.maxValue(MAX_PBKDF2_ITERATIONS)),
      iv: bytes(IV_BYTES),
    }),
  ),
});
const delegationSchema = v.object({
  domain: v.object({ chainId: u256, verifyingContract: account }),
  message: v.object({ node: account, owner: account, payout: account, expiry: u64 }),
  signature: bytes(64),
});
const storedSchema = v.pipe(
  v.object({
    version: v.literal(1),
    revision: count,
    active: account,
    keys: v.pipe(
      v.array(
        v.object({
          address: account,
          createdAtMs: count,
          sealed: sealedSchema,
          delegation: v.nullable(delegationSchema),
        }),
      ),
      v.minLength(1),
      v.maxLength(MAX_KEYS),
    ),
  }),
  v.check(({ keys }) => new Set(keys.map((key) => key.address)).size === keys.length, 'a key is there twice'),
  v.check(({ active, keys }) => keys.some((key) => key.address === active), 'the key in use is missing'),
);

/** The stored record, checked; null where there is none. Throws identity/bad-record. */
export function parseStoredKeys(record: unknown): StoredKeys | null {
  if (record === undefined) return null;
  const result = v.safeParse(storedSchema, record);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = issue.path?.map((item) => String(item.key)).join('.') ?? 'the record';
  // The place and never the value: it may be a secret that lies in the wrong field.
  throw badRecord(`${path} is not as it should be`);
}

/** The record of the key in use. */
export function activeKey(stored: StoredKeys): KeyRecord {
  // The schema holds that it is there.
  return stored.keys.find((key) => key.address === stored.active)!;
}
