import type { Locator, Page } from 'playwright/test';
import { listen } from '../relay-server/listen.ts';
import { createModelRelay, LLAMA as LLAMA_ID, QWEN as QWEN_ID, TITLES } from './model-relay.fixture.ts';
import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { answers, answerText, ask, composer, expect, finished, lastAnswer, test as base } from './weft.fixture.ts';

const QWEN = TITLES[QWEN_ID];
const LLAMA = TITLES[LLAMA_ID];

const test = base.extend<{ url: string }>({
  url: async ({ allowedOrigins }, use) => {
    const { app, remove } = await createModelRelay();
    const server = await listen(app, { host: '127.0.0.1', port: null });
    allowedOrigins.push(new URL(server.url).origin);
    await use(server.url);
    await server.close();
    await remove();
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
    await expectAccessible(page, `side by side, ${colorScheme}`);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoOverflow(page);
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
