import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { WeftError } from '../../../protocol/errors.ts';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const answers = () => page.getByRole('article').filter({ has: page.getByRole('heading', { name: 'Answer' }) });

describe('Composer', () => {
  it('sends with Enter, breaks with Shift+Enter and keeps the focus', async () => {
    const { app, scripted } = openProfile(5);
    await render(App, { app });
    await userEvent.fill(messageField(), 'first');
    await userEvent.keyboard('{Shift>}{Enter}{/Shift}second');
    await expect.element(messageField()).toHaveValue('first\nsecond');
    await userEvent.keyboard('{Enter}');
    await expect.element(messageField()).toHaveValue('');
    await expect.element(messageField()).toHaveFocus();
    await expect.element(answers()).toHaveTextContent('first_second-4');
    expect(scripted.requests[0]?.turns.at(-1)).toEqual({ role: 'user', content: 'first\nsecond' });
    expect(location.hash).toMatch(/^#\/c\/[\w-]+$/);
  });

  it('shows the question and a first sign of the answer before the engine has said anything', async () => {
    const { app, scripted } = openProfile();
    scripted.delayMs = 600_000;
    await render(App, { app });
    await userEvent.fill(messageField(), 'quick?');
    await expect.element(page.getByRole('button', { name: 'Send' })).toBeEnabled();
    document.querySelector<HTMLTextAreaElement>('textarea')?.form?.requestSubmit();
    await vi.waitUntil(() => document.querySelector('.bubble')?.textContent === 'quick?', { interval: 5 });
    await vi.waitUntil(() => document.querySelector('.status') !== null, { interval: 5 });
  });

  it('does not send while an input method composes', async () => {
    const { app, scripted } = openProfile(3);
    await render(App, { app });
    await userEvent.fill(messageField(), 'にほん');
    const field = messageField().element();
    const press = (isComposing: boolean): boolean =>
      field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing }));
    press(true);
    // Safari's order: the composition ends, then the key that ended it arrives.
    field.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
    press(false);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await expect.element(messageField()).toHaveValue('にほん');
    expect(scripted.requests).toEqual([]);
  });

  it('sends nothing that is blank', async () => {
    const { app, scripted } = openProfile(3);
    await render(App, { app });
    await userEvent.fill(messageField(), '  \n ');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Send' })).toBeDisabled();
    expect(scripted.requests).toEqual([]);
    expect(location.hash).toBe('#/');
  });

  it('stops with Escape, keeps the text and offers to go on', async () => {
    const { app, scripted } = openProfile(200);
    scripted.delayMs = 10;
    await render(App, { app });
    await userEvent.fill(messageField(), 'long');
    await userEvent.keyboard('{Enter}');
    await expect.element(answers()).toHaveTextContent('long-3');
    await userEvent.keyboard('{Escape}');
    await expect.element(page.getByText('You stopped this answer.')).toBeVisible();
    await expect.element(answers()).toHaveTextContent('long-3');
    await expect.element(page.getByRole('button', { name: 'Send' })).toBeVisible();
    scripted.delayMs = 1;
    await page.getByRole('button', { name: 'Continue' }).click();
    await expect.element(answers()).toHaveTextContent('long-199');
    const text = answers().element().querySelector('.prose')?.textContent ?? '';
    expect(text.match(/long-3 /g)).toHaveLength(1);
  });

  it('stops a first question that is not saved yet', async () => {
    const { app, scripted } = openProfile(200);
    scripted.delayMs = 10;
    await render(App, { app });
    await userEvent.fill(messageField(), 'never mind');
    await expect.element(page.getByRole('button', { name: 'Send' })).toBeEnabled();
    const field = messageField().element() as HTMLTextAreaElement;
    field.form?.requestSubmit();
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, cancelable: true }));
    await expect.element(page.getByText('You stopped this answer.')).toBeVisible();
    await expect.element(page.getByLabelText('Conversation').getByText('never mind')).toBeVisible();
  });

  it('says that a draft could not be read, and takes a question all the same', async () => {
    const { app } = openProfile(3);
    const failure = new WeftError('storage/unavailable', 'The stored chats cannot be read.');
    const chats = { ...app.chats, draft: () => Promise.reject(failure) };
    await render(App, { app: { ...app, chats } });
    await expect.element(page.getByText('The stored chats cannot be read.')).toBeVisible();
    await userEvent.fill(messageField(), 'anyway');
    await userEvent.keyboard('{Enter}');
    await expect.element(answers()).toHaveTextContent('anyway-2');
  });

  it('keeps what is typed while an answer is written, and does not send it', async () => {
    const { app, scripted } = openProfile(100);
    scripted.delayMs = 10;
    await render(App, { app });
    await userEvent.fill(messageField(), 'one');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('button', { name: 'Stop' })).toBeVisible();
    await userEvent.keyboard('next');
    await userEvent.keyboard('{Enter}');
    await expect.element(messageField()).toHaveValue('next');
    expect(scripted.requests.length).toBeLessThanOrEqual(1);
    await page.getByRole('button', { name: 'Stop' }).click();
  });

  it('keeps a draft for each chat and brings it back', async () => {
    const { app } = openProfile(3);
    const chat = await app.chats.create({ title: 'Kept' });
    const first = await render(App, { app });
    await userEvent.fill(messageField(), 'for a new chat');
    location.hash = `#/c/${chat.id}`;
    await expect.element(messageField()).toHaveValue('');
    await userEvent.fill(messageField(), 'for the kept one');
    await first.unmount();
    await render(App, { app });
    await expect.element(messageField()).toHaveValue('for the kept one');
    location.hash = '#/';
    await expect.element(messageField()).toHaveValue('for a new chat');
  });

  it('gives the text back when the question could not be saved', async () => {
    const { app } = openProfile(3);
    const chat = await app.chats.create({ title: 'Gone' });
    history.replaceState(null, '', `#/c/${chat.id}`);
    await render(App, { app });
    await userEvent.fill(messageField(), 'x'.repeat(30));
    await app.chats.purge(chat.id);
    await expect.element(page.getByText('This chat is not here')).toBeVisible();
  });

  it('explains a text that is too long and does not send it', async () => {
    const { app, scripted } = openProfile(3);
    await render(App, { app });
    await userEvent.fill(messageField(), 'x'.repeat(100_001));
    await expect.element(page.getByText('100,001 of 100,000 characters')).toBeVisible();
    await userEvent.keyboard('{Enter}');
    expect(scripted.requests).toEqual([]);
  });

  it('asks an example at once', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await page.getByRole('button', { name: 'What is Weft?' }).click();
    await expect.element(answers()).toHaveTextContent('What_is_Weft-2');
  });

  it('edits the last question with the up arrow and keeps both wordings', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await userEvent.fill(messageField(), 'old');
    await userEvent.keyboard('{Enter}');
    await expect.element(answers()).toHaveTextContent('old-2');
    await expect.element(page.getByRole('button', { name: 'Send' })).toBeVisible();
    await userEvent.keyboard('{ArrowUp}');
    await userEvent.fill(page.getByRole('textbox', { name: 'Edit your question' }), 'new');
    await userEvent.keyboard('{Enter}');
    await expect.element(answers()).toHaveTextContent('new-2');
    await expect.element(page.getByText('2/2')).toBeVisible();
    await page.getByRole('button', { name: 'Previous wording' }).click();
    await expect.element(answers()).toHaveTextContent('old-2');
  });

  it('saves settings for the chat, and refuses what is out of range with a sentence', async () => {
    const { app, scripted } = openProfile(5);
    await render(App, { app });
    await page.getByRole('button', { name: 'Chat settings' }).click();
    await userEvent.fill(page.getByRole('textbox', { name: 'Temperature' }), '9');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await expect.element(page.getByText('Enter a number from 0 to 2.')).toBeVisible();
    await expect.element(page.getByRole('textbox', { name: 'Temperature' })).toHaveFocus();
    await userEvent.fill(page.getByRole('textbox', { name: 'Temperature' }), '0,2');
    await userEvent.fill(page.getByRole('textbox', { name: 'Longest answer' }), '2');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await userEvent.fill(messageField(), 'short');
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByText('This answer reached the length limit of the chat.')).toBeVisible();
    expect(scripted.requests[0]?.sampling).toMatchObject({ temperature: 0.2, maxTokens: 2, topP: 0.9 });
  });
});
