import { WeftError } from '../../protocol/errors.ts';
import { createLive } from '../live.ts';
import type { Wallet, WalletState } from './wallet.ts';

/** The wallet of a mesh without a chain: nothing costs anything. */
export function createIdleWallet(): Wallet {
  const refuse = () =>
    Promise.reject(
      new WeftError('chain/none', 'This server has no chain: everything costs nothing.', {
        hints: ['Use a server that has one.'],
      }),
    );
  return {
    state: createLive<WalletState>({ status: 'no-chain' }),
    refresh: () => Promise.resolve(),
    faucet: refuse,
    deposit: refuse,
    announceWithdrawal: refuse,
    withdraw: refuse,
    withdrawEarnings: refuse,
    stake: refuse,
    unstake: refuse,
    withdrawStake: refuse,
  };
}
