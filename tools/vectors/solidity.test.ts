import { describe, expect, it } from 'vitest';
import shippedPar1 from '../../src/protocol/par1/par1.vectors.json' with { type: 'json' };
import shipped from '../../src/protocol/quorum/quorum.vectors.json' with { type: 'json' };
import { address, hex32, toHex } from '../../src/protocol/ids.ts';
import type { Outcome } from './compare.ts';
import { withHarness } from './evm.ts';
import { checkPar1InSolidity } from './par1-solidity.ts';
import { recomputeQuorumFile } from './quorum-file.ts';
import { typescriptWire } from './quorum-wire.ts';
import { createSolidityWire } from './solidity-wire.ts';

const START_TIMEOUT_MS = 60_000;
const failedPaths = (outcomes: readonly Outcome[]) => outcomes.filter(({ ok }) => !ok).map(({ path }) => path);
const inSolidity = (file: Record<string, unknown>) =>
  withHarness(async (client) => failedPaths(await recomputeQuorumFile(file, createSolidityWire(client))));

const word = () => hex32(crypto.getRandomValues(new Uint8Array(32)));
const account = () => address(toHex(crypto.getRandomValues(new Uint8Array(20))));
const below = (limit: number) => Math.floor(Math.random() * limit);

/** Another case of the shape of the shipped one, with values that nobody chose; all that hangs on others left as it was. */
function freshInputs() {
  const intent = {
    cChainId: word(),
    aChainId: word(),
    cTxHash: word(),
    callIndex: below(2 ** 32),
    caller: account(),
    modelSpecHash: word(),
    promptHash: word(),
    n: 3 + below(200),
    threshold: 2 + below(200),
    fee: BigInt(word()).toString(),
  };
  const commitInputs = {
    taskId: word(),
    modelSpecHash: intent.modelSpecHash,
    promptHash: intent.promptHash,
    outputHash: word(),
    embeddingHash: word(),
    operator: account(),
    nonce: word(),
  };
  const operators = Array.from({ length: 1 + below(40) }, account);
  const receiptHashes = Array.from({ length: 1 + below(40) }, word);
  const eligible = Array.from({ length: 6 + below(100) }, account);
  const draw = { eligible, beacon: word(), n: 1 + below(eligible.length) };
  return { intent, commitInputs, operators, winners: operators.slice(0, below(operators.length)), receiptHashes, draw };
}

/** The whole file, filled in by the TypeScript side. */
async function freshFile() {
  const { intent, commitInputs, operators, winners, receiptHashes, draw } = freshInputs();
  const { modelSpecHash, fee, ...plain } = intent;
  const { modelSpecHash: manifest, ...answer } = commitInputs;
  const intentId = await typescriptWire.intentId({ ...plain, manifest: modelSpecHash, feeWei: BigInt(fee) });
  const receipt = {
    intentId: hex32(intentId),
    taskId: commitInputs.taskId,
    cChainId: intent.cChainId,
    aChainId: intent.aChainId,
    requester: intent.caller,
    promptHash: intent.promptHash,
    canonicalOutputHash: commitInputs.outputHash,
    n: intent.n,
    threshold: intent.threshold,
    winnersRoot: hex32(await typescriptWire.rootOfAccounts(winners)),
    operatorsRoot: hex32(await typescriptWire.rootOfAccounts(operators)),
  };
  const settledAtHeight = BigInt(below(2 ** 48)) << 16n;
  const feePaidWei = BigInt(word());
  const encoded = await typescriptWire.encodeReceipt({
    ...receipt,
    manifest,
    status: 'completed',
    feePaidWei,
    settledAtHeight,
  });
  const index = below(receiptHashes.length);
  return {
    about: 'fresh',
    receiptEncodedLength: encoded.length,
    case: {
      intent,
      intentId,
      commitInputs,
      commit: await typescriptWire.commitment({ ...answer, manifest }),
      operators,
      winners,
      receipt: {
        version: 1,
        ...receipt,
        modelSpecHash,
        status: 2,
        feePaid: feePaidWei.toString(),
        settledAtHeight: settledAtHeight.toString(),
      },
      receiptBytes: toHex(encoded),
      receiptHash: await typescriptWire.receiptHash(encoded),
      receiptTree: {
        receiptHashes,
        rootAfterEach: await typescriptWire.rootAfterEach(receiptHashes),
        [`proofOfIndex${index}`]: await typescriptWire.proof(receiptHashes, index, []),
      },
      draw: { ...draw, selected: await typescriptWire.draw(draw.eligible, draw.beacon, draw.n) },
    },
  };
}

describe('known answers in Solidity', { timeout: START_TIMEOUT_MS }, () => {
  it('are those of the shipped quorum file', async () => {
    expect(await inSolidity(shipped)).toEqual([]);
  });

  it('are those of TypeScript for values that nobody chose', async () => {
    for (let round = 0; round < 5; round++) expect(await inSolidity(await freshFile())).toEqual([]);
  });

  it.each<[string, (known: typeof shipped.case) => void]>([
    ['case.intentId', (known) => void (known.intentId = known.commit)],
    ['case.commit', (known) => void (known.commit = known.intentId)],
    ['case.receipt.winnersRoot', (known) => known.winners.reverse()],
    ['case.receipt.operatorsRoot', (known) => known.operators.reverse()],
    ['case.receiptHash', (known) => void (known.receiptHash = known.commit)],
    ['case.receiptTree.rootAfterEach[6]', (known) => void (known.receiptTree.rootAfterEach[6] = known.commit)],
    ['case.receiptTree.proofOfIndex3', (known) => known.receiptTree.proofOfIndex3.reverse()],
    ['case.draw.selected[0]', (known) => void (known.draw.selected[0] = known.draw.selected[1]!)],
  ])('differ where the file is wrong: %s', async (path, change) => {
    const file = structuredClone(shipped);
    change(file.case);
    expect(await inSolidity(file)).toContain(path);
  });

  it('tell an honest leaf, its hash and its tree from what was changed', async () => {
    const file = structuredClone(shippedPar1);
    const check = () => withHarness(async (client) => failedPaths(await checkPar1InSolidity(file, client)));
    expect(await check()).toEqual([]);
    const [first, second] = file.cases;
    first!.root = second!.root;
    second!.steps[1]!.leafHash = first!.steps[1]!.leafHash;
    second!.steps[2]!.zq[1]! -= 1;
    file.gumbelTable.last += 1;
    expect(await check()).toEqual([
      'gumbelTable.last',
      'cases[0].root',
      'cases[1].steps[1].leafHash',
      'cases[1].steps[2].zq[1]',
    ]);
  });

  it('are a failure without an EVM', async () => {
    await expect(withHarness(() => Promise.resolve(), '/nowhere/anvil')).rejects.toThrow('The EVM does not start');
  });
});
