import type { PublicClient } from 'viem';
import { nodeRegistryAbi } from '../../src/chain/generated/node-registry-abi.ts';
import { weftTokenAbi } from '../../src/chain/generated/weft-token-abi.ts';
import { explainNetworkError } from '../../src/chain/network-error.ts';
import { WeftError } from '../../src/protocol/errors.ts';
import type { Address } from '../../src/protocol/ids.ts';
import type { NetworkContracts } from '../../src/protocol/site-chain.ts';
import { MAX_STANDINGS, STANDING_MS, STANDING_S } from './constants.ts';

export interface ChainStandingInit {
  readonly contracts: Pick<NetworkContracts, 'registry' | 'token'>;
  /** `bonded`: active in the registry, in any role. `token`: holds at least `minimumWei`. */
  readonly mode: 'bonded' | 'token';
  /** Of tokens; unused where bonds decide. */
  readonly minimumWei: bigint;
}

export interface ChainStandingDeps {
  readonly client: Pick<PublicClient, 'readContract'>;
  readonly nowS: () => number;
}

/** Whether an account qualifies by the chain. Throws auth/unavailable where the chain does not answer in time. */
export function createChainStanding(
  { contracts, mode, minimumWei }: ChainStandingInit,
  { client, nowS }: ChainStandingDeps,
): (account: Address) => Promise<boolean> {
  const remembered = new Map<Address, { readonly answer: Promise<boolean>; readonly until: number }>();

  const isBonded = async (account: Address): Promise<boolean> => {
    try {
      const node = await client.readContract({
        address: contracts.registry,
        abi: nodeRegistryAbi,
        functionName: 'nodeOf',
        args: [account],
      });
      return node.activeRoles !== 0;
    } catch (error) {
      // The registry refuses to speak of an account that it does not know.
      if (explainNetworkError(error).code === 'chain/reverted') return false;
      throw error;
    }
  };
  const holdsTokens = async (account: Address): Promise<boolean> => {
    const balance = await client.readContract({
      address: contracts.token,
      abi: weftTokenAbi,
      functionName: 'balanceOf',
      args: [account],
    });
    return balance >= minimumWei;
  };
  const ask = async (account: Address): Promise<boolean> => {
    try {
      return await inTime(mode === 'bonded' ? isBonded(account) : holdsTokens(account));
    } catch (cause) {
      remembered.delete(account);
      throw new WeftError('auth/unavailable', 'The chain that decides who may come in did not answer.', {
        hints: ['Try again in a moment; if it stays, tell whoever runs the relay.'],
        cause,
        retryable: true,
      });
    }
  };

  return (account) => {
    const known = remembered.get(account);
    if (known !== undefined && known.until > nowS()) return known.answer;
    remembered.delete(account);
    const oldest = remembered.keys().next();
    if (remembered.size >= MAX_STANDINGS && oldest.done !== true) remembered.delete(oldest.value);
    const answer = ask(account);
    remembered.set(account, { answer, until: nowS() + STANDING_S });
    return answer;
  };
}

async function inTime<T>(question: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const patience = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`The chain did not answer in ${STANDING_MS} ms.`)), STANDING_MS);
  });
  try {
    return await Promise.race([question, patience]);
  } finally {
    clearTimeout(timer);
  }
}
