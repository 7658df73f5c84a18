import { createCalls } from '../../chain/calls.ts';
import { createChainClient } from '../../chain/chain-client.ts';
import { weftTokenAbi } from '../../chain/generated/weft-token-abi.ts';
import { createMovementReader } from '../../chain/movement-events.ts';
import { explainNetworkError, NETWORK_ERRORS } from '../../chain/network-error.ts';
import { readAccount } from '../../chain/read-account.ts';
import type { AccountFigures } from '../../chain/read-account.ts';
import type { TransactionSigner } from '../../chain/signer.ts';
import { createTransactionSender } from '../../chain/transaction-sender.ts';
import type { TransactionRequest, TransactionSender } from '../../chain/transaction-sender.ts';
import { WeftError } from '../../protocol/errors.ts';
import type { Address } from '../../protocol/ids.ts';
import type { SiteChain } from '../../protocol/site-chain.ts';
import { HISTORY_BLOCKS, MAX_MOVEMENTS, GAS_OF_A_CHANGE } from './constants.ts';
import { createMovementTimes } from './movement-times.ts';
import { peerIdOf } from './peer-id-of.ts';
import type { WalletFigures } from './wallet.ts';

/** One account on the chain of a mesh. Everything here throws chain/* codes. */
export interface AccountNetwork {
  readonly sender: TransactionSender;
  readFigures(): Promise<WalletFigures>;
  /** The transactions of an action, by what the account holds now; empty where there is nothing to do. */
  readonly plan: {
    deposit(amount: bigint): Promise<readonly TransactionRequest[]>;
    announceWithdrawal(amount: bigint): readonly TransactionRequest[];
    withdraw(): readonly TransactionRequest[];
    withdrawEarnings(payout: Address): Promise<readonly TransactionRequest[]>;
    stake(amount: bigint): Promise<readonly TransactionRequest[]>;
    unstake(): readonly TransactionRequest[];
    withdrawStake(): readonly TransactionRequest[];
  };
}

export interface OpenNetworkInit {
  readonly site: SiteChain;
  /** The page's own, which relative addresses are on. */
  readonly origin: string;
}

export interface OpenNetworkDeps {
  readonly signer: TransactionSigner;
  readonly nowMs: () => number;
}

const PROVIDER = 1;
const VALIDATOR = 2;

export function openNetwork({ site, origin }: OpenNetworkInit, { signer, nowMs }: OpenNetworkDeps): AccountNetwork {
  const { contracts, chainId } = site;
  const account = signer.address;
  const client = createChainClient({ chainId, rpcUrls: site.rpcUrls.map((url) => new URL(url, origin).href) });
  const sender = createTransactionSender({ client, signer, ...NETWORK_ERRORS });
  const calls = createCalls(contracts);
  const times = createMovementTimes({
    timeOf: async (blockNumber) => Number((await client.getBlock({ blockNumber })).timestamp) * 1000,
  });
  const read = () => readAccount({ contracts, account }, { client });
  let movements: ReturnType<typeof createMovementReader> | null = null;
  let isHistoryCut = false;

  const readMovements = async () => {
    if (movements === null) {
      const oldest = (await client.getBlockNumber()) - HISTORY_BLOCKS;
      isHistoryCut = oldest > BigInt(site.fromBlock);
      const fromBlock = isHistoryCut ? oldest : BigInt(site.fromBlock);
      movements = createMovementReader({ contracts, account, fromBlock, maxEvents: MAX_MOVEMENTS }, { client });
    }
    const { events, isCut } = await movements.read();
    return { movements: await times(events), areMovementsCut: isCut || isHistoryCut };
  };

  /** Lets a contract take the amount, where it may not yet. */
  const allowed = async (spender: Address, amount: bigint): Promise<readonly TransactionRequest[]> => {
    const allowance = await client.readContract({
      address: contracts.token,
      abi: weftTokenAbi,
      functionName: 'allowance',
      args: [account, spender],
    });
    return allowance >= amount ? [] : [calls.approve(spender, amount)];
  };
  const asked = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw explainNetworkError(error);
    }
  };
  /** Said before a permission is paid for that nothing would come of. */
  const requireBalance = (amount: bigint, { balance }: AccountFigures) => {
    if (amount > balance) {
      throw new WeftError('chain/reverted', 'The wallet holds less than that.', {
        hints: ['Choose a smaller amount, or add tokens first.'],
      });
    }
  };

  return {
    sender,
    readFigures: () =>
      asked(
        (async () => {
          const [figures, moved] = await Promise.all([read(), readMovements()]);
          return { ...shownFigures(figures), ...moved, readAtMs: nowMs() };
        })(),
      ),
    plan: {
      deposit: (amount) =>
        asked(
          (async () => {
            requireBalance(amount, await read());
            return [...(await allowed(contracts.settlement, amount)), calls.deposit(amount)];
          })(),
        ),
      announceWithdrawal: (amount) => [calls.requestWithdraw(amount)],
      withdraw: () => [calls.withdraw(account)],
      withdrawEarnings: (payout) =>
        asked(
          read().then(({ credits, rewards }) => [
            ...(credits > 0n ? [calls.withdrawCredits(payout)] : []),
            ...(rewards > 0n ? [calls.withdrawRewards()] : []),
          ]),
        ),
      stake: (amount) =>
        asked(
          (async () => {
            const figures = await read();
            requireBalance(amount, figures);
            const entry = { peerId: await peerIdOf(signer.sign), multiaddrs: [], roles: PROVIDER, manifests: [] };
            const last = figures.stake === null ? calls.register(entry, amount) : calls.addStake(amount);
            if (figures.stake === null && amount < figures.providerBond) {
              throw new WeftError('chain/reverted', 'The stake is below the least that a node must have.', {
                hints: ['Stake more.'],
              });
            }
            return [...(await allowed(contracts.registry, amount)), last];
          })(),
        ),
      unstake: () => [calls.deregister()],
      withdrawStake: () => [calls.withdrawStake()],
    },
  };
}

function shownFigures(figures: AccountFigures): Omit<WalletFigures, 'movements' | 'areMovementsCut' | 'readAtMs'> {
  const { gas, gasPrice, balance, deposit, requested, requestedOpensAt, stake, providerBond, validatorBond } = figures;
  return {
    gas,
    fee: gasPrice * GAS_OF_A_CHANGE,
    balance,
    deposit,
    withdrawal: requested === 0n ? null : { amount: requested, opensAtMs: Number(requestedOpensAt) * 1000 },
    stake:
      stake === null
        ? null
        : {
            amount: stake.amount,
            free: stake.free,
            isProvider: (stake.activeRoles & PROVIDER) !== 0,
            isValidator: (stake.activeRoles & VALIDATOR) !== 0,
            opensAtMs: stake.unbondedAt === 0n ? null : Number(stake.unbondedAt) * 1000,
            opensAtBlock: stake.unbondedAt === 0n ? null : stake.unbondedAtBlock,
          },
    bonds: { provider: providerBond, validator: validatorBond },
    earned: figures.credits + figures.rewards,
  };
}
