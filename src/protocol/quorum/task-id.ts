import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromHex, hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { uintBytes } from '../uint-bytes.ts';
import { ADDRESS_BYTES, HASH_BYTES, TASK_DOMAIN } from './constants.ts';

/** What a task of the quorum contract is named by. */
export interface TaskKey {
  readonly chainId: bigint;
  /** The InferenceQuorum contract. */
  readonly contract: Address;
  readonly requester: Address;
  /** The requester's own count of tasks. */
  readonly nonce: bigint;
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  /** Nodes, u16. */
  readonly n: number;
  /** Equal answers that decide, u16. */
  readonly threshold: number;
}

/** chainId and nonce are 32 bytes wide, the rest as in an intent. Throws app/bad-request for a value that does not fit. */
export function taskId(key: TaskKey): Hex32 {
  return hex32(
    keccak256(
      utf8ToBytes(TASK_DOMAIN),
      uintBytes('chainId', key.chainId, 32),
      fromHex(key.contract, ADDRESS_BYTES),
      fromHex(key.requester, ADDRESS_BYTES),
      uintBytes('nonce', key.nonce, 32),
      fromHex(key.manifest, HASH_BYTES),
      fromHex(key.promptHash, HASH_BYTES),
      uintBytes('n', key.n, 2),
      uintBytes('threshold', key.threshold, 2),
    ),
  );
}
