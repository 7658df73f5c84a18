import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cleanup, render } from 'vitest-browser-svelte';
import { page, userEvent } from 'vitest/browser';
import { atStart, closeProfiles, messageField, openProfile } from '../../app.fixture.ts';
import App from '../../App.svelte';
import { guideEntry, modelEntry } from '../../models.fixture.ts';

beforeEach(() => atStart());
afterEach(async () => {
  cleanup();
  await closeProfiles();
});

const entries = [
  guideEntry(),
  modelEntry('qwen', { stored: 'ready', storedBytes: 350e6 }, { title: 'Qwen 3 · 0.6B' }),
  modelEntry('arctic', { stored: 'ready' }, { title: 'Arctic', features: ['embedding'] }),
  modelEntry('llama', { isRecommended: true }, { title: 'Llama 3.2 · 1B' }),
];
const picker = (title: string) => page.getByRole('button', { name: `Model: ${title}` });
const ask = async (text: string) => {
  await userEvent.fill(messageField(), text);
  await userEvent.keyboard('{Enter}');
  await expect.element(page.getByRole('button', { name: 'Send' })).toBeVisible();
};

describe('ModelPicker', () => {
  it('offers the models that are here and can answer, with the present one checked', async () => {
    const { app } = openProfile(3, { entries });
    await render(App, { app });
    await picker('Guide').click();
    await expect.element(page.getByRole('menuitemradio', { name: /^Guide/ })).toHaveAttribute('aria-checked', 'true');
    await expect.element(page.getByRole('menuitemradio', { name: /^Qwen 3 · 0.6B 350 MB/ })).toBeVisible();
    expect(page.getByRole('menuitemradio').elements()).toHaveLength(2);
  });

  it('keeps the chat, and each answer says which model wrote it', async () => {
    const { app, scripted } = openProfile(3, { entries });
    await render(App, { app });
    await ask('first');
    await picker('Guide').click();
    await page.getByRole('menuitemradio', { name: /^Qwen/ }).click();
    await expect.element(picker('Qwen 3 · 0.6B')).toBeVisible();
    await expect.element(messageField()).toHaveFocus();
    await ask('second');
    const about = page.getByRole('list', { name: 'About this answer' });
    await expect.element(about.nth(0)).toHaveTextContent('Guide');
    await expect.element(about.nth(1)).toHaveTextContent('Qwen 3 · 0.6B');
    expect(scripted.requests.at(-1)?.turns.map(({ content }) => content)).toContain('first');
    await picker('Qwen 3 · 0.6B').click();
    await expect.element(page.getByRole('menuitemradio', { name: /^Qwen.*100 tokens\/s in this chat/ })).toBeVisible();
  });

  it('leads to all models', async () => {
    const { app } = openProfile(3, { entries });
    await render(App, { app });
    await picker('Guide').click();
    await page.getByRole('menuitem', { name: 'More models…' }).click();
    await expect.element(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
  });

  it('does not change the model of an answer that is being written', async () => {
    const { app, scripted } = openProfile(100, { entries });
    scripted.delayMs = 10;
    await render(App, { app });
    await userEvent.fill(messageField(), 'long');
    await userEvent.keyboard('{Enter}');
    await expect.element(picker('Guide')).toBeDisabled();
    await page.getByRole('button', { name: 'Stop' }).click();
    await expect.element(picker('Guide')).toBeEnabled();
  });
});

describe('the empty chat', () => {
  it('offers larger models to someone who has none, by what fits', async () => {
    const { app, models } = openProfile(3, { entries: entries.filter(({ model }) => model.id !== 'qwen') });
    await render(App, { app });
    const offer = page.getByRole('link', { name: /Larger models answer better/ });
    await expect.element(offer).toHaveTextContent('Llama 3.2 · 1B, about 350 MB to download');
    models.change('llama', { stored: 'ready' });
    await expect.element(offer).not.toBeInTheDocument();
  });

  it.each([740, 640])('keeps the way to them in sight on a phone of 360 × %d', async (heightPx) => {
    await atStart(360, heightPx);
    const recommended = ['a', 'b', 'c'].map((id) => modelEntry(id, { isRecommended: true }));
    const { app } = openProfile(3, { entries: [guideEntry(), ...recommended] });
    await render(App, { app });
    const way = page.getByText('See what fits this device');
    await expect.element(way).toBeVisible();
    const stage = document.querySelector('.scroller')!.getBoundingClientRect();
    expect(way.element().getBoundingClientRect().bottom).toBeLessThan(stage.bottom - 16);
    // The page reads it, too: it is not closed in the middle of that.
    await app.chats.draft(null);
  });
});
