import { encodeFunctionData } from 'viem';
import type { PublicClient } from 'viem';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Address } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { startTestChain, TEST_CHAIN_ID, testSigner } from './anvil.node.fixture.ts';
import type { TestChain } from './anvil.node.fixture.ts';
import { createCalls } from './calls.ts';
import { createChainClient } from './chain-client.ts';
import { deployNetwork, planDeployment } from './deploy-network.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { createMovementReader } from './movement-events.ts';
import { NETWORK_ERRORS } from './network-error.ts';
import { LOCAL_PARAMETERS } from './network-parameters.ts';
import { readAccount } from './read-account.ts';
import type { TransactionSigner } from './signer.ts';
import { createTransactionSender } from './transaction-sender.ts';
import type { TransactionSender } from './transaction-sender.ts';

let chain: TestChain;
let client: PublicClient;
let signer: TransactionSigner;
let sender: TransactionSender;
let contracts: NetworkContracts;
beforeAll(async () => {
  chain = await startTestChain();
  client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
  signer = await chain.fundedSigner();
  sender = openSender();
  const own = signer.address;
  const plan = planDeployment({
    chainId: TEST_CHAIN_ID,
    deployer: own,
    firstNonce: 0,
    parameters: LOCAL_PARAMETERS,
    beneficiaries: { team: own, investors: own, community: own, treasury: own, liquidity: own },
    vestingStart: 1_800_000_000n,
  });
  ({ contracts } = await deployNetwork(plan, { client, sender }));
}, 60_000);
afterAll(() => chain.stop());

const openSender = () => createTransactionSender({ client, signer, ...NETWORK_ERRORS });
const transfer = (to: Address, amount: bigint) =>
  sender.send({
    to: contracts.token,
    data: encodeFunctionData({ abi: weftTokenAbi, functionName: 'transfer', args: [to, amount] }),
  });
const readerOf = (account: Address, maxEvents = 100) =>
  createMovementReader({ contracts, account, fromBlock: 1n, maxEvents }, { client });

describe('movements of an account', { timeout: 60_000 }, () => {
  it('are found over many blocks, each once, and by nobody else', async () => {
    const [one, other] = [testSigner().address, testSigner().address];
    const first = await transfer(one, 1n);
    await chain.call('anvil_mine', ['0x1194']);
    await transfer(one, 2n);
    await transfer(other, 3n);
    const reader = readerOf(one);
    const { events, isCut } = await reader.read();
    expect(events.map(({ kind, amount, other: from }) => ({ kind, amount, from }))).toEqual([
      { kind: 'received', amount: 1n, from: sender.address },
      { kind: 'received', amount: 2n, from: sender.address },
    ]);
    expect(events[0]).toMatchObject({ transaction: first.transactionHash, blockNumber: first.blockNumber });
    expect(isCut).toBe(false);
    expect((await reader.read()).events).toEqual(events);
    expect(await readerOf(one, 1).read()).toMatchObject({ events: [{ amount: 2n }], isCut: true });
  });

  it('go when the chain takes their block back', async () => {
    const account = testSigner().address;
    await transfer(account, 5n);
    const reader = readerOf(account);
    expect((await reader.read()).events).toHaveLength(1);
    await chain.call('anvil_reorg', [1, []]);
    expect((await reader.read()).events).toEqual([]);
    // As after a reload: this one counts a transaction that is gone.
    sender = openSender();
    await transfer(account, 6n);
    expect((await reader.read()).events).toMatchObject([{ amount: 6n }]);
  });

  it('tell a deposit by its own event, not as something sent', async () => {
    const calls = createCalls(contracts);
    const before = await readAccount({ contracts, account: sender.address }, { client });
    await sender.send(calls.approve(contracts.settlement, 9n));
    await sender.send(calls.deposit(9n));
    const { events } = await readerOf(sender.address, 1_000).read();
    expect(events.at(-1)).toMatchObject({ kind: 'deposited', amount: 9n, other: null });
    expect(events.filter(({ amount }) => amount === 9n)).toHaveLength(1);
    const after = await readAccount({ contracts, account: sender.address }, { client });
    expect(after).toMatchObject({ balance: before.balance - 9n, deposit: 9n, stake: null, credits: 0n });
  });
});
