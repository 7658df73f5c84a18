import * as v from 'valibot';
import { address, hex32, toHex } from '../../src/protocol/ids.ts';
import { RECEIPT_BYTES, RECEIPT_VERSION } from '../../src/protocol/quorum/constants.ts';
import { decodeQuorumReceipt } from '../../src/protocol/quorum/receipt.ts';
import { compare, failure, isRecord } from './compare.ts';
import type { Outcome } from './compare.ts';
import type { QuorumWire } from './quorum-wire.ts';

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

/** Recomputes every value of a parsed quorum file with one implementation; what is not known of is a failure. */
export async function recomputeQuorumFile(
  file: Readonly<Record<string, unknown>>,
  wire: QuorumWire,
): Promise<Outcome[]> {
  const outcomes = Object.entries(file).map(async ([key, value]): Promise<Outcome[]> => {
    if (key === 'about') return [];
    if (key === 'receiptEncodedLength') return guarded(key, value, () => receiptLength(file['case'], wire));
    if (key === 'case' && isRecord(value)) return recomputeCase(value, wire);
    return [failure(key, value, 'this command does not know how to recompute it')];
  });
  return (await Promise.all(outcomes)).flat();
}

async function recomputeCase(known: Readonly<Record<string, unknown>>, wire: QuorumWire): Promise<Outcome[]> {
  const results: Readonly<Record<string, () => Promise<unknown>>> = {
    intentId: () => intentIdOf(known['intent'], wire),
    commit: () => commitOf(known['commitInputs'], wire),
    receipt: () => receiptOf(known, wire),
    receiptBytes: async () => toHex(await receiptBytes(known['receipt'], wire)),
    receiptHash: async () => wire.receiptHash(await receiptBytes(known['receipt'], wire)),
    receiptTree: () => treeOf(known['receiptTree'], wire),
    draw: () => drawOf(known['draw'], wire),
  };
  // What the others are computed from: a result that hangs on it shows a change.
  const inputs = new Set(['intent', 'commitInputs', 'operators', 'winners']);
  const parts = await Promise.all(
    Object.entries(known).map(async ([key, expected]): Promise<Outcome[]> => {
      if (inputs.has(key)) return [];
      const compute = Object.hasOwn(results, key) ? results[key] : undefined;
      return guarded(`case.${key}`, expected, async () => compute?.());
    }),
  );
  const outcomes = parts.flat();
  return outcomes.length > 0 ? outcomes : [failure('case', known, 'it holds no result')];
}

/** What cannot be computed at all is a failure of the file, with the reason. */
async function guarded(path: string, expected: unknown, compute: () => Promise<unknown>): Promise<Outcome[]> {
  try {
    return compare(path, expected, await compute());
  } catch (error) {
    return [failure(path, expected, error instanceof Error ? error.message : String(error))];
  }
}

async function intentIdOf(listed: unknown, wire: QuorumWire): Promise<string> {
  const { modelSpecHash, fee, ...intent } = v.parse(intentSchema, listed);
  return wire.intentId({ ...intent, manifest: modelSpecHash, feeWei: fee });
}

async function commitOf(listed: unknown, wire: QuorumWire): Promise<string> {
  const { modelSpecHash, ...answer } = v.parse(answerSchema, listed);
  return wire.commitment({ ...answer, manifest: modelSpecHash });
}

async function receiptLength(known: unknown, wire: QuorumWire): Promise<number> {
  if (!isRecord(known) || known['receipt'] === undefined) return RECEIPT_BYTES;
  return (await receiptBytes(known['receipt'], wire)).length;
}

async function receiptBytes(listed: unknown, wire: QuorumWire): Promise<Uint8Array> {
  const { modelSpecHash, status, feePaid, version: _, ...receipt } = v.parse(receiptSchema, listed);
  return wire.encodeReceipt({
    ...receipt,
    manifest: modelSpecHash,
    status: STATUS_NAMES[status],
    feePaidWei: feePaid,
  });
}

/** The receipt as its own bytes tell it, with the id and the roots as the case's other parts give them. */
async function receiptOf(known: Readonly<Record<string, unknown>>, wire: QuorumWire): Promise<Record<string, unknown>> {
  const bytes = await receiptBytes(known['receipt'], wire);
  const { manifest, status, feePaidWei, settledAtHeight, ...receipt } = decodeQuorumReceipt(bytes);
  return {
    ...receipt,
    version: RECEIPT_VERSION,
    modelSpecHash: manifest,
    status: STATUS_NAMES.indexOf(status),
    feePaid: feePaidWei.toString(),
    settledAtHeight: settledAtHeight.toString(),
    ...(known['intent'] === undefined ? {} : { intentId: await intentIdOf(known['intent'], wire) }),
    ...(known['winners'] === undefined ? {} : { winnersRoot: await rootOfAccounts(known['winners'], wire) }),
    ...(known['operators'] === undefined ? {} : { operatorsRoot: await rootOfAccounts(known['operators'], wire) }),
  };
}

async function rootOfAccounts(listed: unknown, wire: QuorumWire): Promise<string> {
  return wire.rootOfAccounts(v.parse(v.array(account), listed));
}

async function treeOf(listed: unknown, wire: QuorumWire): Promise<Record<string, unknown>> {
  const tree = v.parse(v.looseObject({ receiptHashes: v.array(hash) }), listed);
  const proofs = Object.entries(tree).map(async ([key, path]): Promise<[string, unknown][]> => {
    const index = PROOF_KEY.exec(key)?.[1];
    if (index === undefined) return [];
    return [[key, await wire.proof(tree.receiptHashes, Number(index), v.parse(v.array(hash), path))]];
  });
  return {
    receiptHashes: tree.receiptHashes,
    rootAfterEach: await wire.rootAfterEach(tree.receiptHashes),
    ...Object.fromEntries((await Promise.all(proofs)).flat()),
  };
}

async function drawOf(listed: unknown, wire: QuorumWire): Promise<Record<string, unknown>> {
  const { eligible, beacon, n } = v.parse(drawSchema, listed);
  return { eligible, beacon, n, selected: await wire.draw(eligible, beacon, n) };
}
