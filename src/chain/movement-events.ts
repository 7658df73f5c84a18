import { BlockNotFoundError, decodeEventLog, encodeEventTopics, pad } from 'viem';
import type { Hex, PublicClient } from 'viem';
import * as v from 'valibot';
import { address, hex32 } from '../protocol/ids.ts';
import type { Address, Hex32 } from '../protocol/ids.ts';
import type { NetworkContracts } from '../protocol/site-chain.ts';
import { createEventReader } from './event-reader.ts';
import type { EventReader } from './event-reader.ts';
import { inferenceQuorumAbi } from './generated/inference-quorum-abi.ts';
import { nodeRegistryAbi } from './generated/node-registry-abi.ts';
import { settlementAbi } from './generated/settlement-abi.ts';
import { weftTokenAbi } from './generated/weft-token-abi.ts';

/** An event that moved an account's money. */
export interface MovementEvent {
  /** Unique within the chain as it is. */
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
    | 'slashed';
  readonly amount: bigint;
  readonly other: Address | null;
  readonly transaction: Hex32;
  readonly blockNumber: bigint;
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
    transactionHash: v.pipe(
      v.string(),
      v.transform((text) => hex32(text)),
    ),
  }),
);
type Log = v.InferOutput<typeof logsSchema>[number];

/** Reads what moved an account's money, and keeps it; see {@link createEventReader}. */
export function createMovementReader(
  init: MovementReaderInit,
  { client }: { readonly client: PublicClient },
): EventReader<MovementEvent> {
  const { contracts, account } = init;
  const own = pad(account, { size: 32 });
  const getLogs = async (from: bigint, to: bigint, at: readonly Address[], topics: readonly (Hex | null)[]) => {
    const filter = {
      fromBlock: `0x${from.toString(16)}`,
      toBlock: `0x${to.toString(16)}`,
      address: at,
      topics,
    } as const;
    // Asked for as it is: the client's own call cannot look for one party in the events of several contracts.
    const logs: unknown = await client.request({ method: 'eth_getLogs', params: [filter as never] });
    return v.parse(logsSchema, logs);
  };
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
      const [ofOwn, arrived] = await Promise.all([
        getLogs(from, to, [token, registry, settlement, quorum], [null, own]),
        getLogs(from, to, [token], [TRANSFER, null, own]),
      ]);
      return [...ofOwn, ...arrived]
        .sort((a, b) => Number(a.blockNumber - b.blockNumber || a.logIndex - b.logIndex))
        .flatMap((log) => movementOf(log, init) ?? []);
    },
    blockOf: ({ blockNumber }) => blockNumber,
  });
}

/** Null for what moves nothing, and for transfers that another event tells better. */
function movementOf(log: Log, { contracts, account }: MovementReaderInit): MovementEvent | null {
  const found = kindOf(log, account);
  if (found === null) return null;
  const { kind, amount, other } = found;
  const isInner = other !== null && Object.values(contracts).includes(other);
  if ((kind === 'received' || kind === 'sent') && isInner) return null;
  return {
    id: `${log.transactionHash}-${log.logIndex}`,
    kind,
    amount,
    other: other === account || isInner ? null : other,
    transaction: log.transactionHash,
    blockNumber: log.blockNumber,
  };
}

function kindOf({ topics, data }: Log, account: Address): Pick<MovementEvent, 'kind' | 'amount' | 'other'> | null {
  let event;
  try {
    event = decodeEventLog({ abi: EVENTS, topics: topics as [Hex, ...Hex[]], data });
  } catch {
    // An event that this version does not know.
    return null;
  }
  switch (event.eventName) {
    case 'Transfer': {
      const isSent = address(event.args.from) === account;
      const other = address(isSent ? event.args.to : event.args.from);
      return { kind: isSent ? 'sent' : 'received', amount: event.args.value, other };
    }
    case 'Deposited':
      return { kind: 'deposited', amount: event.args.amount, other: address(event.args.from) };
    case 'WithdrawalRequested':
      return { kind: 'withdrawal-announced', amount: event.args.amount, other: null };
    case 'Withdrawn':
      return { kind: 'withdrawn', amount: event.args.amount, other: address(event.args.to) };
    case 'CreditsWithdrawn':
      return { kind: 'earnings-withdrawn', amount: event.args.amount, other: address(event.args.to) };
    case 'RewardsWithdrawn':
      return { kind: 'earnings-withdrawn', amount: event.args.amount, other: null };
    case 'NodeRegistered':
      return { kind: 'staked', amount: event.args.stake, other: null };
    case 'StakeAdded':
      return { kind: 'staked', amount: event.args.amount, other: null };
    case 'StakeWithdrawn':
      return { kind: 'stake-withdrawn', amount: event.args.amount, other: null };
    case 'StakeSlashed':
      return { kind: 'slashed', amount: event.args.slashed, other: null };
    default:
      return null;
  }
}
