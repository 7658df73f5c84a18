import { utf8ToBytes } from '@noble/hashes/utils.js';
import { WeftError } from '../errors.ts';
import { address, fromHex, hex32 } from '../ids.ts';
import type { Address, Hex32 } from '../ids.ts';
import { HASH_BYTES, HIGHEST_U32, K, RECEIPT_BYTES, TOP_P_ALL } from './constants.ts';
import { requireInteger } from './guard.ts';
import { requireParams } from './params.ts';
import type { SamplingParams } from './params.ts';
import { taggedHash } from './sha256.ts';

/** What a prover signs about one answer. */
export interface Receipt {
  /** 0 to 2^64 − 1. */
  readonly chainId: bigint;
  readonly jobId: Hex32;
  readonly prover: Address;
  readonly manifest: Hex32;
  readonly promptHash: Hex32;
  readonly outputHash: Hex32;
  readonly params: SamplingParams;
  readonly seed: Hex32;
  /** Output tokens, 1 or more. */
  readonly leafCount: number;
  readonly root: Hex32;
}

const MAGIC = utf8ToBytes('weft/PAR1');
const HIGHEST_U64 = 2n ** 64n - 1n;
const AT = {
  chainId: 9,
  jobId: 17,
  prover: 49,
  manifest: 69,
  promptHash: 101,
  outputHash: 133,
  reservedA: 165,
  temperatureQ: 167,
  topPBps: 169,
  topK: 171,
  reservedB: 173,
  seed: 175,
  leafCount: 207,
  root: 211,
};
const HASHES = ['jobId', 'manifest', 'promptHash', 'outputHash', 'seed', 'root'] as const;

/** The 243 bytes of a receipt; throws par1/bad-input. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const { chainId, params, leafCount } = receipt;
  requireParams(params);
  requireInteger('leafCount', leafCount, 1, HIGHEST_U32);
  if (chainId < 0n || chainId > HIGHEST_U64) {
    throw new WeftError('par1/bad-input', `Expected a chainId from 0 to 2^64 − 1, got ${chainId.toString()}.`);
  }
  const bytes = new Uint8Array(RECEIPT_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(MAGIC);
  view.setBigUint64(AT.chainId, chainId);
  bytes.set(fromHex(receipt.prover, AT.manifest - AT.prover), AT.prover);
  for (const name of HASHES) bytes.set(fromHex(receipt[name], HASH_BYTES), AT[name]);
  view.setUint16(AT.temperatureQ, params.temperatureQ);
  view.setUint16(AT.topPBps, params.topPBps);
  view.setUint16(AT.topK, params.topK);
  view.setUint32(AT.leafCount, leafCount);
  return bytes;
}

/** Reads bytes that {@link encodeReceipt} can have written, and no others; throws par1/bad-receipt. */
export function decodeReceipt(bytes: Uint8Array): Receipt {
  if (bytes.length !== RECEIPT_BYTES) throw badReceipt(`has ${bytes.length} bytes, expected ${RECEIPT_BYTES}`);
  if (MAGIC.some((byte, i) => bytes[i] !== byte)) throw badReceipt('does not begin with "weft/PAR1"');
  const view = new DataView(bytes.buffer, bytes.byteOffset, RECEIPT_BYTES);
  for (const at of [AT.reservedA, AT.reservedB]) {
    if (view.getUint16(at) !== 0) throw badReceipt(`has bytes other than 0 at ${at}`);
  }
  const hash = (name: (typeof HASHES)[number]) => hex32(bytes.subarray(AT[name], AT[name] + HASH_BYTES));
  const topPBps = view.getUint16(AT.topPBps);
  if (topPBps < 1 || topPBps > TOP_P_ALL) throw badReceipt(`has topPBps ${topPBps}, expected 1 to ${TOP_P_ALL}`);
  const topK = view.getUint16(AT.topK);
  if (topK < 1 || topK > K) throw badReceipt(`has topK ${topK}, expected 1 to ${K}`);
  const leafCount = view.getUint32(AT.leafCount);
  if (leafCount === 0) throw badReceipt('has no leaf');
  return {
    chainId: view.getBigUint64(AT.chainId),
    jobId: hash('jobId'),
    prover: address(bytes.subarray(AT.prover, AT.manifest)),
    manifest: hash('manifest'),
    promptHash: hash('promptHash'),
    outputHash: hash('outputHash'),
    params: { temperatureQ: view.getUint16(AT.temperatureQ), topPBps, topK },
    seed: hash('seed'),
    leafCount,
    root: hash('root'),
  };
}

/** SHA-256 of the receipt's bytes: what is signed, held and drawn. */
export function receiptHash(bytes: Uint8Array): Hex32 {
  return hex32(taggedHash('', bytes));
}

function badReceipt(what: string): WeftError {
  return new WeftError('par1/bad-receipt', `A receipt ${what}.`);
}
