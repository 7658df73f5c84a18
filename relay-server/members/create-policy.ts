import type { PublicClient } from 'viem';
import type { AdmissionMode } from '../../src/protocol/mesh/relay-info.ts';
import type { NetworkContracts } from '../../src/protocol/site-chain.ts';
import { createAllowList } from './allow-list.ts';
import type { AllowList } from './allow-list.ts';
import { createChainStanding } from './chain-standing.ts';
import type { Policy } from './policy.ts';

export interface CreatePolicyInit {
  readonly admission: AdmissionMode;
  /** For `allow-list`. */
  readonly allow: AllowList | null;
  /** For `token`: what an account must hold. */
  readonly minimumWei: bigint;
}

export interface CreatePolicyDeps {
  /** For `bonded` and `token`. */
  readonly chain: {
    readonly client: Pick<PublicClient, 'readContract'>;
    readonly contracts: Pick<NetworkContracts, 'registry' | 'token'>;
  } | null;
  readonly nowS: () => number;
}

/** The policy that an operator configured. Throws an Error that says what is missing for it. */
export function createPolicy(init: CreatePolicyInit, { chain, nowS }: CreatePolicyDeps): Policy {
  const { admission: mode, allow, minimumWei } = init;
  switch (mode) {
    case 'open':
    case 'invite':
      return { mode };
    case 'allow-list':
      if (allow === null) throw new Error('WEFT_ADMISSION=allow-list needs WEFT_ALLOW.');
      return { mode, isQualified: createAllowList(allow) };
    case 'bonded':
    case 'token': {
      if (chain === null) throw new Error(`WEFT_ADMISSION=${mode} needs a chain, and there is none.`);
      const { client, contracts } = chain;
      return { mode, isQualified: createChainStanding({ contracts, mode, minimumWei }, { client, nowS }) };
    }
    default:
      return mode satisfies never;
  }
}
