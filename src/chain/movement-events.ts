import { BlockNotFoundError, decodeEventLog, encodeEventTopics, pad } from 'viem';
import type { Hex, PublicClient } from 'viem';
import * as v from 'valibot';
import { address, hex32 } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { createBatchMovements } from './batch-movements.ts';
import { MAX_BATCH_DIGITS } from './constants.ts';
import { createEventReader } from './event-reader.ts';
import type { EventReader } from './event-reader.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';
import { createTaskMovements } from './task-movements.ts';

/** An event that moved an account's money. */
export interface MovementEvent {
  /** Unique within the chain as it is; the same event has the same id in every reading. */
  readonly id: string;
  readonly kind:
    | 'received'
    | 'sent'
    | 'deposited'
    | 'withdrawal-announced'
    | 'withdrawn'
    | 'earnings-withdrawn'
    | 'staked'
    | 'stake-withdrawn'
    | 'slashed'
    | 'bounty'
    | 'bond-placed'
    | 'bond-received'
    | 'paid'
    | 'refunded'
    | 'earned'
    | 'share-earned'
    | 'task-paid'
    | 'task-refunded'
    | 'task-earned';
  /** In the token's smallest unit. */
  readonly amount: bigint;
  /** Who it came from or went to, where that is somebody else. */
  readonly other: Address | null;
  readonly transaction: Hex32;
  readonly blockNumber: bigint;
  /** When its block was made; null where the RPC does not say so with an event. */
  readonly atMs: number | null;
}

export interface MovementReaderInit {
  readonly contracts: NetworkContracts;
  readonly account: Address;
  readonly fromBlock: bigint;
  readonly maxEvents: number;
}

const EVENTS = [...weftTokenAbi, ...nodeRegistryAbi, ...settlementAbi, ...inferenceQuorumAbi].filter(
  (entry) => entry.type === 'event',
);
const TRANSFER = encodeEventTopics({ abi: weftTokenAbi, eventName: 'Transfer' })[0];
/**
 * Read whomever they concern: some name an account only in a list, or not at all where an earlier one does. The rest are rare,
 * and one question for all of them costs an RPC less than one for each place in which an account may stand.
 */
const OF_ANYBODY = [
  ...(['BatchPosted', 'BatchFinalized', 'ChallengeClosed', 'JobCancelled', 'Challenged', 'BondPaid'] as const).map(
    (eventName) => encodeEventTopics({ abi: settlementAbi, eventName })[0],
  ),
  ...(['TaskRequested', 'TaskSettled', 'TaskCancelled'] as const).map(
    (eventName) => encodeEventTopics({ abi: inferenceQuorumAbi, eventName })[0],
  ),
  encodeEventTopics({ abi: nodeRegistryAbi, eventName: 'StakeSlashed' })[0],
];

const quantity = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]{1,16}$/),
  v.transform((text) => BigInt(text)),
);
const hex = v.pipe(
  v.string(),
  v.regex(/^0x[0-9a-f]*$/i),
  v.transform((text) => text as Hex),
);
const logsSchema = v.array(
  v.object({
    address: v.pipe(
      v.string(),
      v.transform((text) => address(text)),
    ),
    topics: v.pipe(v.array(hex), v.maxLength(4)),
    data: hex,
    blockNumber: quantity,
    logIndex: quantity,
    // Newer than the standard's other fields, so some RPCs leave it out.
    blockTimestamp: v.optional(quantity),
    transactionHash: v.pipe(
      v.string(),
      v.transform((text) => hex32(text)),
    ),
  }),
);
type Log = v.InferOutput<typeof logsSchema>[number];
type Topic = Hex | readonly Hex[] | null;

/** Reads what moved an account's money, and keeps it; see {@link createEventReader}. */
export function createMovementReader(
  init: MovementReaderInit,
  { client }: { readonly client: PublicClient },
): EventReader<MovementEvent> {
  const { contracts, account } = init;
  const own = pad(account, { size: 32 });
  const getLogs = async (from: bigint, to: bigint, at: readonly Address[], topics: readonly Topic[]) => {
    const filter = {
      fromBlock: `0x${from.toString(16)}`,
      toBlock: `0x${to.toString(16)}`,
      address: at,
      topics,
    } as const;
    // Asked for as it is: the client's own call cannot look for one party in the events of several contracts.
    const logs: unknown = await client.request({ method: 'eth_getLogs', params: [filter as never] });
    return v.parse(logsSchema, logs).filter((log) => at.includes(log.address));
  };
  const books = { batches: createBatchMovements(account), tasks: createTaskMovements(account) };
  return createEventReader<MovementEvent>(init, {
    async latest() {
      const { number, hash } = await client.getBlock();
      return { number, hash };
    },
    async hashAt(number) {
      try {
        return (await client.getBlock({ blockNumber: number })).hash;
      } catch (error) {
        if (error instanceof BlockNotFoundError) return null;
        throw error;
      }
    },
    async logs(from, to) {
      const { token, registry, settlement, quorum } = contracts;
      const found = await Promise.all([
        getLogs(from, to, [token, registry, settlement, quorum], [null, own]),
        getLogs(from, to, [token], [TRANSFER, null, own]),
        getLogs(from, to, [registry, settlement, quorum], [OF_ANYBODY]),
      ]);
      // What names the account first is found twice.
      const logs = new Map(found.flat().map((log) => [`${log.transactionHash}-${log.logIndex}`, log]));
      books.batches.forgetFrom(from);
      books.tasks.forgetFrom(from);
      return [...logs.values()]
        .sort((a, b) => Number(a.blockNumber - b.blockNumber || a.logIndex - b.logIndex))
        .flatMap((log) => movementsOf(log, init, books));
    },
    blockOf: ({ blockNumber }) => blockNumber,
  });
}

interface Books {
  readonly batches: ReturnType<typeof createBatchMovements>;
  readonly tasks: ReturnType<typeof createTaskMovements>;
}
type Moved = Pick<MovementEvent, 'kind' | 'amount'> & { readonly other?: Address };

/** Leaves out transfers that another event tells better. */
function movementsOf(log: Log, { contracts, account }: MovementReaderInit, books: Books): readonly MovementEvent[] {
  return movedBy(log, account, books).flatMap(({ kind, amount, other = null }) => {
    const isInner = other !== null && Object.values(contracts).includes(other);
    if ((kind === 'received' || kind === 'sent') && isInner) return [];
    return {
      id: `${log.transactionHash}-${log.logIndex}-${kind}`,
      kind,
      amount,
      other: other === account || isInner ? null : other,
      transaction: log.transactionHash,
      blockNumber: log.blockNumber,
      atMs: log.blockTimestamp === undefined ? null : Number(log.blockTimestamp) * 1000,
    };
  });
}

function movedBy(log: Log, account: Address, { batches, tasks }: Books): readonly Moved[] {
  const { topics, data } = log;
  if (data.length > MAX_BATCH_DIGITS) return [];
  let event;
  try {
    event = decodeEventLog({ abi: EVENTS, topics: topics as [Hex, ...Hex[]], data });
  } catch {
    // An event that this version does not know.
    return [];
  }
  switch (event.eventName) {
    case 'Transfer': {
      const isSent = address(event.args.from) === account;
      const other = address(isSent ? event.args.to : event.args.from);
      return [{ kind: isSent ? 'sent' : 'received', amount: event.args.value, other }];
    }
    case 'Deposited':
      return [{ kind: 'deposited', amount: event.args.amount, other: address(event.args.from) }];
    case 'WithdrawalRequested':
      return [{ kind: 'withdrawal-announced', amount: event.args.amount }];
    case 'Withdrawn':
      return [{ kind: 'withdrawn', amount: event.args.amount, other: address(event.args.to) }];
    case 'CreditsWithdrawn':
      return [{ kind: 'earnings-withdrawn', amount: event.args.amount, other: address(event.args.to) }];
    case 'RewardsWithdrawn':
      return [{ kind: 'earnings-withdrawn', amount: event.args.amount }];
    case 'NodeRegistered':
      return [{ kind: 'staked', amount: event.args.stake }];
    case 'StakeAdded':
      return [{ kind: 'staked', amount: event.args.amount }];
    case 'StakeWithdrawn':
      return [{ kind: 'stake-withdrawn', amount: event.args.amount }];
    case 'StakeSlashed':
      return [
        ...(address(event.args.node) === account ? [{ kind: 'slashed', amount: event.args.slashed } as const] : []),
        ...(address(event.args.to) === account ? [{ kind: 'bounty', amount: event.args.paid } as const] : []),
      ].filter(({ amount }) => amount > 0n);
    case 'Challenged':
      return address(event.args.challenger) === account ? [{ kind: 'bond-placed', amount: event.args.bond }] : [];
    case 'BondPaid':
      return address(event.args.to) === account ? [{ kind: 'bond-received', amount: event.args.amount }] : [];
    case 'BatchPosted':
    case 'BatchFinalized':
    case 'ChallengeClosed':
    case 'JobCancelled':
      return batches.of(event, log.blockNumber);
    case 'TaskRequested':
    case 'TaskSettled':
    case 'TaskCancelled':
      return tasks.of(event, log.blockNumber);
    default:
      return [];
  }
}
