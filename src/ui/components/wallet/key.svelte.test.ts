import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';

const PHRASE = 'test test test test test test test test test test test junk';
const ACCOUNT = '0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266';
const PASSPHRASE = 'correct horse battery';

beforeEach(async () => {
  await atStart();
  history.replaceState(null, '', '#/wallet');
});
afterEach(async () => {
  vi.restoreAllMocks();
  cleanup();
  await closeProfiles();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const dialog = () => page.getByRole('dialog');
const field = (name: string) => page.getByLabelText(name, { exact: true });

async function openWallet() {
  const profile = openProfile(3);
  await render(App, { app: profile.app });
  await expect.element(page.getByRole('heading', { name: 'Wallet', level: 1 })).toHaveFocus();
  return profile;
}

async function recover(phrase: string): Promise<void> {
  await userEvent.fill(page.getByRole('textbox', { name: 'Recovery phrase' }), phrase);
  await dialog().getByRole('button', { name: 'Use this key' }).click();
}

describe('Wallet', () => {
  it('is a place of its own that leads back to the chat', async () => {
    const { app } = openProfile(3);
    history.replaceState(null, '', '#/');
    await render(App, { app });
    await page.getByRole('link', { name: 'Wallet', exact: true }).click();
    await expect.element(page.getByRole('heading', { name: 'Wallet', level: 1 })).toHaveFocus();
    await expect
      .element(page.getByRole('link', { name: 'Wallet', exact: true }))
      .toHaveAttribute('aria-current', 'page');
    expect(location.hash).toBe('#/wallet');
    expect(document.title).toBe('Wallet · Weft');
    await userEvent.keyboard('{Escape}');
    await expect.element(messageField()).toHaveFocus();
  });

  it('does not ask again about what was asked when it was left', async () => {
    const { app } = await openWallet();
    await app.identity.create();
    await button('Show the recovery phrase…').click();
    location.hash = '#/';
    await expect.element(messageField()).toBeVisible();
    location.hash = '#/wallet';
    await expect.element(page.getByText('Your address')).toBeVisible();
    await expect.element(dialog()).not.toBeInTheDocument();
  });
});

describe('Your key', () => {
  it('is made when the person says so, and not before', async () => {
    const { app } = await openWallet();
    await expect.element(page.getByText('You have no key in this browser yet.')).toBeVisible();
    expect(app.identity.state.current).toMatchObject({ status: 'none' });
    await button('Create a key').click();
    await expect.element(page.getByText('Your address')).toBeVisible();
    const { current } = app.identity.state;
    if (current.status !== 'open') return expect.unreachable(current.status);
    await expect.element(page.getByText(current.address)).toBeVisible();
    await expect.element(button('Copy the address')).toBeVisible();
  });

  it('comes back from its recovery phrase, with what is wrong beside the field', async () => {
    await openWallet();
    await button('Enter a recovery phrase…').click();
    await dialog().getByRole('button', { name: 'Use this key' }).click();
    await expect.element(page.getByText('Enter the 12 or 24 words, in their order.')).toBeVisible();
    await recover(PHRASE.replace('junk', 'jumk'));
    await expect.element(page.getByText(/has no known word at place 12/)).toBeVisible();
    await expect.element(page.getByRole('textbox', { name: 'Recovery phrase' })).toHaveFocus();
    await recover(PHRASE);
    await expect.element(page.getByText(ACCOUNT)).toBeVisible();
    await expect.element(dialog()).not.toBeInTheDocument();
  });

  it('asks before another one replaces it, and can be taken again or deleted', async () => {
    const { app } = await openWallet();
    await button('Create a key').click();
    await button('More for your key').click();
    await page.getByRole('menuitem', { name: 'Enter a recovery phrase…' }).click();
    await recover(PHRASE);
    await expect
      .element(page.getByRole('alert'))
      .toHaveTextContent('The words are right: they are the key 0xf39f…2266.');
    expect(app.identity.state.current).not.toMatchObject({ address: ACCOUNT });
    await dialog().getByRole('button', { name: 'Replace the key' }).click();
    await expect.element(page.getByText(ACCOUNT)).toBeVisible();

    await page.getByText('One other key kept in this browser').click();
    await button(/^Use this one/).click();
    await expect.element(page.getByText(ACCOUNT)).not.toBeInTheDocument();
    await button(/^Delete…/).click();
    await expect.element(dialog()).toHaveTextContent('This cannot be undone.');
    await button('Keep it').click();
    expect(app.identity.state.current).toMatchObject({ replaced: [ACCOUNT] });
    await button(/^Delete…/).click();
    await button('Delete the key').click();
    await expect.element(page.getByText('One other key kept in this browser')).not.toBeInTheDocument();
    expect(app.identity.state.current).toMatchObject({ replaced: [] });
  });

  it('shows its phrase after a deliberate step, and forgets it when the dialog closes', async () => {
    const { app } = await openWallet();
    await app.identity.importPhrase(PHRASE);
    await button('Show the recovery phrase…').click();
    await expect.element(dialog()).toHaveTextContent('Make sure that nobody looks at your screen.');
    expect(document.body.textContent).not.toContain('junk');
    await button('Show the words').click();
    const words = page.getByRole('list', { name: 'Words of the recovery phrase' });
    await expect.element(words.getByRole('listitem').nth(11)).toHaveTextContent('junk');
    await button('I wrote them down').click();
    await expect.element(dialog()).not.toBeInTheDocument();
    expect(document.body.textContent).not.toContain('junk');
    await button('Show the recovery phrase…').click();
    await expect.element(words).not.toBeInTheDocument();
  });

  it('takes a passphrase, is locked with it and opened again', async () => {
    const { app } = await openWallet();
    await app.identity.importPhrase(PHRASE);
    await button('Set a passphrase…').click();
    await userEvent.fill(field('New passphrase'), 'short');
    await userEvent.fill(field('New passphrase again'), 'shorter');
    await button('Save').click();
    await expect.element(page.getByText(/^Enter at least 8 characters/)).toBeVisible();
    await expect.element(page.getByText('This is not the same as above.')).toBeVisible();
    await expect.element(field('New passphrase')).toHaveFocus();
    await userEvent.fill(field('New passphrase'), PASSPHRASE);
    await userEvent.fill(field('New passphrase again'), PASSPHRASE);
    await button('Save').click();
    await expect.element(dialog()).not.toBeInTheDocument();
    expect(app.identity.state.current).toMatchObject({ hasPassphrase: true });

    await button('Lock').click();
    await expect.element(page.getByText('Your address, locked')).toBeVisible();
    await userEvent.fill(field('Passphrase'), 'wrong passphrase');
    await button('Unlock').click();
    await expect.element(page.getByText(/^That is not the passphrase of this key/)).toBeVisible();
    await expect.element(field('Passphrase')).toHaveFocus();
    await userEvent.fill(field('Passphrase'), PASSPHRASE);
    await userEvent.keyboard('{Enter}');
    await expect.element(button('Lock')).toBeVisible();

    await button('Show the recovery phrase…').click();
    await userEvent.fill(dialog().getByLabelText('Passphrase', { exact: true }), 'wrong passphrase');
    await button('Show the words').click();
    await expect.element(page.getByText(/^That is not the passphrase of this key/)).toBeVisible();
    await userEvent.keyboard('{Escape}');

    await button('Change the passphrase…').click();
    await button('Remove the passphrase').click();
    await expect.element(page.getByText('Enter the passphrase of now.')).toBeVisible();
    await userEvent.fill(field('Passphrase now'), PASSPHRASE);
    await button('Remove the passphrase').click();
    await expect.element(button('Set a passphrase…')).toBeVisible();
  });

  it('is not said to be missing while the disk does not answer', async () => {
    const { app } = openProfile(3);
    await app.started;
    const open = vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('The disk is busy.', 'UnknownError');
    });
    await render(App, { app });
    await expect.element(page.getByText(/The browser's storage failed/)).toBeVisible();
    await expect.element(button('Create a key')).not.toBeInTheDocument();
    open.mockRestore();
    await button('Try again').click();
    await expect.element(button('Create a key')).toBeVisible();
  });

  it('can be one that is gone with the page, which is said', async () => {
    const { app } = openProfile(3);
    await app.started;
    vi.spyOn(indexedDB, 'open').mockImplementation(() => {
      throw new DOMException('The disk is busy.', 'UnknownError');
    });
    await render(App, { app });
    await button('Go on without it').click();
    await expect.element(page.getByText(/a key made now is gone when the page is closed/)).toBeVisible();
    await button('Create a key').click();
    await expect.element(page.getByText(/^Only in this page/)).toBeVisible();
  });
});
