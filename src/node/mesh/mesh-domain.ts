import type { SigningDomain } from '../../protocol/eip712/digest.ts';
import { address } from '../../protocol/ids.ts';
import type { RelayInfo } from '../../protocol/mesh/relay-info.ts';

const NO_CHAIN: SigningDomain = { chainId: 0n, verifyingContract: address(new Uint8Array(20)) };

/** Where offers and receipts among the members of a relay count: on its chain, or among themselves only. */
export function meshDomain(chain: RelayInfo['chain']): SigningDomain {
  return chain === null ? NO_CHAIN : { chainId: BigInt(chain.chainId), verifyingContract: chain.settlement };
}
