import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const list = () => page.getByRole('navigation', { name: 'Chats' });
const row = (title: string) => list().getByRole('link', { name: title });

async function choose(title: string, action: string): Promise<void> {
  await userEvent.hover(row(title));
  await list()
    .getByRole('button', { name: `Actions for “${title}”` })
    .click();
  await page.getByRole('menuitem', { name: action }).click();
}

describe('Sidebar', () => {
  it('lists chats by date, pinned ones first', async () => {
    const { app } = openProfile(3);
    await app.chats.create({ title: 'First' });
    await app.chats.create({ title: 'Second' });
    await render(App, { app });
    await expect.element(list().getByRole('heading', { name: 'Today' })).toBeVisible();
    await choose('First', 'Pin to the top');
    await expect.element(list().getByRole('heading', { name: 'Pinned' })).toBeVisible();
    const titles = [...document.querySelectorAll('nav .title')].map((element) => element.textContent);
    expect(titles).toEqual(['First', 'Second']);
  });

  it('renames in place with Enter and gives up with Escape', async () => {
    const { app } = openProfile(3);
    const chat = await app.chats.create({ title: 'Old name' });
    await render(App, { app });
    await choose('Old name', 'Rename');
    const field = list().getByRole('textbox', { name: /Title of the chat/ });
    await expect.element(field).toHaveFocus();
    await userEvent.fill(field, 'New name');
    await userEvent.keyboard('{Enter}');
    await expect.element(row('New name')).toBeVisible();
    await choose('New name', 'Rename');
    await expect.element(field).toHaveFocus();
    await userEvent.fill(field, 'Never');
    await userEvent.keyboard('{Escape}');
    await expect.element(row('New name')).toBeVisible();
    const view = app.chats.view(chat.id).current;
    expect(view.status === 'ready' ? view.conversation.title : '').not.toBe('Never');
  });

  it('deletes with a way back and moves the focus to the message field', async () => {
    const { app } = openProfile(3);
    const chat = await app.chats.create({ title: 'Short life' });
    history.replaceState(null, '', `#/c/${chat.id}`);
    await render(App, { app });
    await choose('Short life', 'Delete');
    await expect.element(row('Short life')).not.toBeInTheDocument();
    expect(location.hash).toBe('#/');
    await expect.element(messageField()).toHaveFocus();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.element(row('Short life')).toBeVisible();
    expect(location.hash).toBe(`#/c/${chat.id}`);
  });

  it('archives a chat and shows the archive', async () => {
    const { app } = openProfile(3);
    await app.chats.create({ title: 'Put away' });
    await render(App, { app });
    await choose('Put away', 'Archive');
    await expect.element(row('Put away')).not.toBeInTheDocument();
    await list().getByRole('button', { name: 'Archive (1)' }).click();
    await expect.element(row('Put away')).toBeVisible();
    await choose('Put away', 'Move out of the archive');
    await list().getByRole('button', { name: 'All chats' }).click();
    await expect.element(row('Put away')).toBeVisible();
  });

  it('finds titles and texts, and opens the message that was found', async () => {
    const { app } = openProfile(3);
    const { conversationId, answerId } = await app.ask.send(null, 'needle in the hay');
    await vi.waitUntil(() => app.ask.live(conversationId).current === null, { timeout: 20_000 });
    await app.chats.create({ title: 'Another needle' });
    await render(App, { app });
    await userEvent.keyboard('{Control>}k{/Control}');
    await expect.element(list().getByRole('textbox', { name: 'Search chats' })).toHaveFocus();
    await userEvent.keyboard('needle');
    await expect.element(list().getByText(/^\d+ results$/)).toBeVisible();
    await vi.waitUntil(() => document.querySelectorAll('.hit').length >= 3);
    expect(document.querySelector('.hit mark')?.textContent.toLowerCase()).toBe('needle');
    const hit = [...document.querySelectorAll<HTMLElement>('.hit')].find((element) =>
      element.textContent.includes('needle_in_th-'),
    );
    hit?.click();
    await vi.waitUntil(() => document.activeElement?.getAttribute('data-message') === answerId);
    expect(location.hash).toBe(`#/c/${conversationId}`);
    await list().getByRole('button', { name: 'Clear the search' }).click();
    await expect.element(list().getByRole('heading', { name: 'Today' })).toBeVisible();
  });

  it('is a drawer on a narrow screen that keeps the focus inside and closes with Escape', async () => {
    await atStart(360, 720);
    const { app } = openProfile(3);
    await app.chats.create({ title: 'Inside' });
    await render(App, { app });
    const opener = page.getByRole('button', { name: 'Show the list of chats' });
    await opener.click();
    const drawer = page.getByRole('dialog', { name: 'Chats' });
    await expect.element(drawer).toBeVisible();
    for (let step = 0; step < 12; step += 1) {
      await userEvent.keyboard('{Tab}');
      expect(drawer.element().contains(document.activeElement)).toBe(true);
    }
    await userEvent.keyboard('{Escape}');
    await expect.element(drawer).not.toBeInTheDocument();
    await expect.element(opener).toHaveFocus();
    await opener.click();
    await drawer.getByRole('link', { name: 'Inside' }).click();
    await expect.element(drawer).not.toBeInTheDocument();
    await expect.element(page.getByRole('heading', { level: 1, name: 'Inside' })).toBeVisible();
  });

  it('opens the shortcut sheet with ? outside of fields only', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await expect.element(messageField()).toHaveFocus();
    await userEvent.keyboard('?');
    await expect.element(messageField()).toHaveValue('?');
    (document.activeElement as HTMLElement).blur();
    await userEvent.keyboard('?');
    const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
    await expect.element(sheet).toBeVisible();
    await userEvent.keyboard('{Escape}');
    await expect.element(sheet).not.toBeInTheDocument();
  });

  it('needs no more width than 360 px', async () => {
    await atStart(360, 720);
    const { app } = openProfile(40);
    await render(App, { app });
    await userEvent.fill(messageField(), 'wide '.repeat(30) + 'unbroken'.repeat(30));
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('list', { name: 'About this answer' })).toBeVisible();
    expect(document.documentElement.scrollWidth).toBeLessThanOrEqual(360);
    const scroller = document.querySelector('.scroller')!;
    expect(scroller.scrollWidth).toBeLessThanOrEqual(scroller.clientWidth);
  });
});
