import { concatHex, encodeAbiParameters, encodeFunctionData, getAbiItem, keccak256, numberToHex, pad } from 'viem';
import type { ContractFunctionArgs, Hex, PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { typedDataDigest } from '../protocol/eip712/digest.ts';
import { hex32, toHex } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { startTestChain, TEST_CHAIN_ID } from './anvil.node.fixture.ts';
import type { TestChain } from './anvil.node.fixture.ts';
import { createCalls } from './calls.ts';
import { createChainClient } from './chain-client.ts';
import { deployNetwork, planDeployment } from './deploy-network.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { createMovementReader } from './movement-events.ts';
import { NETWORK_ERRORS } from './network-error.ts';
import { LOCAL_PARAMETERS } from './network-parameters.ts';
import { readAccount } from './read-account.ts';
import type { TransactionSigner } from './signer.ts';
import { createTransactionSender } from './transaction-sender.ts';
import type { TransactionSender } from './transaction-sender.ts';

const ONE = 10n ** 18n;
const DEBIT = 0;
const CREDIT = 1;
const PROVIDER = 1;
const VALIDATOR = 2;

type Header = ContractFunctionArgs<typeof settlementAbi, 'nonpayable', 'finalize'>[0];
type Proof = ContractFunctionArgs<typeof settlementAbi, 'nonpayable', 'duplicate'>[0];
type Leaf = Proof['leaf'];

interface Party {
  readonly signer: TransactionSigner;
  readonly sender: TransactionSender;
}

let chain: TestChain;
let client: PublicClient;
let contracts: NetworkContracts;
let consumer: Party;
let provider: Party;
let first: Party;
let second: Party;

const join = async (): Promise<Party> => {
  const signer = await chain.fundedSigner();
  return { signer, sender: createTransactionSender({ client, signer, ...NETWORK_ERRORS }) };
};
const settle = (party: Party, data: Hex) => party.sender.send({ to: contracts.settlement, data });

beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
  consumer = await join();
  const own = consumer.signer.address;
  const plan = planDeployment({
    chainId: TEST_CHAIN_ID,
    deployer: own,
    firstNonce: 0,
    parameters: LOCAL_PARAMETERS,
    beneficiaries: { team: own, investors: own, community: own, treasury: own, liquidity: own },
    vestingStart: 1_800_000_000n,
  });
  ({ contracts } = await deployNetwork(plan, { client, sender: consumer.sender }));
  const calls = createCalls(contracts);
  provider = await join();
  const validators = [await join(), await join()];
  [first, second] = validators.sort((a, b) => (a.signer.address < b.signer.address ? -1 : 1)) as [Party, Party];
  for (const [party, roles] of [
    [provider, PROVIDER],
    [first, VALIDATOR],
    [second, VALIDATOR],
  ] as const) {
    const data = encodeFunctionData({
      abi: weftTokenAbi,
      functionName: 'transfer',
      args: [party.signer.address, 20_000n * ONE],
    });
    await consumer.sender.send({ to: contracts.token, data });
    await party.sender.send(calls.approve(contracts.registry, 20_000n * ONE));
    const peerId = concatHex(['0x002508021221', pad(party.signer.address, { size: 33 })]);
    await party.sender.send(calls.register({ peerId, multiaddrs: [], roles, manifests: [] }, 20_000n * ONE));
    const pledge = { abi: settlementAbi, functionName: 'pledge', args: [15_000n * ONE] } as const;
    await settle(party, encodeFunctionData(pledge));
  }
  await consumer.sender.send(calls.approve(contracts.settlement, 10_000n * ONE));
  await consumer.sender.send(calls.deposit(1_000n * ONE));
}, 120_000);
afterAll(() => chain.stop());

const entry = (account: Address, amount: bigint) => concatHex([account, numberToHex(amount, { size: 12 })]);
const leafOf = (index: number, amount: bigint, jobId: Hex = numberToHex(index + 1, { size: 32 })): Leaf => ({
  index,
  jobId,
  consumer: consumer.signer.address,
  provider: provider.signer.address,
  amount,
  receiptHash: pad('0x', { size: 32 }),
  voucherHash: pad('0x', { size: 32 }),
  verdict: 0,
});
const leafHash = (leaf: Leaf) => {
  const [{ components }] = getAbiItem({ abi: settlementAbi, name: 'duplicate' }).inputs;
  return keccak256(encodeAbiParameters([components[1]], [leaf]));
};

/** Posts two jobs of the one consumer and the one provider, co-signed by both validators. */
async function post(one: Leaf, other: Leaf) {
  const nonce = (
    await client.readContract({ address: contracts.settlement, abi: settlementAbi, functionName: 'batchState' })
  )[0];
  const total = one.amount + other.amount;
  const debits = entry(consumer.signer.address, total);
  const credits = entry(provider.signer.address, total - (total * 500n) / 10_000n);
  const root = keccak256(concatHex([leafHash(one), leafHash(other)]));
  const hashes = { debitsHash: keccak256(debits), creditsHash: keccak256(credits) };
  const digest = typedDataDigest(
    { chainId: BigInt(TEST_CHAIN_ID), verifyingContract: contracts.settlement },
    'BatchApproval',
    {
      nonce,
      root: hex32(root),
      debitsHash: hex32(hashes.debitsHash),
      creditsHash: hex32(hashes.creditsHash),
      total,
      jobs: 2,
    },
  );
  const signatures = concatHex([toHex(await first.signer.sign(digest)), toHex(await second.signer.sign(digest))]);
  const args = [nonce, root, 2, debits, credits, signatures] as const;
  const receipt = await settle(provider, encodeFunctionData({ abi: settlementAbi, functionName: 'postBatch', args }));
  const { timestamp: postedAt } = await client.getBlock({ blockNumber: receipt.blockNumber });
  const signers = [first.signer.address, second.signer.address];
  const header: Header = { nonce, root, ...hashes, total, jobs: 2, postedAt, signers };
  return { header, debits, credits, transaction: receipt.transactionHash };
}

const wait = () => chain.call('evm_increaseTime', [30]);
const finalize = async ({ header, credits }: Awaited<ReturnType<typeof post>>) => {
  await wait();
  const data = encodeFunctionData({ abi: settlementAbi, functionName: 'finalize', args: [header, credits] });
  return (await settle(provider, data)).transactionHash;
};
/** Contests a figure, which nobody answers. */
const contest = async ({ header, debits, credits }: Awaited<ReturnType<typeof post>>, kind: 0 | 1) => {
  const list = kind === DEBIT ? debits : credits;
  const account = kind === DEBIT ? consumer.signer.address : provider.signer.address;
  const challenge = { abi: settlementAbi, functionName: 'challenge', args: [header, kind, list, 0n] } as const;
  await settle(consumer, encodeFunctionData(challenge));
  await wait();
  const close = { abi: settlementAbi, functionName: 'closeChallenge', args: [header, kind, account] } as const;
  await settle(consumer, encodeFunctionData(close));
};
const head = () => client.getBlockNumber({ cacheTime: 0 });
const movementsOf = async ({ signer }: Party, since: bigint, reader = readerOf(signer.address)) =>
  (await reader.read()).events
    .filter(({ blockNumber }) => blockNumber > since)
    .map(({ kind, amount, transaction }) => ({ kind, amount, transaction }));
const readerOf = (account: Address) =>
  createMovementReader({ contracts, account, fromBlock: 1n, maxEvents: 100 }, { client });
const figuresOf = ({ signer }: Party) => readAccount({ contracts, account: signer.address }, { client });

describe('movements of batches', { timeout: 120_000 }, () => {
  it('tell who paid when it is posted, and who earned when it is final', async () => {
    const since = await head();
    const reader = readerOf(provider.signer.address);
    const batch = await post(leafOf(0, 60n), leafOf(1, 41n));
    expect(await movementsOf(consumer, since)).toEqual([
      { kind: 'paid', amount: 101n, transaction: batch.transaction },
    ]);
    // The end of a batch is told by a later reading than its beginning.
    expect(await movementsOf(provider, since, reader)).toEqual([]);
    const before = await figuresOf(provider);
    const transaction = await finalize(batch);
    const credit = (await figuresOf(provider)).credits - before.credits;
    expect(credit).toBe(96n);
    expect(await movementsOf(provider, since, reader)).toEqual([{ kind: 'earned', amount: credit, transaction }]);
    expect(await movementsOf(first, since)).toEqual([{ kind: 'share-earned', amount: 3n, transaction }]);
    expect(await movementsOf(second, since)).toEqual([{ kind: 'share-earned', amount: 2n, transaction }]);
    expect((await figuresOf(first)).credits).toBe(3n);
    expect((await movementsOf(consumer, since)).map(({ kind }) => kind)).toEqual(['paid']);
  });

  it('go with a block that the chain takes back, and come once with the next', async () => {
    const since = await head();
    const reader = readerOf(provider.signer.address);
    const batch = await post(leafOf(0, 100n), leafOf(1, 100n));
    await wait();
    await finalize(batch);
    expect(await movementsOf(provider, since, reader)).toMatchObject([{ kind: 'earned', amount: 190n }]);
    await chain.call('anvil_reorg', [1, []]);
    expect(await movementsOf(provider, since, reader)).toEqual([]);
    provider = { ...provider, sender: createTransactionSender({ client, signer: provider.signer, ...NETWORK_ERRORS }) };
    await finalize(batch);
    expect(await movementsOf(provider, since, reader)).toMatchObject([{ kind: 'earned', amount: 190n }]);
  });

  it('tell what a contest of a debit gives back, costs and brings', async () => {
    const since = await head();
    const before = await figuresOf(consumer);
    const batch = await post(leafOf(0, 100n), leafOf(1, 100n));
    await contest(batch, DEBIT);
    const moved = await movementsOf(consumer, since);
    expect(moved.map(({ kind }) => kind)).toEqual([
      'paid',
      'bond-placed',
      'refunded',
      'bond-received',
      'bounty',
      'bounty',
    ]);
    const sum = (...kinds: string[]) =>
      moved.reduce((total, { kind, amount }) => (kinds.includes(kind) ? total + amount : total), 0n);
    const after = await figuresOf(consumer);
    expect(after.deposit - before.deposit).toBe(sum('refunded') - sum('paid'));
    expect(after.balance - before.balance).toBe(sum('bounty') - sum('bond-placed'));
    expect(after.credits - before.credits).toBe(sum('bond-received'));
    const lost = await movementsOf(first, since);
    expect(new Set(lost.map(({ kind }) => kind))).toEqual(new Set(['slashed']));
  });

  it('leave out of what is earned what a contest cancelled', async () => {
    const since = await head();
    const before = await figuresOf(provider);
    const batch = await post(leafOf(0, 100n), leafOf(1, 100n));
    await contest(batch, CREDIT);
    await finalize(batch);
    expect((await figuresOf(provider)).credits).toBe(before.credits);
    expect(await movementsOf(provider, since)).toEqual([]);
  });

  it('take a cancelled job from what is earned and give it back to who paid', async () => {
    const since = await head();
    const before = await figuresOf(provider);
    const job = numberToHex(77, { size: 32 });
    const [one, other] = [leafOf(0, 100n, job), leafOf(1, 300n, job)];
    const batch = await post(one, other);
    const { header, debits, credits } = batch;
    const proofs = [
      { header, leaf: one, path: [leafHash(other)] },
      { header, leaf: other, path: [leafHash(one)] },
    ] as const;
    const args = [...proofs, debits, credits] as const;
    await settle(second, encodeFunctionData({ abi: settlementAbi, functionName: 'duplicate', args }));
    expect(await movementsOf(consumer, since)).toMatchObject([
      { kind: 'paid', amount: 400n },
      { kind: 'refunded', amount: 300n },
    ]);
    await finalize(batch);
    const credit = (await figuresOf(provider)).credits - before.credits;
    expect(credit).toBe(95n);
    expect(await movementsOf(provider, since)).toMatchObject([{ kind: 'earned', amount: credit }]);
  });
});
