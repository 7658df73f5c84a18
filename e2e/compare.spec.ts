import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import AxeBuilder from '@axe-core/playwright';
import type { Locator, Page } from 'playwright/test';
import { createRelayApp } from '../relay-server/app.ts';
import { listen } from '../relay-server/listen.ts';
import { openModelFolder } from '../relay-server/model-folder.ts';
import { writeRandomModel } from './random-model.fixture.ts';
import { answers, answerText, ask, composer, expect, finished, lastAnswer, test as base } from './weft.fixture.ts';

/** As the page calls them. */
const QWEN = 'tiny qwen2';
const LLAMA = 'tiny llama';

const test = base.extend<{ url: string }>({
  url: async ({ allowedOrigins }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-models-'));
    await writeRandomModel(folder, { id: 'tiny-qwen2-q4f32_1', family: 'qwen2', quantization: 'q4f32_1', seed: 5 });
    await writeRandomModel(folder, { id: 'tiny-llama-q4f32_1', family: 'llama', quantization: 'q4f32_1', seed: 6 });
    const app = createRelayApp(
      { pageFolder: fileURLToPath(new URL('../dist/', import.meta.url)), version: 'test' },
      { models: await openModelFolder({ folder }, { warn: () => undefined, nowMs: () => performance.now() }) },
    );
    const server = await listen(app, { host: '127.0.0.1', port: null });
    allowedOrigins.push(new URL(server.url).origin);
    await use(server.url);
    await server.close();
    await rm(folder, { recursive: true });
  },
});

const column = (page: Page, name: string): Locator => page.getByRole('group', { name });
const textOf = async (answer: Locator): Promise<string> =>
  (await answer.locator('.prose').allInnerTexts()).join('\n').trim();

test('two models answer one question side by side, and the chat goes on with the one that is kept', async ({
  page,
  url,
}) => {
  await page.goto(`${url}#/models`);
  for (const title of [LLAMA, QWEN]) {
    const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: title }) });
    await card.getByRole('button', { name: /^Download/ }).click();
    await expect(card.getByRole('button', { name: /^Use in chat/ })).toBeVisible();
  }
  await page.getByRole('button', { name: `Use in chat : ${QWEN}` }).click();
  await expect(composer(page)).toBeEnabled();
  await ask(page, 'hello');
  await finished(page);
  const first = await answerText(page);
  expect(first).not.toBe('');

  await page.getByRole('button', { name: 'Answer again with…' }).click();
  await expect(page.getByRole('menuitem')).toHaveText([QWEN, /./, /./]);
  await page.getByRole('menuitem', { name: LLAMA }).click();
  const sideBySide = page.getByRole('button', { name: 'Side by side' });
  await sideBySide.click();
  const ofQwen = column(page, `${QWEN} 1 of 2`);
  const ofLlama = column(page, `${LLAMA} 2 of 2`);
  expect(await textOf(ofQwen)).toBe(first);
  await expect(ofLlama.getByRole('list', { name: 'About this answer' })).toBeVisible({ timeout: 60_000 });
  const second = await textOf(ofLlama);
  expect(second).not.toBe('');
  expect(second).not.toBe(first);

  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations).toEqual([]);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  // The narrow layout comes with the next frame.
  await expect
    .poll(() => page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth))
    .toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1280, height: 720 });

  await ofQwen.getByRole('button', { name: /^Keep this one/ }).click();
  await expect(sideBySide).toHaveAttribute('aria-pressed', 'false');
  await expect(lastAnswer(page).getByRole('list', { name: 'About this answer' })).toContainText(QWEN);
  expect(await answerText(page)).toBe(first);
  await ask(page, 'and then?');
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  await page.reload();
  await expect(answers(page)).toHaveCount(2);
  expect(await textOf(answers(page).first())).toBe(first);
  await expect(answers(page).first()).toContainText('1/2');
});
