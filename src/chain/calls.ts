import { encodeFunctionData } from 'viem';
import type { Hex } from 'viem';
import type { Address } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import type { TransactionRequest } from './transaction-sender.ts';

/** What a node is listed with. */
export interface NodeEntry {
  /** libp2p peer id in binary. */
  readonly peerId: Hex;
  readonly multiaddrs: readonly Hex[];
  /** Bitmask: 1 provider, 2 validator. */
  readonly roles: number;
  readonly manifests: readonly Hex[];
}

type Calls = Readonly<Record<string, (...args: never[]) => TransactionRequest>>;

/** The transactions by which an account moves its money in a network. */
export function createCalls({ token, registry, settlement, quorum }: NetworkContracts) {
  const ofToken = { abi: weftTokenAbi } as const;
  const ofRegistry = { abi: nodeRegistryAbi } as const;
  const ofSettlement = { abi: settlementAbi } as const;
  return {
    approve: (spender: Address, amount: bigint) => ({
      to: token,
      data: encodeFunctionData({ ...ofToken, functionName: 'approve', args: [spender, amount] }),
    }),
    deposit: (amount: bigint) => ({
      to: settlement,
      data: encodeFunctionData({ ...ofSettlement, functionName: 'deposit', args: [amount] }),
    }),
    requestWithdraw: (amount: bigint) => ({
      to: settlement,
      data: encodeFunctionData({ ...ofSettlement, functionName: 'requestWithdraw', args: [amount] }),
    }),
    withdraw: (to: Address) => ({
      to: settlement,
      data: encodeFunctionData({ ...ofSettlement, functionName: 'withdraw', args: [to] }),
    }),
    withdrawCredits: (to: Address) => ({
      to: settlement,
      data: encodeFunctionData({ ...ofSettlement, functionName: 'withdrawCredits', args: [to] }),
    }),
    withdrawRewards: () => ({
      to: quorum,
      data: encodeFunctionData({ abi: inferenceQuorumAbi, functionName: 'withdrawRewards' }),
    }),
    register: ({ peerId, multiaddrs, roles, manifests }: NodeEntry, stake: bigint) => ({
      to: registry,
      data: encodeFunctionData({
        ...ofRegistry,
        functionName: 'register',
        args: [peerId, multiaddrs, roles, manifests, stake],
      }),
    }),
    addStake: (amount: bigint) => ({
      to: registry,
      data: encodeFunctionData({ ...ofRegistry, functionName: 'addStake', args: [amount] }),
    }),
    deregister: () => ({
      to: registry,
      data: encodeFunctionData({ ...ofRegistry, functionName: 'deregister' }),
    }),
    withdrawStake: () => ({
      to: registry,
      data: encodeFunctionData({ ...ofRegistry, functionName: 'withdraw' }),
    }),
  } satisfies Calls;
}
