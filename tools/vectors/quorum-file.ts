import * as v from 'valibot';
import { address, fromHex, hex32, toHex } from '../../src/protocol/ids.ts';
import { answerCommitment } from '../../src/protocol/quorum/commitment.ts';
import { RECEIPT_BYTES, RECEIPT_VERSION } from '../../src/protocol/quorum/constants.ts';
import { drawOperators } from '../../src/protocol/quorum/draw.ts';
import { intentId } from '../../src/protocol/quorum/intent-id.ts';
import { createQuorumFrontier, quorumProof } from '../../src/protocol/quorum/merkle.ts';
import { decodeQuorumReceipt, encodeQuorumReceipt, quorumReceiptHash } from '../../src/protocol/quorum/receipt.ts';
import { compare, failure, isRecord } from './compare.ts';
import type { Outcome } from './compare.ts';

const account = v.pipe(
  v.string(),
  v.transform((text) => address(text)),
);
const hash = v.pipe(
  v.string(),
  v.transform((text) => hex32(text)),
);
const whole = v.pipe(
  v.union([v.pipe(v.string(), v.regex(/^\d+$/)), v.pipe(v.number(), v.safeInteger())]),
  v.toBigint(),
);

const intentSchema = v.strictObject({
  cChainId: hash,
  aChainId: hash,
  cTxHash: hash,
  callIndex: v.number(),
  caller: account,
  modelSpecHash: hash,
  promptHash: hash,
  n: v.number(),
  threshold: v.number(),
  fee: whole,
});
const answerSchema = v.strictObject({
  taskId: hash,
  modelSpecHash: hash,
  promptHash: hash,
  outputHash: hash,
  embeddingHash: hash,
  operator: account,
  nonce: hash,
});
const receiptSchema = v.strictObject({
  version: v.literal(RECEIPT_VERSION),
  intentId: hash,
  taskId: hash,
  cChainId: hash,
  aChainId: hash,
  requester: account,
  modelSpecHash: hash,
  promptHash: hash,
  canonicalOutputHash: hash,
  status: v.picklist([0, 1, 2, 3, 4]),
  n: v.number(),
  threshold: v.number(),
  winnersRoot: hash,
  operatorsRoot: hash,
  feePaid: whole,
  settledAtHeight: whole,
});
const STATUS_NAMES = ['unknown', 'pending', 'completed', 'failed', 'challenged'] as const;
const PROOF_KEY = /^proofOfIndex(\d+)$/;
const drawSchema = v.strictObject({
  eligible: v.array(account),
  beacon: hash,
  n: v.number(),
  selected: v.array(v.string()),
});

/** Recomputes every value of a parsed quorum file; what it does not know is a failure. */
export function recomputeQuorumFile(file: Readonly<Record<string, unknown>>): Outcome[] {
  return Object.entries(file).flatMap(([key, value]) => {
    if (key === 'about') return [];
    if (key === 'receiptEncodedLength') return compare(key, value, RECEIPT_BYTES);
    if (key === 'case' && isRecord(value)) return recomputeCase(value);
    return [failure(key, value, 'this command does not know how to recompute it')];
  });
}

function recomputeCase(known: Readonly<Record<string, unknown>>): Outcome[] {
  const results: Readonly<Record<string, () => unknown>> = {
    intentId: () => intentIdOf(known['intent']),
    commit: () => commitOf(known['commitInputs']),
    receipt: () => receiptOf(known),
    receiptBytes: () => toHex(receiptBytes(known['receipt'])),
    receiptHash: () => quorumReceiptHash(receiptBytes(known['receipt'])),
    receiptTree: () => treeOf(known['receiptTree']),
    draw: () => drawOf(known['draw']),
  };
  // What the others are computed from: a result that hangs on it shows a change.
  const inputs = new Set(['intent', 'commitInputs', 'operators', 'winners']);
  const outcomes = Object.entries(known).flatMap(([key, expected]): Outcome[] => {
    if (inputs.has(key)) return [];
    const path = `case.${key}`;
    const compute = Object.hasOwn(results, key) ? results[key] : undefined;
    try {
      return compare(path, expected, compute?.());
    } catch (error) {
      return [failure(path, expected, error instanceof Error ? error.message : String(error))];
    }
  });
  return outcomes.length > 0 ? outcomes : [failure('case', known, 'it holds no result')];
}

function intentIdOf(listed: unknown): string {
  const { modelSpecHash, fee, ...intent } = v.parse(intentSchema, listed);
  return intentId({ ...intent, manifest: modelSpecHash, feeWei: fee });
}

function commitOf(listed: unknown): string {
  const { modelSpecHash, ...answer } = v.parse(answerSchema, listed);
  return answerCommitment({ ...answer, manifest: modelSpecHash });
}

function receiptBytes(listed: unknown): Uint8Array {
  const { modelSpecHash, status, feePaid, version: _, ...receipt } = v.parse(receiptSchema, listed);
  return encodeQuorumReceipt({
    ...receipt,
    manifest: modelSpecHash,
    status: STATUS_NAMES[status],
    feePaidWei: feePaid,
  });
}

/** The receipt as its own bytes tell it, with the id and the roots as the case's other parts give them. */
function receiptOf(known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const bytes = receiptBytes(known['receipt']);
  const { manifest, status, feePaidWei, settledAtHeight, ...receipt } = decodeQuorumReceipt(bytes);
  return {
    ...receipt,
    version: RECEIPT_VERSION,
    modelSpecHash: manifest,
    status: STATUS_NAMES.indexOf(status),
    feePaid: feePaidWei.toString(),
    settledAtHeight: settledAtHeight.toString(),
    ...(known['intent'] === undefined ? {} : { intentId: intentIdOf(known['intent']) }),
    ...(known['winners'] === undefined ? {} : { winnersRoot: rootOfAccounts(known['winners']) }),
    ...(known['operators'] === undefined ? {} : { operatorsRoot: rootOfAccounts(known['operators']) }),
  };
}

function rootOfAccounts(listed: unknown): string {
  return rootsOf(v.parse(v.array(account), listed).map((one) => fromHex(one, 20))).at(-1)!;
}

/** The root before the first value and after each. */
function rootsOf(values: readonly Uint8Array[]): string[] {
  const frontier = createQuorumFrontier();
  const rootNow = () => toHex(frontier.root());
  return [
    rootNow(),
    ...values.map((value) => {
      frontier.append(value);
      return rootNow();
    }),
  ];
}

function treeOf(listed: unknown): Record<string, unknown> {
  const tree = v.parse(v.looseObject({ receiptHashes: v.array(hash) }), listed);
  const values = tree.receiptHashes.map((one) => fromHex(one, 32));
  const proofs = Object.keys(tree).flatMap((key): [string, string[]][] => {
    const index = PROOF_KEY.exec(key)?.[1];
    return index === undefined ? [] : [[key, quorumProof(values, Number(index)).map(toHex)]];
  });
  return {
    receiptHashes: tree.receiptHashes,
    rootAfterEach: rootsOf(values).slice(1),
    ...Object.fromEntries(proofs),
  };
}

function drawOf(listed: unknown): Record<string, unknown> {
  const { eligible, beacon, n } = v.parse(drawSchema, listed);
  return { eligible, beacon, n, selected: drawOperators(eligible, beacon, n) };
}
