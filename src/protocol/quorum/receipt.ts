import { utf8ToBytes } from '@noble/hashes/utils.js';
import { WeftError } from '../errors.ts';
import { address, fromHex, hex32, toHex } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { keccak256 } from '../keccak.ts';
import { uintBytes } from '../uint-bytes.ts';
import { ADDRESS_BYTES, HASH_BYTES, RECEIPT_BYTES, RECEIPT_DOMAIN, RECEIPT_VERSION } from './constants.ts';

/** In the order of their numbers on the wire. */
const STATUSES = ['unknown', 'pending', 'completed', 'failed', 'challenged'] as const;

export type QuorumStatus = (typeof STATUSES)[number];

/** What became of a task, as another chain can verify it. */
export interface QuorumReceipt {
  /** Zero for a task that began here. */
  readonly intentId: Hex32;
  readonly taskId: Hex32;
  readonly cChainId: Hex32;
  readonly aChainId: Hex32;
  readonly requester: Address;
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  /** Zero unless the task completed. */
  readonly canonicalOutputHash: Hex32;
  readonly status: QuorumStatus;
  /** Nodes, u16. */
  readonly n: number;
  /** Equal answers that decide, u16. */
  readonly threshold: number;
  /** Merkle root over the winners' addresses, as they revealed. */
  readonly winnersRoot: Hex32;
  /** Merkle root over the operators' addresses, as they were drawn. */
  readonly operatorsRoot: Hex32;
  /** What was burned. */
  readonly feePaidWei: bigint;
  /** Block number, u64. */
  readonly settledAtHeight: bigint;
}

const ZERO = '0x' + '00'.repeat(HASH_BYTES);
const AT = {
  version: 0,
  intentId: 2,
  taskId: 34,
  cChainId: 66,
  aChainId: 98,
  requester: 130,
  manifest: 150,
  promptHash: 182,
  canonicalOutputHash: 214,
  status: 246,
  n: 247,
  threshold: 249,
  winnersRoot: 251,
  operatorsRoot: 283,
  feePaidWei: 315,
  settledAtHeight: 347,
};
const HASHES = [
  'intentId',
  'taskId',
  'cChainId',
  'aChainId',
  'manifest',
  'promptHash',
  'canonicalOutputHash',
  'winnersRoot',
  'operatorsRoot',
] as const;

/** The 355 bytes of a receipt; throws app/bad-request for a value that does not fit. */
export function encodeQuorumReceipt(receipt: QuorumReceipt): Uint8Array {
  if (receipt.status !== 'completed' && receipt.canonicalOutputHash !== ZERO) {
    throw new WeftError('app/bad-request', `A task that is ${receipt.status} has no output to put into its receipt.`);
  }
  const bytes = new Uint8Array(RECEIPT_BYTES);
  bytes.set(uintBytes('version', RECEIPT_VERSION, 2), AT.version);
  for (const name of HASHES) bytes.set(fromHex(receipt[name], HASH_BYTES), AT[name]);
  bytes.set(fromHex(receipt.requester, ADDRESS_BYTES), AT.requester);
  bytes[AT.status] = STATUSES.indexOf(receipt.status);
  bytes.set(uintBytes('n', receipt.n, 2), AT.n);
  bytes.set(uintBytes('threshold', receipt.threshold, 2), AT.threshold);
  bytes.set(uintBytes('feePaidWei', receipt.feePaidWei, 32), AT.feePaidWei);
  bytes.set(uintBytes('settledAtHeight', receipt.settledAtHeight, 8), AT.settledAtHeight);
  return bytes;
}

/** Reads bytes that {@link encodeQuorumReceipt} can have written, and no others; throws quorum/bad-receipt. */
export function decodeQuorumReceipt(bytes: Uint8Array): QuorumReceipt {
  if (bytes.length !== RECEIPT_BYTES) throw badReceipt(`has ${bytes.length} bytes, expected ${RECEIPT_BYTES}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECEIPT_BYTES);
  const version = view.getUint16(AT.version);
  if (version !== RECEIPT_VERSION) throw badReceipt(`has version ${version}, expected ${RECEIPT_VERSION}`);
  const status = STATUSES[bytes[AT.status]!];
  if (status === undefined) throw badReceipt(`has status ${bytes[AT.status]!}, expected 0 to ${STATUSES.length - 1}`);
  const hash = (name: (typeof HASHES)[number]) => hex32(bytes.subarray(AT[name], AT[name] + HASH_BYTES));
  const canonicalOutputHash = hash('canonicalOutputHash');
  if (status !== 'completed' && canonicalOutputHash !== ZERO) throw badReceipt(`has an output and is ${status}`);
  return {
    intentId: hash('intentId'),
    taskId: hash('taskId'),
    cChainId: hash('cChainId'),
    aChainId: hash('aChainId'),
    requester: address(bytes.subarray(AT.requester, AT.requester + ADDRESS_BYTES)),
    manifest: hash('manifest'),
    promptHash: hash('promptHash'),
    canonicalOutputHash,
    status,
    n: view.getUint16(AT.n),
    threshold: view.getUint16(AT.threshold),
    winnersRoot: hash('winnersRoot'),
    operatorsRoot: hash('operatorsRoot'),
    feePaidWei: BigInt(toHex(bytes.subarray(AT.feePaidWei, AT.settledAtHeight))),
    settledAtHeight: view.getBigUint64(AT.settledAtHeight),
  };
}

/** keccak-256 of the format's name and the receipt's bytes: a leaf of the tree of receipts. */
export function quorumReceiptHash(bytes: Uint8Array): Hex32 {
  return hex32(keccak256(utf8ToBytes(RECEIPT_DOMAIN), bytes));
}

function badReceipt(what: string): WeftError {
  return new WeftError('quorum/bad-receipt', `A receipt of a task ${what}.`);
}
