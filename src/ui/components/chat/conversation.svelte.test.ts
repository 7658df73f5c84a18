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

const scroller = (): HTMLElement => document.querySelector<HTMLElement>('.scroller')!;
const rest = (): number => scroller().scrollHeight - scroller().clientHeight - scroller().scrollTop;
const jump = () => page.getByRole('button', { name: 'Jump to latest' });
const finished = () => page.getByRole('list', { name: 'About this answer' });

async function ask(text: string): Promise<void> {
  await userEvent.fill(messageField(), text);
  await userEvent.keyboard('{Enter}');
}

describe('Conversation', () => {
  it('stays at the end while an answer grows', async () => {
    const { app } = openProfile(250);
    await render(App, { app });
    await ask('grow');
    await vi.waitUntil(() => scroller().scrollHeight > scroller().clientHeight + 100, { timeout: 20_000 });
    for (let look = 0; look < 5; look += 1) {
      expect(rest()).toBeLessThan(60);
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await expect.element(jump()).not.toBeInTheDocument();
  });

  it('stays where the person scrolled to, and offers the way down', async () => {
    await atStart(480, 480);
    const { app, scripted } = openProfile(250);
    scripted.delayMs = 12;
    await render(App, { app });
    await ask('stay');
    await vi.waitUntil(() => scroller().scrollHeight > scroller().clientHeight + 200, { timeout: 20_000 });
    scroller().scrollBy({ top: -120, behavior: 'instant' });
    await expect.element(jump()).toBeVisible();
    const topPx = scroller().scrollTop;
    const heightPx = scroller().scrollHeight;
    await vi.waitUntil(() => scroller().scrollHeight > heightPx + 40, { timeout: 20_000 });
    expect(Math.abs(scroller().scrollTop - topPx)).toBeLessThan(3);
    await jump().click();
    await vi.waitUntil(() => rest() < 60);
    await expect.element(jump()).not.toBeInTheDocument();
  });

  it('shows a question at the end even when the person had scrolled up', async () => {
    const { app } = openProfile(250);
    await render(App, { app });
    await ask('one');
    await expect.element(finished(), { timeout: 20_000 }).toBeVisible();
    scroller().scrollTo({ top: 0, behavior: 'instant' });
    await expect.element(jump()).toBeVisible();
    await ask('two');
    await vi.waitUntil(() => rest() < 60);
  });

  it('says what is waited for where the tab that holds the model is silent', async () => {
    const { app, scripted } = openProfile(250);
    scripted.delayMs = 20;
    const state = { ...app.engine.state, current: { ...app.engine.state.current, isLeaderSilent: true } };
    await render(App, { app: { ...app, engine: { ...app.engine, state } } });
    await ask('hello?');
    await expect.element(page.getByText('Another tab holds the model and does not answer')).toBeVisible();
  });

  it('says what an answer took and where it was computed', async () => {
    const { app } = openProfile(12);
    await render(App, { app });
    await ask('figures');
    await expect
      .element(finished())
      .toHaveTextContent(/Local.*100 tokens\/s.*first word after 0\.1 s.*12 tokens.*finished/s);
    await expect.element(page.getByRole('meter', { name: 'Room in this chat' })).toHaveTextContent('22 / 1,024');
  });

  it('announces the finished answer once, as a whole', async () => {
    const { app } = openProfile(4);
    await render(App, { app });
    const spoken: string[] = [];
    const region = [...document.querySelectorAll<HTMLElement>('[role="status"].visually-hidden')][0]!;
    const observer = new MutationObserver(() => spoken.push(region.textContent.trim()));
    observer.observe(region, { childList: true, characterData: true, subtree: true });
    await ask('speak');
    await expect.element(finished()).toBeVisible();
    await vi.waitUntil(() => spoken.some((text) => text.startsWith('Answer:')));
    observer.disconnect();
    expect(spoken.filter((text) => text.startsWith('Answer:'))).toEqual(['Answer: speak-0 speak-1 speak-2 speak-3']);
    expect(spoken.filter((text) => text.includes('speak-1')).length).toBe(1);
  });

  it('shows a failure as cause and action, and writes the answer on a retry', async () => {
    const { app, scripted } = openProfile(6);
    scripted.failNext(
      new WeftError('engine/out-of-memory', 'The GPU has no memory left for this answer.', {
        hints: ['Close other programs that use the GPU.', 'Start a new chat.'],
        retryable: true,
      }),
      2,
    );
    await render(App, { app });
    await ask('fail');
    const problem = page.getByRole('group', { name: 'Problem' });
    await expect.element(problem).toHaveTextContent('The GPU has no memory left for this answer.');
    await expect.element(problem.getByText('Close other programs that use the GPU.')).toBeVisible();
    await expect.element(page.getByText('engine/out-of-memory')).not.toBeVisible();
    await problem.getByRole('button', { name: 'Try again' }).click();
    await expect.element(page.getByRole('log')).toHaveTextContent('fail-5');
    await expect.element(problem).not.toBeInTheDocument();
  });

  it('writes another answer beside the first and switches between them', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await ask('again');
    await expect.element(finished()).toBeVisible();
    await page.getByRole('button', { name: 'Write another answer' }).click();
    await expect.element(page.getByText('2/2')).toBeVisible();
    await expect.element(finished()).toBeVisible();
    await page.getByRole('button', { name: 'Previous answer' }).click();
    await expect.element(page.getByText('1/2')).toBeVisible();
  });

  it('deletes a message with a way back', async () => {
    const { app } = openProfile(3);
    await render(App, { app });
    await ask('delete me');
    await expect.element(finished()).toBeVisible();
    await page.getByRole('button', { name: 'Delete from here on' }).last().click();
    await expect.element(finished()).not.toBeInTheDocument();
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect.element(finished()).toBeVisible();
  });

  it('explains at full size what keeps the model from running, and keeps chats readable', async () => {
    const { app } = openProfile(3);
    const { conversationId } = await app.ask.send(null, 'before');
    await vi.waitUntil(() => app.ask.live(conversationId).current === null, { timeout: 20_000 });
    const { blob } = await app.chats.exportAll();

    const blocked = openProfile(3);
    const report = await blocked.app.chats.importFile(blob);
    blocked.scripted.engine.load = () =>
      Promise.reject(
        new WeftError('engine/no-webgpu', 'This browser does not offer WebGPU.', {
          hints: ['Open this page in Chrome.'],
        }),
      );
    await render(App, { app: blocked.app });
    await expect.element(page.getByRole('heading', { name: 'This browser cannot compute answers' })).toBeVisible();
    await expect.element(page.getByText('Open this page in Chrome.')).toBeVisible();
    await expect.element(messageField()).toBeDisabled();
    location.hash = `#/c/${report.chatIds[0] ?? ''}`;
    await expect.element(page.getByRole('log')).toHaveTextContent('before-2');
    await expect.element(page.getByRole('button', { name: 'Write another answer' })).not.toBeInTheDocument();
  });

  it('offers a waiting version and can put it off', async () => {
    const { app, updates, offerUpdate } = openProfile(3);
    await render(App, { app });
    offerUpdate();
    await page.getByRole('button', { name: 'Reload' }).click();
    expect(updates.accepted).toBe(1);
    await page.getByRole('button', { name: 'Later' }).click();
    await expect.element(page.getByText('A new version is ready.')).not.toBeInTheDocument();
  });
});
