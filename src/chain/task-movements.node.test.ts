import { concatHex, encodeFunctionData, keccak256, pad, parseEventLogs, toHex } from 'viem';
import type { ContractFunctionArgs, Hex, PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { address, hex32 } from '../protocol/ids.ts';
import type { Hex32 } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { answerCommitment } from '../protocol/quorum/commitment.ts';
import { startTestChain, TEST_CHAIN_ID } from './anvil.node.fixture.ts';
import type { TestChain } from './anvil.node.fixture.ts';
import { createCalls } from './calls.ts';
import { createChainClient } from './chain-client.ts';
import { deployNetwork, planDeployment } from './deploy-network.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { createMovementReader } from './movement-events.ts';
import { NETWORK_ERRORS } from './network-error.ts';
import { LOCAL_PARAMETERS } from './network-parameters.ts';
import { readAccount } from './read-account.ts';
import type { TransactionSigner } from './signer.ts';
import { createTransactionSender } from './transaction-sender.ts';
import type { TransactionSender } from './transaction-sender.ts';

const ONE = 10n ** 18n;
const STAKE = 20_000n * ONE;
const REWARD = 7n * ONE;
const PROVIDERS = 5;
const N = 3;
const FEES = BigInt(N) * LOCAL_PARAMETERS.quorum.feePerOperator;
/** Blocks after which a task that nobody drew can be cancelled. */
const UNDRAWN_BLOCKS = 260;
const [MANIFEST, PROMPT, OUTPUT, NONCE, NO_EMBEDDING] = ['manifest', 'prompt', 'output', 'nonce', ''].map((text) =>
  hex32(keccak256(toHex(text))),
) as [Hex32, Hex32, Hex32, Hex32, Hex32];
type QuorumCall = 'request' | 'draw' | 'commit' | 'reveal' | 'settle' | 'cancel' | 'withdrawRewards';

let chain: TestChain;
let client: PublicClient;
let contracts: NetworkContracts;
let signer: TransactionSigner;
let requester: TransactionSender;
let providers: readonly TransactionSender[];

const openSender = (from: TransactionSigner) => createTransactionSender({ client, signer: from, ...NETWORK_ERRORS });
const onQuorum = <Name extends QuorumCall>(
  sender: TransactionSender,
  functionName: Name,
  args: ContractFunctionArgs<typeof inferenceQuorumAbi, 'nonpayable', Name>,
) => {
  const call = { abi: inferenceQuorumAbi, functionName, args } as Parameters<typeof encodeFunctionData>[0];
  return sender.send({ to: contracts.quorum, data: encodeFunctionData(call) });
};
const mine = (blocks: number) => chain.call('anvil_mine', [toHex(blocks)]);

beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
  signer = await chain.fundedSigner();
  requester = openSender(signer);
  const own = requester.address;
  const plan = planDeployment({
    chainId: TEST_CHAIN_ID,
    deployer: own,
    firstNonce: 0,
    parameters: LOCAL_PARAMETERS,
    beneficiaries: { team: own, investors: own, community: own, treasury: own, liquidity: own },
    vestingStart: 1_800_000_000n,
  });
  ({ contracts } = await deployNetwork(plan, { client, sender: requester }));
  const calls = createCalls(contracts);
  await requester.send(calls.approve(contracts.quorum, 1_000n * ONE));
  const joined: TransactionSender[] = [];
  for (let i = 0; i < PROVIDERS; i++) {
    const provider = openSender(await chain.fundedSigner());
    const args = [provider.address, STAKE] as const;
    const data = encodeFunctionData({ abi: weftTokenAbi, functionName: 'transfer', args });
    await requester.send({ to: contracts.token, data });
    await provider.send(calls.approve(contracts.registry, STAKE));
    const peerId = concatHex(['0x002508021221', pad(provider.address, { size: 33 })]);
    await provider.send(calls.register({ peerId, multiaddrs: [], roles: 1, manifests: [MANIFEST] }, STAKE));
    joined.push(provider);
  }
  providers = joined;
}, 120_000);
afterAll(() => chain.stop());

async function request() {
  const { logs, transactionHash } = await onQuorum(requester, 'request', [MANIFEST, PROMPT, N, 2, REWARD]);
  const { taskId, eligible } = parseEventLogs({ abi: inferenceQuorumAbi, eventName: 'TaskRequested', logs })[0]!.args;
  return { taskId, eligible, transaction: transactionHash };
}

/** Runs a task in which all commit and only the first `shown` show what they answered; who was drawn comes in that order. */
async function runTask(shown: number) {
  const asked = await request();
  await mine(3);
  const { logs } = await onQuorum(requester, 'draw', [asked.taskId, asked.eligible]);
  const { operators } = parseEventLogs({ abi: inferenceQuorumAbi, eventName: 'OperatorsDrawn', logs })[0]!.args;
  const seated = operators.map((operator) => providers.find((it) => it.address === address(operator))!);
  for (const [seat, sender] of seated.entries()) {
    const answer = { taskId: hex32(asked.taskId), manifest: MANIFEST, promptHash: PROMPT, outputHash: OUTPUT };
    const own = { embeddingHash: NO_EMBEDDING, operator: sender.address, nonce: NONCE };
    await onQuorum(sender, 'commit', [asked.taskId, BigInt(seat), answerCommitment({ ...answer, ...own })]);
  }
  await mine(30);
  for (const [seat, sender] of seated.slice(0, shown).entries()) {
    await onQuorum(sender, 'reveal', [asked.taskId, BigInt(seat), OUTPUT, NO_EMBEDDING, NONCE]);
  }
  await mine(30);
  const { transactionHash: end } = await onQuorum(requester, 'settle', [asked.taskId]);
  return { asked, seated, end };
}

const head = () => client.getBlockNumber({ cacheTime: 0 });
const readerOf = ({ address: account }: TransactionSender) =>
  createMovementReader({ contracts, account, fromBlock: 1n, maxEvents: 1_000 }, { client });
const movementsOf = async (who: TransactionSender, since: bigint, reader = readerOf(who)) =>
  (await reader.read()).events
    .filter(({ blockNumber }) => blockNumber > since)
    .map(({ kind, amount, other, transaction }) => ({ kind, amount, other, transaction }));
const moved = (kind: string, amount: bigint, transaction: Hex) => ({ kind, amount, other: null, transaction });
const figuresOf = ({ address: account }: TransactionSender) => readAccount({ contracts, account }, { client });

describe('movements of tasks of several nodes', { timeout: 120_000 }, () => {
  it('tell what who asked paid, and what each winner earned', async () => {
    const since = await head();
    const before = await figuresOf(requester);
    const { asked, seated, end } = await runTask(N);
    expect(await movementsOf(requester, since)).toEqual([
      moved('task-paid', BigInt(N) * REWARD + FEES, asked.transaction),
    ]);
    expect(before.balance - (await figuresOf(requester)).balance).toBe(BigInt(N) * REWARD + FEES);
    for (const winner of seated) {
      expect(await movementsOf(winner, since)).toEqual([moved('task-earned', REWARD, end)]);
      expect((await figuresOf(winner)).rewards).toBe(REWARD);
    }
    const stranger = providers.find((provider) => !seated.includes(provider))!;
    expect(await movementsOf(stranger, since)).toEqual([]);
    // What was earned reaches the wallet as earnings, once.
    const { transactionHash } = await onQuorum(seated[0]!, 'withdrawRewards', []);
    expect((await movementsOf(seated[0]!, since)).slice(1)).toEqual([
      moved('earnings-withdrawn', REWARD, transactionHash),
    ]);
  });

  it('tell what comes back, and what who did not show its answer lost to the others', async () => {
    const since = await head();
    const before = await figuresOf(requester);
    const reader = readerOf(requester);
    const { asked, seated, end } = await runTask(2);
    const [winner, , silent] = seated as [TransactionSender, TransactionSender, TransactionSender];
    const [loss] = await movementsOf(silent, since);
    expect(loss).toMatchObject({ kind: 'slashed', other: null, transaction: end });
    expect(await movementsOf(winner, since)).toEqual([moved('task-earned', REWARD + loss!.amount / 2n, end)]);
    const [, back] = await movementsOf(requester, since, reader);
    expect(back).toEqual(moved('task-refunded', REWARD, end));
    expect((await figuresOf(requester)).rewards - before.rewards).toBe(REWARD);

    // The request was read before, and is remembered, when the end comes again in another block.
    await chain.call('anvil_reorg', [1, []]);
    expect(await movementsOf(requester, since, reader)).toMatchObject([{ kind: 'task-paid' }]);
    expect(await movementsOf(winner, since)).toEqual([]);
    // As after a reload: this one counts a transaction that is gone.
    requester = openSender(signer);
    const { transactionHash: again } = await onQuorum(requester, 'settle', [asked.taskId]);
    expect((await movementsOf(requester, since, reader)).slice(1)).toEqual([moved('task-refunded', REWARD, again)]);
  });

  it('tell the whole reward of a task that nobody drew', async () => {
    const since = await head();
    const { taskId } = await request();
    await mine(UNDRAWN_BLOCKS);
    const { transactionHash } = await onQuorum(providers[0]!, 'cancel', [taskId]);
    expect((await movementsOf(requester, since)).slice(1)).toEqual([
      moved('task-refunded', BigInt(N) * REWARD, transactionHash),
    ]);
    expect(await movementsOf(providers[0]!, since)).toEqual([]);
  });
});
