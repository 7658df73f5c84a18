import { expect, it } from 'vitest';
import { WeftError } from '../../protocol/errors.ts';
import { OwnerForm } from './owner-form.svelte.ts';

it('an owner is paid at the wallet itself, or at an address that is one', async () => {
  const asked: (string | null)[] = [];
  const form = new OwnerForm((payout) => {
    asked.push(payout);
    return Promise.resolve();
  });
  expect(await form.submit()).toBe(true);
  form.payout = '0x12';
  expect(await form.submit()).toBe(false);
  expect(form.problem).toMatch(/^An address is 0x and 40 digits/);
  form.payout = ` 0x${'AB'.repeat(20)} `;
  expect(form.problem).toBeUndefined();
  expect(await form.submit()).toBe(true);
  expect(asked).toEqual([null, `0x${'ab'.repeat(20)}`]);
});

it('a wallet that refuses leaves what was typed, with the reason', async () => {
  const form = new OwnerForm(() =>
    Promise.reject(new WeftError('identity/wallet-refused', 'The wallet did not sign: it was declined there.')),
  );
  form.payout = `0x${'ab'.repeat(20)}`;
  expect(await form.submit()).toBe(false);
  expect(form).toMatchObject({
    payout: `0x${'ab'.repeat(20)}`,
    isBusy: false,
    error: { code: 'identity/wallet-refused' },
  });
});
