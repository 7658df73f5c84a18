import type { PublicClient } from 'viem';
import * as v from 'valibot';
import { gumbelTableHash } from '../../src/protocol/par1/gumbel.ts';
import { compare, failure, isRecord, join } from './compare.ts';
import type { Outcome } from './compare.ts';
import { HARNESS } from './evm.ts';
import { vectorsHarnessAbi } from './generated/vectors-harness.ts';
import { computeCase } from './par1-case.ts';

const NOISE_ENTRIES = 65_536;
const HONEST = 0;
const contract = { address: HARNESS, abi: vectorsHarnessAbi } as const;

/** The parts of a case that the contracts compute too. What they never look at, such as the sketch, is not among them. */
const computedSchema = v.looseObject({
  inputs: v.looseObject({ jobId: v.string(), nonce: v.string(), steps: v.number() }),
  receipt: v.string(),
  steps: v.array(v.looseObject({ t: v.number(), leaf: v.string() })),
  proof: v.object({ index: v.number(), siblings: v.array(v.string()) }),
});
const listedSchema = v.looseObject({
  steps: v.optional(v.array(v.looseObject({ t: v.number() })), []),
  proof: v.optional(v.looseObject({ index: v.number() })),
});

/**
 * Holds what a parsed PAR-1 file says against the contracts' libraries: seeds, receipts, leaves, roots and the noise. A leaf
 * that the file lists must also be honest in the eyes of the contract that would judge it.
 */
export async function checkPar1InSolidity(file: unknown, client: PublicClient): Promise<Outcome[]> {
  // A file that is none was a failure before it came here.
  if (!isRecord(file) || !Array.isArray(file['cases'])) return [];
  const cases: readonly unknown[] = file['cases'];
  const outcomes: Outcome[] = [];
  if (isRecord(file['gumbelTable'])) {
    outcomes.push(...only(file['gumbelTable'], 'gumbelTable', await noiseOf(client)));
  }
  for (const [at, one] of cases.entries()) {
    if (!isRecord(one)) continue;
    const path = `cases[${at}]`;
    try {
      outcomes.push(...(await checkCase(path, one, client)));
    } catch (error) {
      outcomes.push(failure(path, one['name'], error instanceof Error ? error.message : String(error)));
    }
  }
  return outcomes;
}

async function noiseOf(client: PublicClient): Promise<Record<string, unknown>> {
  const args = [0n, BigInt(NOISE_ENTRIES)] as const;
  const bytes = Buffer.from((await client.readContract({ ...contract, functionName: 'gumbel', args })).slice(2), 'hex');
  const table = Int16Array.from({ length: NOISE_ENTRIES }, (_, entry) => bytes.readInt16BE(2 * entry));
  return {
    sha256OfInt16BE: gumbelTableHash(table),
    first: table[0],
    middle: table[NOISE_ENTRIES / 2],
    last: table.at(-1),
  };
}

async function checkCase(path: string, file: Readonly<Record<string, unknown>>, client: PublicClient) {
  const listed = v.parse(listedSchema, file);
  // Leaves and siblings come from the engine's own calls; the contract judges them and reads them again.
  const given = v.parse(
    computedSchema,
    computeCase({ ...file, proof: listed.proof ?? { index: 0 }, steps: stepsFor(listed) }),
  );
  const receipt = given.receipt as `0x${string}`;
  const { jobId, nonce } = given.inputs;
  const seed = await client.readContract({
    ...contract,
    functionName: 'seedOf',
    args: [jobId as `0x${string}`, nonce as `0x${string}`],
  });
  const decoded = await client.readContract({ ...contract, functionName: 'decodePar1Receipt', args: [receipt] });
  const [fields, receiptHash] = decoded;
  const leaves = await Promise.all(
    given.steps.map(({ t, leaf }) => readLeaf(t, leaf as `0x${string}`, receipt, client)),
  );
  const proven = leaves.find(({ t }) => t === given.proof.index)!;
  const root = await client.readContract({
    ...contract,
    functionName: 'leafRoot',
    args: [
      proven.leafHash,
      BigInt(given.proof.index),
      BigInt(given.inputs.steps),
      given.proof.siblings as readonly `0x${string}`[],
    ],
  });
  const shown = new Set(listed.steps.map(({ t }) => t));
  const verdicts = leaves.map(({ t, verdict }) => ({
    path: `${path}.steps(t = ${t}).verdict`,
    ok: verdict === HONEST,
    expected: HONEST,
    got: verdict,
  }));
  return [
    ...only(file, path, {
      seed,
      root,
      receiptHash,
      promptHash: fields.promptHash,
      outputHash: fields.outputHash,
      steps: leaves.filter(({ t }) => shown.has(t)),
    }),
    ...compare(`${path}.receipt.seed`, seed, fields.seed),
    ...compare(`${path}.receipt.root`, root, fields.root),
    ...verdicts,
  ];
}

/** The steps that the file lists, and the one that its proof is of. */
function stepsFor({ steps, proof }: v.InferOutput<typeof listedSchema>): { t: number }[] {
  const index = proof?.index ?? 0;
  return steps.some(({ t }) => t === index) ? steps : [...steps, { t: index }];
}

async function readLeaf(t: number, leaf: `0x${string}`, receipt: `0x${string}`, client: PublicClient) {
  const [values, leafHash] = await client.readContract({ ...contract, functionName: 'readLeaf', args: [leaf] });
  const verdict = await client.readContract({ ...contract, functionName: 'judge', args: [receipt, leaf, BigInt(t)] });
  return {
    t: Number(values.t),
    ids: values.ids.map(Number),
    zq: values.zq.map(Number),
    rank: Number(values.rank),
    token: Number(values.token),
    flags: Number(values.flags),
    leafHash,
    verdict,
  };
}

/** Compares the keys that both sides have. */
function only(
  file: Readonly<Record<string, unknown>>,
  path: string,
  computed: Readonly<Record<string, unknown>>,
): Outcome[] {
  return Object.entries(computed).flatMap(([key, value]) => {
    const expected = file[key];
    if (expected === undefined) return [];
    if (!Array.isArray(expected) || !Array.isArray(value)) return compare(join(path, key), expected, value);
    const entries: readonly unknown[] = value;
    return expected.flatMap((one: unknown, at) => {
      const entry = entries[at];
      return isRecord(one) && isRecord(entry)
        ? only(one, `${join(path, key)}[${at}]`, entry)
        : compare(`${join(path, key)}[${at}]`, one, entry);
    });
  });
}
