import type { Wallet, WalletAction, WalletFigures, WalletState } from '../node/app.ts';
import { createLive } from '../node/live.ts';
import type { WeftError } from '../protocol/errors.ts';
import { address, hex32 } from '../protocol/ids.ts';
import type { Hex32 } from '../protocol/ids.ts';

const ONE = 10n ** 18n;
/** A transaction; the same number is the same one. */
export const transaction = (n: number): Hex32 => hex32(new Uint8Array(32).fill(n));

/** An account with 1,000 in its wallet and coin for fees. */
export function walletFigures(part: Partial<WalletFigures> = {}): WalletFigures {
  return {
    gas: ONE,
    fee: ONE / 2_000n,
    balance: 1_000n * ONE,
    deposit: 0n,
    withdrawal: null,
    stake: null,
    bonds: { provider: 100n * ONE, validator: 10_000n * ONE },
    earned: 0n,
    movements: [],
    areMovementsCut: false,
    readAtMs: Date.UTC(2026, 10, 21, 12),
    ...part,
  };
}

export interface FakeWallet {
  readonly view: Wallet;
  /** Verbs in the order of their calls, as "deposit 5". */
  readonly calls: string[];
  readonly set: (part: Partial<Extract<WalletState, { status: 'ready' }>>) => void;
  readonly setState: (state: WalletState) => void;
  /** The next verb stays under way until the function it returns is called, with an error to fail. */
  readonly holdNext: () => (error?: WeftError) => void;
}

/** A wallet in memory: the chain behind a real one is another program's. */
export function createFakeWallet(figures: WalletFigures | null = walletFigures()): FakeWallet {
  const ready: Extract<WalletState, { status: 'ready' }> = {
    status: 'ready',
    chain: { chainId: 31337, isEmbedded: true, onRampUrl: null },
    address: address(new Uint8Array(20).fill(1)),
    figures,
    isReading: false,
    error: null,
    progress: null,
  };
  const state = createLive<WalletState>(ready);
  const calls: string[] = [];
  let held: PromiseWithResolvers<undefined> | null = null;

  const set: FakeWallet['set'] = (part) => {
    if (state.current.status === 'ready') state.set({ ...state.current, ...part });
  };
  const act = async (action: WalletAction, amount?: bigint): Promise<Hex32> => {
    calls.push(amount === undefined ? action : `${action} ${amount}`);
    const waiting = held;
    held = null;
    set({ progress: { action, status: 'sent', step: 1, steps: 1, transaction: transaction(7) } });
    try {
      await waiting?.promise;
    } finally {
      set({ progress: null });
    }
    return transaction(7);
  };

  return {
    calls,
    set,
    setState: (next) => state.set(next),
    holdNext() {
      const waiting = Promise.withResolvers<undefined>();
      held = waiting;
      return (error) => {
        if (error === undefined) waiting.resolve(undefined);
        else waiting.reject(error);
      };
    },
    view: {
      state,
      refresh() {
        calls.push('refresh');
        return Promise.resolve();
      },
      faucet: () => act('faucet'),
      deposit: (amount) => act('deposit', amount),
      announceWithdrawal: (amount) => act('announce-withdrawal', amount),
      withdraw: () => act('withdraw'),
      withdrawEarnings: () => act('withdraw-earnings'),
      stake: (amount) => act('stake', amount),
      unstake: () => act('unstake'),
      withdrawStake: () => act('withdraw-stake'),
    },
  };
}
