import { encodeFunctionData, parseEther } from 'viem';
import { weftTokenAbi } from '../../src/chain/generated/weft-token-abi.ts';
import { hex32 } from '../../src/protocol/ids.ts';
import type { Address, Hex32 } from '../../src/protocol/ids.ts';
import type { EmbeddedNetwork } from './embedded-network.ts';

/** Enough for thousands of transactions. */
const GIVEN_WEI = parseEther('10');
/** Twice the bond of a node: to stake and to pay. */
const GIVEN_TOKENS = parseEther('20000');

/** Sends coin for fees and test tokens from the operator's account; resolves with the tokens' transaction once both arrived. */
export async function giveTokens(
  to: Address,
  { operator, deployment }: Pick<EmbeddedNetwork, 'operator' | 'deployment'>,
): Promise<Hex32> {
  const data = encodeFunctionData({ abi: weftTokenAbi, functionName: 'transfer', args: [to, GIVEN_TOKENS] });
  const [, tokens] = await Promise.all([
    operator.sender.send({ to, data: '0x', value: GIVEN_WEI }),
    operator.sender.send({ to: deployment.contracts.token, data }),
  ]);
  return hex32(tokens.transactionHash);
}
