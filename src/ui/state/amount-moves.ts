import type { Wallet, WalletFigures } from '../../node/app.ts';
import { formatAmount } from './amount.ts';
import type { AmountRules } from './amount-form.svelte.ts';

/** The actions that move an amount, by the name of their dialog. */
export type AmountMoveName = 'deposit' | 'withdraw' | 'stake';

/** What the dialog of such an action says and does. */
export interface AmountMove {
  readonly title: string;
  readonly description: string;
  readonly submitLabel: string;
  readonly done: string;
  readonly rules: (figures: WalletFigures) => AmountRules;
  readonly run: (wallet: Wallet, amount: bigint) => Promise<unknown>;
}

export const AMOUNT_MOVES: Readonly<Record<AmountMoveName, AmountMove>> = {
  deposit: {
    title: 'Deposit',
    description: 'Answers by other people’s machines are paid from the deposit. You can ask for it back at any time.',
    submitLabel: 'Deposit',
    done: 'The deposit is made.',
    rules: ({ balance }) => fromWallet(balance, 1n, ''),
    run: (wallet, amount) => wallet.deposit(amount),
  },
  withdraw: {
    title: 'Withdraw from the deposit',
    description:
      'First you ask for it; after a waiting time you have it paid out. What you asked for before is replaced by this.',
    submitLabel: 'Ask for it',
    done: 'The withdrawal is asked for. It can be paid out after the waiting time.',
    rules: ({ deposit }) => ({
      min: 1n,
      max: deposit,
      tooLittle: '',
      tooMuch: `There are ${formatAmount(deposit)} in the deposit.`,
    }),
    run: (wallet, amount) => wallet.announceWithdrawal(amount),
  },
  stake: {
    title: 'Stake',
    description:
      'Whoever answers for others puts up a stake and can lose it by answering wrongly. It comes back after a waiting time, once you end it.',
    submitLabel: 'Stake',
    done: 'The stake is in.',
    rules: ({ balance, stake, bonds }) => {
      const missing = bonds.provider - (stake?.amount ?? 0n);
      return fromWallet(balance, missing > 1n ? missing : 1n, `At least ${formatAmount(missing)} are needed.`);
    },
    run: (wallet, amount) => wallet.stake(amount),
  },
};

function fromWallet(balance: bigint, min: bigint, tooLittle: string): AmountRules {
  return { min, max: balance, tooLittle, tooMuch: `There are ${formatAmount(balance)} in your wallet.` };
}
