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
  modelEntry('qwen', { stored: 'ready' }, { title: 'Qwen 3 · 0.6B' }),
  modelEntry('arctic', { stored: 'ready' }, { title: 'Arctic', features: ['embedding'] }),
  guideEntry(),
];
const again = () => page.getByRole('button', { name: 'Answer again with…' });
const sideBySide = () => page.getByRole('button', { name: 'Side by side' });
const column = (name: string) => page.getByRole('group', { name });
const figures = () => page.getByRole('list', { name: 'About this answer' });

async function ask(text: string): Promise<void> {
  await userEvent.fill(messageField(), text);
  await userEvent.keyboard('{Enter}');
  await expect.element(figures().last()).toBeVisible();
}

async function answerAgainWith(title: string): Promise<void> {
  await again().click();
  await page.getByRole('menuitem', { name: title }).click();
}

describe('answering again', () => {
  it('offers every model that can answer, the one that wrote this answer first, by keyboard', async () => {
    const { app, scripted } = openProfile(3, { entries });
    await render(App, { app });
    await ask('who');
    again().element().focus();
    await userEvent.keyboard('{Enter}');
    await expect.element(page.getByRole('menu', { name: 'Answer again with…' })).toBeVisible();
    expect(
      page
        .getByRole('menuitem')
        .elements()
        .map(({ textContent }) => textContent.trim()),
    ).toEqual(['Guide', 'Qwen 3 · 0.6B']);
    await userEvent.keyboard('{ArrowDown}{Enter}');
    await expect.element(page.getByText('2/2')).toBeVisible();
    await expect.element(figures()).toHaveTextContent('Qwen 3 · 0.6B');
    await expect.element(messageField()).toHaveFocus();
    expect(scripted.requests.map(({ model }) => model.id)).toEqual(['guide', 'qwen']);
    // The next answer is by the chosen model still.
    await expect.element(page.getByRole('button', { name: 'Model: Guide' })).toBeVisible();
  });

  it('asks nothing where one model is here', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await ask('who');
    await page.getByRole('button', { name: 'Write another answer' }).click();
    await expect.element(page.getByText('2/2')).toBeVisible();
  });
});

describe('side by side', () => {
  it('is offered once there are two answers', async () => {
    const { app } = openProfile(3, { entries });
    await render(App, { app });
    await ask('one');
    await expect.element(sideBySide()).not.toBeInTheDocument();
    await answerAgainWith('Qwen 3 · 0.6B');
    await expect.element(sideBySide()).toHaveAttribute('aria-pressed', 'false');
  });

  it('shows both answers with their models and figures, and goes on with the one that is kept', async () => {
    const { app, scripted } = openProfile(3, { entries });
    await render(App, { app });
    await ask('pair');
    await answerAgainWith('Qwen 3 · 0.6B');
    await sideBySide().click();
    await expect.element(sideBySide()).toHaveFocus();
    await expect.element(sideBySide()).toHaveAttribute('aria-pressed', 'true');
    for (const name of ['Guide 1 of 2', 'Qwen 3 · 0.6B 2 of 2']) {
      await expect.element(column(name)).toHaveTextContent(/pair-0 pair-1 pair-2.*100 tokens\/s.*finished/s);
    }
    await expect.element(column('Qwen 3 · 0.6B 2 of 2')).toHaveTextContent('In this chat');
    const [left, right] = ['Guide 1 of 2', 'Qwen 3 · 0.6B 2 of 2'].map((name) =>
      column(name).element().getBoundingClientRect(),
    );
    expect(right!.left).toBeGreaterThan(left!.right);
    expect(right!.top).toBe(left!.top);

    await page.getByRole('button', { name: /^Keep this one.*Guide/ }).click();
    await expect.element(page.getByText('1/2')).toBeVisible();
    await expect.element(sideBySide()).toHaveAttribute('aria-pressed', 'false');
    await expect.element(messageField()).toHaveFocus();
    await expect.element(figures()).toHaveTextContent('Guide');
    await ask('next');
    await expect.element(figures().nth(1)).toBeVisible();
    expect(scripted.requests.at(-1)?.turns.map(({ content }) => content)).toContain('pair');
  });

  it('lets an answer grow in its column beside the finished one', async () => {
    const { app, scripted } = openProfile(60, { entries });
    await render(App, { app });
    await ask('grow');
    await answerAgainWith('Guide');
    await expect.element(figures()).toBeVisible();
    await sideBySide().click();
    scripted.delayMs = 20;
    await answerAgainWith('Qwen 3 · 0.6B');
    const growing = column('Qwen 3 · 0.6B 3 of 3');
    await expect.element(growing).toHaveTextContent(/grow-3/);
    expect(growing.element().textContent).not.toContain('grow-59');
    await expect.element(column('Guide 2 of 3')).toHaveTextContent('grow-59');
    await expect.element(page.getByRole('button', { name: /^Keep this one/ })).toBeDisabled();
    scripted.delayMs = 1;
    await expect.element(growing).toHaveTextContent('grow-59');
    await expect.element(page.getByRole('button', { name: /^Keep this one.*Qwen/ })).toBeEnabled();
  });

  it('shows two long answers from their beginnings', async () => {
    await atStart(1280, 480);
    const { app } = openProfile(200, { entries });
    await render(App, { app });
    await ask('long');
    await answerAgainWith('Qwen 3 · 0.6B');
    await expect.element(figures()).toBeVisible();
    await sideBySide().click();
    for (const name of ['Guide', 'Qwen 3 · 0.6B']) {
      await expect.element(page.getByRole('heading', { name, level: 3 })).toBeInViewport({ ratio: 1 });
    }
    await expect.element(column('Guide 1 of 2').getByText(/long-0/)).toBeInViewport();
  });

  it('puts the answers below one another where there is no room', async () => {
    await atStart(360, 740);
    const { app } = openProfile(3, { entries });
    await render(App, { app });
    await ask('narrow');
    await answerAgainWith('Qwen 3 · 0.6B');
    await sideBySide().click();
    await expect.element(column('Qwen 3 · 0.6B 2 of 2')).toBeVisible();
    const [first, second] = ['Guide 1 of 2', 'Qwen 3 · 0.6B 2 of 2'].map((name) =>
      column(name).element().getBoundingClientRect(),
    );
    expect(second!.top).toBeGreaterThan(first!.bottom);
    expect(first!.right).toBeLessThanOrEqual(360);
  });
});
