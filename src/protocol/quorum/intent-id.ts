import { utf8ToBytes } from '@noble/hashes/utils.js';
import { fromHex, hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { uintBytes } from '../uint-bytes.ts';
import { ADDRESS_BYTES, HASH_BYTES, INTENT_DOMAIN } from './constants.ts';

/** A request for inference that was made on another chain. */
export interface Intent {
  /** The chain of the request, 32 bytes. */
  readonly cChainId: Hex32;
  /** The chain that answers. */
  readonly aChainId: Hex32;
  readonly cTxHash: Hex32;
  /** Which call of the transaction, u32. */
  readonly callIndex: number;
  readonly caller: Address;
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  /** Nodes, u16. */
  readonly n: number;
  /** Equal answers that decide, u16. */
  readonly threshold: number;
  readonly feeWei: bigint;
}

/** The id of an intent, on both chains; throws app/bad-request for a value that does not fit. */
export function intentId(intent: Intent): Hex32 {
  return hex32(
    keccak256(
      utf8ToBytes(INTENT_DOMAIN),
      fromHex(intent.cChainId, HASH_BYTES),
      fromHex(intent.aChainId, HASH_BYTES),
      fromHex(intent.cTxHash, HASH_BYTES),
      uintBytes('callIndex', intent.callIndex, 4),
      fromHex(intent.caller, ADDRESS_BYTES),
      fromHex(intent.manifest, HASH_BYTES),
      fromHex(intent.promptHash, HASH_BYTES),
      uintBytes('n', intent.n, 2),
      uintBytes('threshold', intent.threshold, 2),
      uintBytes('feeWei', intent.feeWei, 32),
    ),
  );
}
