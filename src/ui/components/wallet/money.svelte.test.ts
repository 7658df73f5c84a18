import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import type { WalletFigures } from '../../../node/app.ts';
import { WeftError } from '../../../protocol/errors.ts';
import { address } from '../../../protocol/ids.ts';
import { atStart, closeProfiles, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { createFakeWallet, transaction, walletFigures } from '../../wallet.fixture.ts';

const ONE = 10n ** 18n;

beforeEach(async () => {
  await atStart();
  history.replaceState(null, '', '#/wallet');
});
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const dialog = () => page.getByRole('dialog');
const amount = () => dialog().getByRole('textbox', { name: 'Amount in WEFT' });
/** The row of a figure: its name, the figure and its buttons. */
const row = (label: string) => page.getByRole('term').filter({ hasText: label }).element().closest('.row')!;

async function openWallet(part: Partial<WalletFigures> = {}) {
  const wallet = createFakeWallet(walletFigures(part));
  const { app } = openProfile(3);
  await app.identity.create();
  await render(App, { app: { ...app, wallet: wallet.view } });
  await expect.element(page.getByRole('heading', { name: 'Balance' })).toBeVisible();
  return wallet;
}

describe('Balance', () => {
  it('shows what is where, with the button that goes with it', async () => {
    const wallet = await openWallet({
      balance: (1_234n * ONE) / 10n,
      deposit: 50n * ONE,
      withdrawal: { amount: 20n * ONE, opensAtMs: Date.now() + 7_200_000 },
      stake: {
        amount: 200n * ONE,
        free: 200n * ONE,
        isProvider: true,
        isValidator: false,
        opensAtMs: null,
        opensAtBlock: null,
      },
      earned: 3n * ONE,
    });
    await expect.element(page.getByText('123.4 WEFT')).toBeVisible();
    expect(row('Deposit').textContent).toContain('50');
    expect(row('Being withdrawn').textContent).toMatch(/can be paid out from .* 20 /s);
    expect(row('Staked').textContent).toContain('200');
    await expect.element(button('Call off')).toBeEnabled();
    const [notYet, earned] = page.getByRole('button', { name: 'Pay out' }).elements();
    expect(notYet).toBeDisabled();
    await userEvent.click(earned!);
    await expect.element(page.getByText('Your earnings are in your wallet.')).toBeVisible();
    expect(wallet.calls).toEqual(['withdraw-earnings']);
  });

  it('opens a withdrawal when its time has come, without a reload', async () => {
    const wallet = await openWallet({
      deposit: 50n * ONE,
      withdrawal: { amount: 20n * ONE, opensAtMs: Date.now() + 2_000 },
    });
    await expect.element(page.getByText(/can be paid out in \d s/)).toBeVisible();
    await expect.element(button('Pay out')).toBeEnabled();
    await expect.element(page.getByText(/can be paid out now/)).toBeVisible();
    await button('Pay out').click();
    await expect.element(page.getByText('The withdrawal is in your wallet.')).toBeVisible();
    await button('Call off').click();
    await expect.element(page.getByText('The withdrawal is called off.')).toBeVisible();
    expect(wallet.calls).toEqual(['withdraw', 'announce-withdrawal 0']);
  });

  it('gives test tokens on a chain for trying out, and elsewhere says where to buy some', async () => {
    const wallet = await openWallet({ gas: 0n, balance: 0n });
    await expect.element(page.getByText(/a fee in the chain’s own coin \(now 0.0005\)/)).toBeVisible();
    await expect.element(page.getByText(/you have none. Test tokens come with some/)).toBeVisible();
    await expect.element(button('Deposit…')).toBeDisabled();
    await button('Get test tokens').click();
    await expect.element(page.getByText('The test tokens are in your wallet.')).toBeVisible();
    expect(wallet.calls).toEqual(['faucet']);

    wallet.set({ chain: { chainId: 1, isEmbedded: false, onRampUrl: 'https://buy.example/' } });
    await expect.element(button('Get test tokens')).not.toBeInTheDocument();
    const link = page.getByRole('link', { name: /^Buy tokens/ });
    await expect.element(link).toHaveAttribute('href', 'https://buy.example/');
    await expect.element(link).toHaveAttribute('rel', 'noopener noreferrer');
  });

  it('keeps the last that was known while the chain does not answer, and says from when it is', async () => {
    const wallet = await openWallet({ balance: 7n * ONE });
    const error = new WeftError('chain/unreachable', 'The chain does not answer.', {
      hints: ['Try again in a moment.'],
    });
    wallet.set({ error: error.toWire() });
    await expect.element(page.getByText('The chain does not answer.')).toBeVisible();
    await expect.element(page.getByText(/^This is what was known on Nov 21, 2026/)).toBeVisible();
    await expect.element(page.getByText('7 WEFT')).toBeVisible();
    await button('Try again').click();
    expect(wallet.calls).toEqual(['refresh']);
  });

  it('can be seen but not moved while the key is locked', async () => {
    const wallet = createFakeWallet();
    const { app } = openProfile(3);
    await app.identity.create();
    await app.identity.changePassphrase({ current: null, next: 'correct horse battery' });
    await app.identity.lock();
    await render(App, { app: { ...app, wallet: wallet.view } });
    await expect.element(page.getByText('1,000 WEFT')).toBeVisible();
    await expect.element(button('Deposit…')).toBeDisabled();
    await expect.element(page.getByText('Unlock your key to move what it holds.')).toBeVisible();
    await page.getByLabelText('Passphrase', { exact: true }).fill('correct horse battery');
    await button('Unlock').click();
    await expect.element(button('Deposit…')).toBeEnabled();
  });

  it('is one calm sentence where nothing costs anything', async () => {
    const wallet = await openWallet();
    wallet.setState({ status: 'no-chain' });
    await expect.element(page.getByText(/^On this server everything costs nothing/)).toBeVisible();
    await expect.element(page.getByRole('heading', { name: 'Movements' })).not.toBeInTheDocument();
  });
});

describe('An amount', () => {
  it('is checked before anything is sent, and moved to the last digit', async () => {
    const wallet = await openWallet({ balance: 10n * ONE + 1n });
    await button('Deposit…').click();
    await button('Deposit').click();
    await expect.element(page.getByText('Enter an amount.')).toBeVisible();
    await expect.element(amount()).toHaveFocus();
    await amount().fill('11');
    await button('Deposit').click();
    await expect.element(page.getByText('There are 10 in your wallet.')).toBeVisible();
    await button('All of it').click();
    await expect.element(amount()).toHaveValue('10.000000000000000001');
    await button('Deposit').click();
    await expect.element(page.getByText('The deposit is made.')).toBeVisible();
    await expect.element(dialog()).not.toBeInTheDocument();
    expect(wallet.calls).toEqual([`deposit ${10n * ONE + 1n}`]);
  });

  it('of a withdrawal is at most the deposit, and of a first stake at least the bond', async () => {
    const wallet = await openWallet({ deposit: 5n * ONE });
    await button('Withdraw…').click();
    await amount().fill('5.1');
    await button('Ask for it').click();
    await expect.element(page.getByText('There are 5 in the deposit.')).toBeVisible();
    await amount().fill('2,5');
    await button('Ask for it').click();
    await expect.element(page.getByText(/^The withdrawal is asked for/)).toBeVisible();
    await button('Stake…').click();
    await amount().fill('99');
    await button('Stake').click();
    await expect.element(page.getByText('At least 100 are needed.')).toBeVisible();
    await amount().fill('100');
    await button('Stake').click();
    await expect.element(page.getByText('The stake is in.')).toBeVisible();
    expect(wallet.calls).toEqual([`announce-withdrawal ${(5n * ONE) / 2n}`, `stake ${100n * ONE}`]);
  });

  it('stays in its field when the chain refuses it, with the reason', async () => {
    const wallet = await openWallet();
    const end = wallet.holdNext();
    await button('Deposit…').click();
    await amount().fill('5');
    await button('Deposit').click();
    await expect.element(dialog().getByText('Deposit: sent, waiting until it is final…')).toBeVisible();
    await expect.element(button('Working…')).toBeDisabled();
    end(new WeftError('chain/no-gas', 'This account cannot pay the fee.', { hints: ['Get test tokens first.'] }));
    await expect.element(dialog().getByText('This account cannot pay the fee.')).toBeVisible();
    await expect.element(amount()).toHaveValue('5');
  });

  it('whose dialog was closed is told about all the same', async () => {
    const wallet = await openWallet();
    const end = wallet.holdNext();
    await button('Deposit…').click();
    await amount().fill('5');
    await button('Deposit').click();
    await userEvent.keyboard('{Escape}');
    await expect.element(dialog()).not.toBeInTheDocument();
    await expect.element(page.getByText('Sent, not yet final')).toBeVisible();
    await expect.element(button('Stake…')).toBeDisabled();
    end(new WeftError('chain/reverted', 'The chain refused it.'));
    await expect.element(page.getByText('The chain refused it.')).toBeVisible();
    await expect.element(page.getByText('Sent, not yet final')).not.toBeInTheDocument();
  });

  it('that is staked ends only after a second word', async () => {
    const stake = { amount: 100n * ONE, free: 100n * ONE, isProvider: true, isValidator: false, opensAtBlock: null };
    const wallet = await openWallet({ stake: { ...stake, opensAtMs: null } });
    await button('End…').click();
    await expect.element(dialog()).toHaveTextContent('this cannot be called off');
    await button('Keep it').click();
    expect(wallet.calls).toEqual([]);
    await button('End…').click();
    await button('End the stake').click();
    await expect.element(page.getByText(/^The stake ends/)).toBeVisible();
    wallet.set({ figures: walletFigures({ stake: { ...stake, opensAtMs: Date.now() - 1 } }) });
    await button('Pay back').click();
    await expect.element(page.getByText('The stake is in your wallet again.')).toBeVisible();
    expect(wallet.calls).toEqual(['unstake', 'withdraw-stake']);
  });
});

describe('Movements', () => {
  it('say what an empty list will hold', async () => {
    await openWallet();
    await expect.element(page.getByText(/^Nothing has moved yet/)).toBeVisible();
  });

  it('have their date, kind, amount, the other side and the transaction', async () => {
    const other = address(`0x${'ab'.repeat(20)}`);
    await openWallet({
      movements: [
        {
          id: '2',
          kind: 'deposited',
          amount: 5n * ONE,
          other: null,
          transaction: transaction(2),
          blockNumber: 2n,
          atMs: Date.UTC(2026, 10, 20, 12),
        },
        {
          id: '1',
          kind: 'received',
          amount: 10n * ONE,
          other,
          transaction: transaction(1),
          blockNumber: 1n,
          atMs: Date.UTC(2026, 10, 19, 12),
        },
      ],
      areMovementsCut: true,
    });
    const [deposited, received] = page.getByRole('region', { name: 'Movements' }).getByRole('listitem').elements();
    expect(deposited!.textContent).toMatch(/Deposited.*− 5.*Nov 20, 2026.*0x0202…0202/s);
    expect(received!.textContent).toMatch(/Received.*from 0xabab…abab.*\+ 10.*Nov 19, 2026.*0x0101…0101/s);
    await expect.element(page.getByText('Older movements are left out here.')).toBeVisible();
  });
});

describe('Per day', () => {
  const movement = (kind: 'earned' | 'paid', amount: bigint, atMs: number) => ({
    ...{ id: `${kind} ${atMs}`, kind, amount: amount * ONE, other: null, transaction: transaction(7) },
    ...{ blockNumber: 1n, atMs },
  });

  it('tells for each day what was earned and what was spent', async () => {
    const noon = new Date(2026, 2, 2, 12).getTime();
    await openWallet({ movements: [movement('paid', 3n, noon + 1), movement('earned', 5n, noon)] });
    await expect.element(page.getByRole('row', { name: 'Mar 2, 2026 5 3' })).toBeVisible();
  });

  it('is not there while there is nothing to tell', async () => {
    await openWallet();
    expect(page.getByRole('heading', { name: 'Per day' }).elements()).toHaveLength(0);
  });
});
