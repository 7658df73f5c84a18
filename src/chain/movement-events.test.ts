import { concatHex, createPublicClient, custom, encodeAbiParameters, encodeEventTopics, numberToHex, pad } from 'viem';
import type { Hex } from 'viem';
import { describe, expect, it } from 'vitest';
import { address } from '../protocol/ids.ts';
import type { Address } from '../protocol/ids.ts';
import { MAX_BATCH_DIGITS } from './constants.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { createMovementReader } from './movement-events.ts';

const accountOf = (number: number) => address(numberToHex(number, { size: 20 }));
const OWN = accountOf(1);
const STRANGER = accountOf(2);
const contracts = {
  token: accountOf(11),
  registry: accountOf(12),
  models: accountOf(13),
  settlement: accountOf(14),
  quorum: accountOf(15),
  scores: accountOf(16),
};

interface ServedLog {
  readonly address: Address;
  readonly topics: readonly unknown[];
  readonly data: Hex;
  readonly blockTimestamp?: Hex;
}

/** What is read through an RPC that answers each question for events with these, whatever was asked. */
async function readingOf(...logs: readonly ServedLog[]) {
  const block = { number: '0x5', hash: pad('0x5'), timestamp: '0x64', transactions: [] };
  const request = ({ method }: { readonly method: string }) =>
    Promise.resolve(
      method === 'eth_getLogs'
        ? logs.map((log, index) => ({
            ...log,
            blockNumber: '0x5',
            logIndex: numberToHex(index),
            transactionHash: pad('0x7'),
          }))
        : block,
    );
  const client = createPublicClient({ transport: custom({ request }, { retryCount: 0 }) });
  const reader = createMovementReader({ contracts, account: OWN, fromBlock: 5n, maxEvents: 10 }, { client });
  return (await reader.read()).events.map(({ kind, amount, atMs }) => ({ kind, amount, atMs }));
}

const received: ServedLog = {
  address: contracts.token,
  topics: encodeEventTopics({ abi: weftTokenAbi, eventName: 'Transfer', args: { from: STRANGER, to: OWN } }),
  data: numberToHex(3n, { size: 32 }),
  blockTimestamp: '0x9',
};
const RECEIVED = { kind: 'received', amount: 3n, atMs: 9_000 };

/** A batch in which the account pays 100. */
const debits = concatHex([OWN, numberToHex(100n, { size: 12 })]);
const posted: ServedLog = {
  address: contracts.settlement,
  topics: encodeEventTopics({ abi: settlementAbi, eventName: 'BatchPosted', args: { nonce: 0n } }),
  data: encodeAbiParameters(
    ['bytes32', 'uint256', 'uint32', 'address[]', 'bytes', 'bytes'].map((type) => ({ type })),
    [pad('0x'), 100n, 1, [STRANGER], debits, '0x'],
  ),
};
const PAID = { kind: 'paid', amount: 100n, atMs: null };

describe('events that an RPC gives', () => {
  it('are read with their time where the RPC knows it', async () => {
    expect(await readingOf(received, posted)).toEqual([RECEIVED, PAID]);
  });

  it('are left out where another contract than the network’s made them', async () => {
    for (const log of [received, posted]) {
      expect(await readingOf({ ...log, address: accountOf(99) }, received)).toEqual([RECEIVED]);
    }
  });

  it('are left out where they are longer than a batch can be', async () => {
    const room = (MAX_BATCH_DIGITS - posted.data.length) / 2;
    const longest = concatHex([posted.data, `0x${'00'.repeat(Math.floor(room))}`]);
    expect(await readingOf({ ...posted, data: longest })).toEqual([PAID]);
    expect(await readingOf({ ...posted, data: `${longest}0000` }, received)).toEqual([RECEIVED]);
  });

  it.each<[string, Partial<ServedLog>]>([
    ['have no data', { data: '0x' }],
    ['are cut', { data: posted.data.slice(0, -64) as Hex }],
    ['point outside themselves', { data: `0x${'ff'.repeat(192)}` }],
    ['lack a topic', { topics: posted.topics.slice(0, 1) }],
    ['have no topic', { topics: [] }],
    ['are of a kind that is not known', { topics: [pad('0x1')] }],
  ])('are left out where they %s', async (_, change) => {
    expect(await readingOf({ ...posted, ...change }, received)).toEqual([RECEIVED]);
  });

  it('are refused where an answer is no list of events', async () => {
    const log = { ...received, data: 'three' as Hex };
    await expect(readingOf(log)).rejects.toThrow();
    await expect(readingOf({ ...received, topics: Array(5).fill(pad('0x1')) })).rejects.toThrow();
  });
});
