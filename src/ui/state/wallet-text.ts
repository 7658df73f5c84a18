import type { Movement, WalletAction, WalletProgress } from '../../node/app.ts';
import type { Address, Hex32 } from '../../protocol/ids.ts';

/** 0x1234…cdef, as people compare addresses and transactions. */
export function shortAddress(address: Address | Hex32): string {
  return `${address.slice(0, 6)}…${address.slice(-4)}`;
}

/** What a movement is, and whether it adds to what is in the wallet (+), takes from it (−) or neither. */
export const MOVEMENTS: Readonly<Record<Movement['kind'], { readonly label: string; readonly sign: '+' | '−' | '' }>> =
  {
    received: { label: 'Received', sign: '+' },
    sent: { label: 'Sent', sign: '−' },
    deposited: { label: 'Deposited', sign: '−' },
    'withdrawal-announced': { label: 'Withdrawal asked for', sign: '' },
    withdrawn: { label: 'Withdrawn from the deposit', sign: '+' },
    'earnings-withdrawn': { label: 'Earnings paid out', sign: '+' },
    staked: { label: 'Staked', sign: '−' },
    'stake-withdrawn': { label: 'Stake paid back', sign: '+' },
    slashed: { label: 'Stake lost by a ruling', sign: '' },
    bounty: { label: 'Reward for showing a fault', sign: '+' },
    'bond-placed': { label: 'Bond for a challenge', sign: '−' },
    'bond-received': { label: 'Bond of a challenge, added to earnings', sign: '' },
    paid: { label: 'Paid for answers, from the deposit', sign: '' },
    refunded: { label: 'Paid back to the deposit after a challenge', sign: '' },
    earned: { label: 'Earned with answers', sign: '' },
    'share-earned': { label: 'Earned with checking', sign: '' },
    'task-paid': { label: 'Paid for an answer of several machines', sign: '−' },
    'task-refunded': { label: 'Back from an answer of several machines, added to earnings', sign: '' },
    'task-earned': { label: 'Earned with an answer of several machines', sign: '' },
  };

export const ACTIONS: Readonly<Record<WalletAction, string>> = {
  faucet: 'Test tokens',
  deposit: 'Deposit',
  'announce-withdrawal': 'Withdrawal',
  withdraw: 'Paying out',
  'withdraw-earnings': 'Paying out earnings',
  stake: 'Staking',
  unstake: 'Ending the stake',
  'withdraw-stake': 'Paying back the stake',
};

/** How far an action is, in one sentence. */
export function describeProgress({ action, status, step, steps }: WalletProgress): string {
  const part = steps > 1 ? ` (step ${step} of ${steps})` : '';
  const what = ACTIONS[action];
  switch (status) {
    case 'asking':
      return `${what}${part}: asking the server…`;
    case 'signing':
      return `${what}${part}: signing with your key…`;
    case 'sent':
      return `${what}${part}: sent, waiting until it is final…`;
    case 'confirmed':
      return `${what}${part}: done, reading the balance…`;
    default:
      return status satisfies never;
  }
}

/** "in 5 s", "in 3 hours"; what is not sooner than a day gets its date. */
export function describeOpening(opensAtMs: number, nowMs: number): string {
  const seconds = Math.ceil((opensAtMs - nowMs) / 1000);
  if (seconds <= 0) return 'can be paid out now';
  if (seconds < 60) return `can be paid out in ${seconds} s`;
  if (seconds < 3600) return `can be paid out in ${Math.ceil(seconds / 60)} min`;
  return `can be paid out from ${formatMoment(opensAtMs)}`;
}

export function formatMoment(atMs: number): string {
  return new Date(atMs).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'short' });
}
