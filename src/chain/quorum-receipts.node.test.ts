import { encodeDeployData, encodeFunctionData, keccak256, parseEventLogs, toHex, zeroAddress } from 'viem';
import type { Abi, Hex, Log, PublicClient, TransactionReceipt } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, fromHex, hex32 } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import { answerCommitment } from '../protocol/quorum/commitment.ts';
import { drawOperators, eligibleHash } from '../protocol/quorum/draw.ts';
import { createQuorumFrontier, quorumProofRoot } from '../protocol/quorum/merkle.ts';
import { encodeQuorumReceipt } from '../protocol/quorum/receipt.ts';
import { taskId as taskIdOf } from '../protocol/quorum/task-id.ts';
import { startTestChain, TEST_CHAIN_ID } from './anvil.node.fixture.ts';
import type { TestChain } from './anvil.node.fixture.ts';
import { createChainClient } from './chain-client.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { inferenceQuorumCode } from './generated/inference-quorum-code.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { nodeRegistryCode } from './generated/node-registry-code.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { weftTokenCode } from './generated/weft-token-code.ts';
import { exportedReceipts, receiptPath } from './quorum-receipts.ts';
import { createTransactionSender } from './transaction-sender.ts';
import type { TransactionSender } from './transaction-sender.ts';

const [MANIFEST, PROMPT, OUTPUT, NONCE] = [1, 2, 3, 4].map((byte) => hex32(new Uint8Array(32).fill(byte))) as [
  Hex32,
  Hex32,
  Hex32,
  Hex32,
];
const NO_EMBEDDING = hex32(new Uint8Array(32));
const BOND = 1_000n;
const PROVIDERS = 5;
const N = 3;
const THRESHOLD = 2;
/** Blocks after which a task that nobody drew can be cancelled. */
const UNDRAWN_BLOCKS = 260;

let chain: TestChain;
let client: PublicClient;
let requester: TransactionSender;
let providers: TransactionSender[];
let token: Address;
let registry: Address;
let quorum: Address;

const newSender = async () =>
  createTransactionSender({ client, signer: await chain.fundedSigner(), abi: inferenceQuorumAbi, sentences: {} });

const call = (
  sender: TransactionSender,
  to: Address,
  abi: Abi,
  functionName: string,
  args: readonly unknown[],
): Promise<TransactionReceipt> => sender.send({ to, data: encodeFunctionData({ abi, functionName, args: [...args] }) });

const onQuorum = (sender: TransactionSender, functionName: string, ...args: unknown[]) =>
  call(sender, quorum, inferenceQuorumAbi, functionName, args);

const deploy = async (data: Hex): Promise<Address> =>
  address((await requester.send({ to: null, data })).contractAddress!);

const mine = (blocks: number) => chain.call('anvil_mine', [toHex(blocks)]);

/** Asks, and gives the task's id and the list that is drawn from. */
async function request() {
  const { logs } = await onQuorum(requester, 'request', MANIFEST, PROMPT, N, THRESHOLD, 5n);
  const [event] = parseEventLogs({ abi: inferenceQuorumAbi, eventName: 'TaskRequested', logs });
  return event!.args;
}

/** One task from its request to its end, with the commitments that TypeScript makes. */
async function completeTask() {
  const asked = await request();
  await mine(3);
  const { logs } = await onQuorum(requester, 'draw', asked.taskId, asked.eligible);
  const { beacon, operators } = parseEventLogs({ abi: inferenceQuorumAbi, eventName: 'OperatorsDrawn', logs })[0]!.args;
  const seated = operators.map((operator) => providers.find((it) => it.address === operator.toLowerCase())!);
  for (const [seat, { address: operator }] of seated.entries()) {
    const commitment = answerCommitment({
      taskId: hex32(asked.taskId),
      manifest: MANIFEST,
      promptHash: PROMPT,
      outputHash: OUTPUT,
      embeddingHash: NO_EMBEDDING,
      operator,
      nonce: NONCE,
    });
    await onQuorum(seated[seat]!, 'commit', asked.taskId, BigInt(seat), commitment);
  }
  await mine(30);
  for (const [seat, sender] of seated.entries()) {
    await onQuorum(sender, 'reveal', asked.taskId, BigInt(seat), OUTPUT, NO_EMBEDDING, NONCE);
  }
  await mine(30);
  await onQuorum(requester, 'settle', asked.taskId);
  return { asked, beacon: hex32(beacon), operators: operators.map((operator) => address(operator)) };
}

const quorumLogs = (): Promise<Log[]> => client.getLogs({ address: quorum, fromBlock: 0n });

beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
  requester = await newSender();
  const own = requester.address;
  const other = address('0x00000000000000000000000000000000000000aa');
  const genesis = {
    team: other,
    investors: other,
    community: own,
    treasury: other,
    liquidity: other,
    vestingStart: 1n,
    cliffSeconds: 1n,
    teamSeconds: 2n,
    investorsSeconds: 2n,
  };
  token = await deploy(encodeDeployData({ abi: weftTokenAbi, bytecode: weftTokenCode.creation, args: [genesis] }));
  const bonds = { providerBond: BOND, validatorBond: BOND, cooldownSeconds: 1n, cooldownBlocks: 400n };
  registry = await deploy(
    encodeDeployData({ abi: nodeRegistryAbi, bytecode: nodeRegistryCode.creation, args: [token, bonds] }),
  );
  const parameters = {
    cChainId: MANIFEST,
    aChainId: PROMPT,
    verifier: zeroAddress,
    feePerOperator: 1n,
    minSlash: 100n,
    commitBlocks: 30n,
    revealBlocks: 30n,
    slashDissenters: false,
  };
  quorum = await deploy(
    encodeDeployData({
      abi: inferenceQuorumAbi,
      bytecode: inferenceQuorumCode.creation,
      args: [token, registry, parameters],
    }),
  );
  await call(requester, registry, nodeRegistryAbi, 'wire', [[quorum]]);
  await call(requester, token, weftTokenAbi, 'approve', [quorum, 10n ** 18n]);
  providers = [];
  for (let i = 0; i < PROVIDERS; i++) {
    const sender = await newSender();
    providers.push(sender);
    await call(requester, token, weftTokenAbi, 'transfer', [sender.address, BOND]);
    await call(sender, token, weftTokenAbi, 'approve', [registry, BOND]);
    await call(sender, registry, nodeRegistryAbi, 'register', ['0x01', [], 1, [MANIFEST], BOND]);
  }
}, 60_000);
afterAll(() => chain.stop());

describe('receipts of the quorum contract', { timeout: 120_000 }, () => {
  it('are what TypeScript makes of the task, and prove themselves to the contract', async () => {
    const undrawn = [await request(), await request()];
    await mine(UNDRAWN_BLOCKS);
    for (const { taskId } of undrawn) await onQuorum(requester, 'cancel', taskId);
    const { asked, beacon, operators } = await completeTask();

    const key = { chainId: BigInt(TEST_CHAIN_ID), contract: quorum, requester: requester.address };
    const work = { manifest: MANIFEST, promptHash: PROMPT, n: N, threshold: THRESHOLD };
    expect(hex32(asked.taskId)).toBe(taskIdOf({ ...key, nonce: 2n, ...work }));
    const eligible = providers.map((provider) => provider.address);
    expect(eligibleHash(eligible)).toBe(keccak256(asked.eligible));
    expect(drawOperators(eligible, beacon, N)).toEqual(operators);

    const receipts = exportedReceipts(await quorumLogs());
    expect(receipts.map(({ receipt }) => receipt.status)).toEqual(['failed', 'failed', 'completed']);
    const tree = createQuorumFrontier();
    for (const operator of operators) tree.append(fromHex(operator, 20));
    const operatorsRoot = hex32(tree.root());
    expect(receipts[2]!.receipt).toMatchObject({
      taskId: asked.taskId,
      requester: requester.address,
      canonicalOutputHash: OUTPUT,
      // All revealed, in the order of their seats.
      operatorsRoot,
      winnersRoot: operatorsRoot,
      feePaidWei: 3n,
    });

    const contract = { address: quorum, abi: inferenceQuorumAbi } as const;
    const [root, count] = await client.readContract({ ...contract, functionName: 'receiptTree' });
    expect(count).toBe(3n);
    for (const { receiptHash, index } of receipts) {
      const path = receiptPath(receipts, index);
      const isExported = (place: number) =>
        client.readContract({ ...contract, functionName: 'isExported', args: [receiptHash, BigInt(place), path] });
      expect(await isExported(index)).toBe(true);
      expect(await isExported(index + 1)).toBe(false);
      const siblings = path.map((sibling) => fromHex(sibling, 32));
      expect(hex32(quorumProofRoot(fromHex(receiptHash, 32), index, receipts.length, siblings))).toBe(root);
    }
  });

  it('are refused where a log was altered', async () => {
    const { receipt, index } = exportedReceipts(await quorumLogs())[0]!;
    const altered = toHex(encodeQuorumReceipt({ ...receipt, feePaidWei: 0n }));
    const bytes = toHex(encodeQuorumReceipt(receipt)).slice(2);
    const logs = (await quorumLogs()).map((log) => ({
      ...log,
      data: log.data.replace(bytes, altered.slice(2)) as Hex,
    }));
    expect(() => exportedReceipts(logs)).toThrow(`Receipt ${index} is not the one`);
  });

  it('give no path where one of them is missing', async () => {
    const receipts = exportedReceipts(await quorumLogs());
    expect(() => receiptPath(receipts.slice(1), 1)).toThrow('Expected receipt 0 of the tree, got receipt 1.');
  });
});
