import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeFunctionData } from 'viem';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestChain, TEST_CHAIN_ID } from '../../src/chain/anvil.node.fixture.ts';
import type { TestChain } from '../../src/chain/anvil.node.fixture.ts';
import { createCalls } from '../../src/chain/calls.ts';
import { createChainClient } from '../../src/chain/chain-client.ts';
import { deployNetwork, planDeployment } from '../../src/chain/deploy-network.ts';
import { weftTokenAbi } from '../../src/chain/generated/weft-token-abi.ts';
import { NETWORK_ERRORS } from '../../src/chain/network-error.ts';
import { LOCAL_PARAMETERS } from '../../src/chain/network-parameters.ts';
import type { TransactionSigner } from '../../src/chain/signer.ts';
import { createTransactionSender } from '../../src/chain/transaction-sender.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { NetworkContracts } from '../../src/protocol/site-chain.ts';
import { createAllowList } from './allow-list.ts';
import { STANDING_S } from './constants.ts';
import { createPolicy } from './create-policy.ts';
import { policyAllows } from './policy.ts';
import { randomSigner } from './relay.fixture.ts';

const unavailable = { code: 'auth/unavailable', retryable: true };

describe('a list of addresses', () => {
  let folder: string;
  const [ann, ben] = [randomSigner().address, randomSigner().address];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-list-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('lets in who is on it', async () => {
    const isListed = createAllowList({ addresses: [ann] });
    expect([await isListed(ann), await isListed(ben)]).toEqual([true, false]);
  });

  test('in a file counts as it is now, in either case, with comments', async () => {
    const file = join(folder, 'members.txt');
    await writeFile(file, `# The office\n\n${ann.toUpperCase().replace('0X', '0x')} # Ann\r\n`);
    const isListed = createAllowList({ file });
    expect([await isListed(ann), await isListed(ben)]).toEqual([true, false]);
    await writeFile(file, `${ben}\n`);
    expect([await isListed(ann), await isListed(ben)]).toEqual([false, true]);
  });

  test('lets nobody in while its file is away, wrong or too long', async () => {
    const file = join(folder, 'away.txt');
    const isListed = createAllowList({ file });
    await expect(isListed(ann)).rejects.toMatchObject(unavailable);
    await writeFile(file, `${ann}\n0x123\n`);
    await expect(isListed(ann)).rejects.toMatchObject(unavailable);
    await writeFile(file, `${ann}\n`.repeat(30_000));
    await expect(isListed(ann)).rejects.toMatchObject(unavailable);
    await writeFile(file, `${ann}\n`);
    expect(await isListed(ann)).toBe(true);
  });
});

describe('a chain', () => {
  let chain: TestChain;
  let contracts: NetworkContracts;
  let rich: TransactionSigner;
  let bonded: TransactionSigner;
  const stranger = randomSigner().address;
  const ONE = 10n ** 18n;
  let nowS = 1_700_000_000;
  const open = (admission: 'bonded' | 'token', url = chain.url) => {
    const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [url] });
    const policy = createPolicy(
      { admission, allow: null, minimumWei: 5n * ONE },
      { chain: { client, contracts }, nowS: () => nowS },
    );
    return (account: Address) => policyAllows(policy, account);
  };
  const senderOf = (signer: TransactionSigner) =>
    createTransactionSender({
      client: createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] }),
      signer,
      ...NETWORK_ERRORS,
    });
  const give = (to: Address, amount: bigint) =>
    senderOf(rich).send({
      to: contracts.token,
      data: encodeFunctionData({ abi: weftTokenAbi, functionName: 'transfer', args: [to, amount] }),
    });

  beforeAll(async () => {
    chain = await startTestChain();
    [rich, bonded] = [await chain.fundedSigner(), await chain.fundedSigner()];
    const own = rich.address;
    const plan = planDeployment({
      chainId: TEST_CHAIN_ID,
      deployer: own,
      firstNonce: 0,
      parameters: LOCAL_PARAMETERS,
      beneficiaries: { team: own, investors: own, community: own, treasury: own, liquidity: own },
      vestingStart: 1_800_000_000n,
    });
    const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
    ({ contracts } = await deployNetwork(plan, { client, sender: senderOf(rich) }));
  }, 120_000);
  afterAll(() => chain.stop());

  test('lets in who holds enough, and asks again after a while', async () => {
    const isQualified = open('token');
    const account = randomSigner().address;
    await give(account, 5n * ONE - 1n);
    expect(await isQualified(account)).toBe(false);
    await give(account, 1n);
    expect(await isQualified(account)).toBe(false);
    nowS += STANDING_S;
    expect(await isQualified(account)).toBe(true);
  }, 60_000);

  test('lets in who has a bond, and neither who has tokens only nor who has nothing', async () => {
    const isQualified = open('bonded');
    expect(await isQualified(bonded.address)).toBe(false);
    const calls = createCalls(contracts);
    await give(bonded.address, 20_000n * ONE);
    await senderOf(bonded).send(calls.approve(contracts.registry, 20_000n * ONE));
    const entry = { peerId: `0x002508021221${'02'.repeat(33)}`, multiaddrs: [], roles: 1, manifests: [] } as const;
    await senderOf(bonded).send(calls.register(entry, 20_000n * ONE));
    nowS += STANDING_S;
    expect(await isQualified(bonded.address)).toBe(true);
    expect(await isQualified(rich.address)).toBe(false);
    expect(await isQualified(stranger)).toBe(false);
  }, 60_000);

  test('lets nobody in while it does not answer, or where no contract is', async () => {
    for (const admission of ['bonded', 'token'] as const) {
      await expect(open(admission, 'http://127.0.0.1:1')(bonded.address)).rejects.toMatchObject(unavailable);
      const elsewhere = { ...contracts, registry: stranger, token: stranger };
      const client = createChainClient({ chainId: TEST_CHAIN_ID, rpcUrls: [chain.url] });
      const policy = createPolicy(
        { admission, allow: null, minimumWei: 0n },
        { chain: { client, contracts: elsewhere }, nowS: () => nowS },
      );
      await expect(policyAllows(policy, bonded.address)).rejects.toMatchObject(unavailable);
    }
  }, 60_000);

  test('has to be there where it decides', () => {
    const init = { admission: 'bonded', allow: null, minimumWei: 1n } as const;
    expect(() => createPolicy(init, { chain: null, nowS: () => 0 })).toThrow(/WEFT_ADMISSION=bonded/);
  });
});
