import type { PublicClient } from 'viem';
import type { Address } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { explainNetworkError } from './network-error.ts';

/** A node's entry in the registry, as far as its money is concerned. Times in seconds. */
interface AccountStake {
  readonly amount: bigint;
  readonly free: bigint;
  /** Bitmask of the roles that it is active in: 1 provider, 2 validator. */
  readonly activeRoles: number;
  /** Both 0 while it is bonded. */
  readonly unbondedAt: bigint;
  readonly unbondedAtBlock: bigint;
}

/** What a network's contracts hold for one account, all at one block. Amounts in the smallest unit. */
export interface AccountFigures {
  readonly gas: bigint;
  /** Price of one unit of gas in the last block, in the same coin. */
  readonly gasPrice: bigint;
  readonly balance: bigint;
  readonly deposit: bigint;
  /** Of the deposit; 0 where no withdrawal was announced. */
  readonly requested: bigint;
  /** Seconds since 1970. */
  readonly requestedOpensAt: bigint;
  readonly stake: AccountStake | null;
  readonly providerBond: bigint;
  readonly validatorBond: bigint;
  /** Earned by jobs, and by tasks of several nodes. */
  readonly credits: bigint;
  readonly rewards: bigint;
}

export interface ReadAccountInit {
  readonly contracts: NetworkContracts;
  readonly account: Address;
}

const PROVIDER = 1;
const VALIDATOR = 2;

/** Reads an account anew. Throws what the client throws. */
export async function readAccount(
  { contracts, account }: ReadAccountInit,
  { client }: { readonly client: PublicClient },
): Promise<AccountFigures> {
  const blockNumber = await client.getBlockNumber();
  const registry = { address: contracts.registry, abi: nodeRegistryAbi, blockNumber } as const;
  const settlement = { address: contracts.settlement, abi: settlementAbi, blockNumber } as const;
  const quorum = { address: contracts.quorum, abi: inferenceQuorumAbi, blockNumber } as const;
  const token = { address: contracts.token, abi: weftTokenAbi, blockNumber } as const;
  const args = [account] as const;
  const [gas, gasPrice, balance, consumer, party, rewards, stake, providerBond, validatorBond] = await Promise.all([
    client.getBalance({ address: account, blockNumber }),
    client.getGasPrice(),
    client.readContract({ ...token, functionName: 'balanceOf', args }),
    client.readContract({ ...settlement, functionName: 'consumerOf', args }),
    client.readContract({ ...settlement, functionName: 'accountOf', args }),
    client.readContract({ ...quorum, functionName: 'creditOf', args }),
    readStake({ contracts, account }, client, blockNumber),
    client.readContract({ ...registry, functionName: 'bondOf', args: [PROVIDER] }),
    client.readContract({ ...registry, functionName: 'bondOf', args: [VALIDATOR] }),
  ]);
  const [deposit, requested, requestedOpensAt] = consumer;
  const [credits] = party;
  return {
    gas,
    gasPrice,
    balance,
    deposit,
    requested,
    requestedOpensAt,
    stake,
    providerBond,
    validatorBond,
    credits,
    rewards,
  };
}

async function readStake(
  { contracts, account }: ReadAccountInit,
  client: PublicClient,
  blockNumber: bigint,
): Promise<AccountStake | null> {
  const registry = { address: contracts.registry, abi: nodeRegistryAbi, args: [account], blockNumber } as const;
  try {
    const [node, free] = await Promise.all([
      client.readContract({ ...registry, functionName: 'nodeOf' }),
      client.readContract({ ...registry, functionName: 'freeStakeOf' }),
    ]);
    const { stake, activeRoles, unbondedAt, unbondedAtBlock } = node;
    return { amount: stake, free, activeRoles, unbondedAt, unbondedAtBlock };
  } catch (error) {
    // The registry refuses to speak of an account that it does not know.
    if (explainNetworkError(error).code === 'chain/reverted') return null;
    throw error;
  }
}
