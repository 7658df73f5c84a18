import * as v from 'valibot';
import { createTap } from '../../src/protocol/par1/tap.ts';
import { K, MAX_LEAVES } from '../../src/protocol/par1/constants.ts';
import { decodeLeaf, leafCandidates } from '../../src/protocol/par1/leaf.ts';
import { createLeafHasher } from '../../src/protocol/par1/leaf-hasher.ts';
import { drawPositions } from '../../src/protocol/par1/positions.ts';
import { encodeReceipt, receiptHash } from '../../src/protocol/par1/receipt.ts';
import { createSampler } from '../../src/protocol/par1/sampler.ts';
import { deriveSeed } from '../../src/protocol/par1/seed.ts';
import { tokensHash } from '../../src/protocol/par1/tokens-hash.ts';
import { address, fromHex, hex32, toHex } from '../../src/protocol/ids.ts';
import { parseLogitFormula } from './formula.ts';

const count = (most: number) => v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(most));
const hash = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{64}$/));
const account = v.pipe(v.string(), v.regex(/^0x[0-9a-f]{40}$/));

/** What a case is computed from. Ranges that PAR-1 itself limits are left to PAR-1. */
const inputsSchema = v.strictObject({
  jobId: hash,
  nonce: hash,
  vocab: count(2 ** 20),
  steps: count(MAX_LEAVES),
  temperatureQ: v.number(),
  topPBps: v.number(),
  topK: v.number(),
  logit: v.string(),
  chainId: v.union([v.pipe(v.number(), v.safeInteger()), v.pipe(v.string(), v.regex(/^\d+$/))]),
  prover: account,
  manifest: hash,
  prompt: v.array(v.number()),
});

/** The parts of a case's results that are themselves inputs. */
const proofSchema = v.looseObject({ index: v.number() });
const positionsSchema = v.looseObject({
  beacon: hash,
  receiptHash: hash,
  auditor: account,
  pick: v.number(),
  of: v.number(),
});

/**
 * Everything PAR-1 says about one case, keyed as vectors files key it, through the same calls that an engine makes.
 * Throws a ValiError for inputs that are missing or unknown, WeftErrors for what PAR-1 refuses.
 */
export function computeCase(file: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const inputs = v.parse(inputsSchema, file['inputs']);
  const { vocab, steps, temperatureQ, topPBps, topK } = inputs;
  const params = { temperatureQ, topPBps, topK };
  const seed = deriveSeed(fromHex(inputs.jobId, 32), fromHex(inputs.nonce, 32));
  const tap = createTap({ seed, vocabSize: vocab, params, maxTokens: steps, stopTokens: [] });
  const logit = parseLogitFormula(inputs.logit);
  const logits = new Float32Array(vocab);
  const tokens: number[] = [];
  for (let t = 0; t < steps; t++) {
    for (let id = 0; id < vocab; id++) logits[id] = logit(id, t, vocab);
    tokens.push(tap.sample(logits));
    tap.commit();
  }
  const { root } = tap.finish()!;

  const promptHash = hex32(tokensHash(inputs.prompt));
  const outputHash = hex32(tokensHash(tokens));
  const receipt = encodeReceipt({
    chainId: BigInt(inputs.chainId),
    jobId: hex32(inputs.jobId),
    prover: address(inputs.prover),
    manifest: hex32(inputs.manifest),
    promptHash,
    outputHash,
    params,
    seed: hex32(seed),
    leafCount: steps,
    root: hex32(root),
  });

  return {
    name: file['name'],
    inputs: file['inputs'],
    seed: toHex(seed),
    steps: file['steps'] === undefined ? undefined : stepsOf(file['steps'], (t) => tap.opening(t).leaf, seed, params),
    tokens,
    root,
    proof: file['proof'] === undefined ? undefined : proofOf(file['proof'], (index) => tap.opening(index).siblings),
    promptHash,
    outputHash,
    receiptLength: receipt.length,
    receipt: toHex(receipt),
    receiptHash: receiptHash(receipt),
    positions: file['positions'] === undefined ? undefined : positionsOf(file['positions']),
  };
}

/** The steps that the file lists, by their `t`. */
function stepsOf(
  listed: unknown,
  leafAt: (t: number) => Uint8Array,
  seed: Uint8Array,
  params: Parameters<typeof createSampler>[1],
): unknown[] {
  const sampler = createSampler(seed, params);
  const hashLeaf = createLeafHasher();
  const leafHash = new Uint8Array(32);
  return v.parse(v.array(v.looseObject({ t: v.number() })), listed).map(({ t }) => {
    const bytes = leafAt(t);
    const leaf = decodeLeaf(bytes);
    hashLeaf(bytes, 0, leafHash);
    const { ids, zq } = leaf;
    const rank = sampler.pick({ ids, zq, count: leafCandidates(leaf) }, t);
    return {
      t: leaf.t,
      ids: [...ids],
      zq: [...zq],
      sketch: [...leaf.sketch],
      zmax: leaf.zmax,
      keep: sampler.keep(),
      rank,
      token: leaf.token,
      flags: leaf.flags,
      K,
      leafHash: toHex(leafHash),
      leaf: toHex(bytes),
    };
  });
}

function proofOf(listed: unknown, siblingsAt: (index: number) => readonly Uint8Array[]) {
  const { index } = v.parse(proofSchema, listed);
  return { index, siblings: siblingsAt(index).map((sibling) => toHex(sibling)) };
}

function positionsOf(listed: unknown) {
  const { beacon, receiptHash: drawnFor, auditor, pick, of } = v.parse(positionsSchema, listed);
  const drawn = drawPositions({
    beacon: fromHex(beacon, 32),
    receiptHash: fromHex(drawnFor, 32),
    auditor: fromHex(auditor, 20),
    leafCount: of,
    pick,
  });
  // Files list them sorted, as they travel.
  return { beacon, receiptHash: drawnFor, auditor, pick, of, result: drawn.toSorted((a, b) => a - b) };
}
