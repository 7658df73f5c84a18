import { hexToBytes } from 'viem';
import type { PublicClient } from 'viem';
import { toHex } from '../../src/protocol/ids.ts';
import { HARNESS } from './evm.ts';
import { vectorsHarnessAbi } from './generated/vectors-harness.ts';
import type { QuorumWire } from './quorum-wire.ts';

/** In the order of the receipt's format. */
const STATUS_NAMES = ['unknown', 'pending', 'completed', 'failed', 'challenged'] as const;

/** The wire of the contracts' libraries, in the EVM. */
export function createSolidityWire(client: PublicClient): QuorumWire {
  const contract = { address: HARNESS, abi: vectorsHarnessAbi } as const;
  return {
    intentId: ({ feeWei, ...intent }) =>
      client.readContract({ ...contract, functionName: 'intentId', args: [{ ...intent, fee: feeWei }] }),
    commitment: ({ operator, ...answer }) =>
      client.readContract({ ...contract, functionName: 'commitment', args: [answer, operator] }),
    encodeReceipt: async ({ feePaidWei, status, ...receipt }) =>
      hexToBytes(
        await client.readContract({
          ...contract,
          functionName: 'encodeReceipt',
          args: [{ ...receipt, feePaid: feePaidWei, status: STATUS_NAMES.indexOf(status) }],
        }),
      ),
    receiptHash: (encoded) => client.readContract({ ...contract, functionName: 'receiptHash', args: [toHex(encoded)] }),
    rootOfAccounts: (accounts) =>
      client.readContract({ ...contract, functionName: 'rootOfAccounts', args: [accounts] }),
    rootAfterEach: async (values) => {
      const { result } = await client.simulateContract({ ...contract, functionName: 'rootAfterEach', args: [values] });
      return result;
    },
    proof: async (values, index, listed) => {
      const args = [values, BigInt(index), listed] as const;
      return (await client.readContract({ ...contract, functionName: 'isProof', args }))
        ? listed
        : '(the path is not accepted)';
    },
    draw: async (eligible, beacon, pick) => {
      const args = [beacon, eligible, BigInt(pick)] as const;
      const drawn = await client.readContract({ ...contract, functionName: 'draw', args });
      return drawn.map((operator) => operator.toLowerCase());
    },
  };
}
