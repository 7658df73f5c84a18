import type { Locator, Page } from 'playwright/test';
import { LLAMA, QWEN, TITLES } from './model-relay.fixture.ts';
import { startModelServer, type ModelServer } from './model-server.fixture.ts';
import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { answers, answerText, ask, composer, expect, finished, lastAnswer, test as base } from './weft.fixture.ts';

const test = base.extend<{ models: ModelServer }>({
  models: async ({ allowedOrigins }, use) => {
    const server = await startModelServer();
    allowedOrigins.push(new URL(server.url).origin);
    await use(server);
    await server.remove();
  },
});

const card = (page: Page, id: typeof QWEN | typeof LLAMA): Locator =>
  page.getByRole('article').filter({ has: page.getByRole('heading', { name: TITLES[id] }) });
const openModels = async (page: Page, url: string): Promise<void> => {
  await page.goto(`${url}#/models`);
  await expect(page.getByRole('heading', { name: 'Models', level: 1 })).toBeVisible();
};

test('a model of the relay is downloaded, answers, and answers again without a network', async ({ page, models }) => {
  await openModels(page, models.url);
  await card(page, QWEN)
    .getByRole('button', { name: /^Download/ })
    .click();
  await card(page, QWEN)
    .getByRole('button', { name: /^Use in chat/ })
    .click();
  await expect(composer(page)).toBeEnabled();
  await ask(page, 'hello');
  await finished(page);
  await expect(lastAnswer(page).getByRole('list', { name: 'About this answer' })).toContainText(TITLES[QWEN]);
  const first = await answerText(page);
  expect(first).not.toBe('');

  // The page is stored by now; from here on there is no server.
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  await models.stop();
  await page.reload();
  await expect(composer(page)).toBeEnabled();
  await ask(page, 'hello again');
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  expect(await answerText(page)).not.toBe('');
});

test('a download that a closed page cut off goes on where it was', async ({ context, page, models }) => {
  models.stall(/params_shard_2/);
  await openModels(page, models.url);
  await card(page, QWEN)
    .getByRole('button', { name: /^Download/ })
    .click();
  await expect.poll(() => models.requests.get(`${QWEN}/params_shard_2.bin`)).toBe(1);
  await expect.poll(() => models.requests.get(`${QWEN}/params_shard_1.bin`)).toBe(1);
  // What arrived is stored.
  await expect
    .poll(() =>
      page.evaluate(async () => (await (await caches.open('webllm/model')).keys()).map(({ url }) => url).join(' ')),
    )
    .toContain('params_shard_1.bin');
  await page.close();
  models.stall(null);

  const next = await context.newPage();
  await openModels(next, models.url);
  await expect(card(next, QWEN).getByRole('button', { name: /^Use in chat/ })).toBeVisible();
  expect(models.requests.get(`${QWEN}/params_shard_1.bin`)).toBe(1);
  expect(models.requests.get(`${QWEN}/params_shard_0.bin`)).toBe(1);
});

test('two tabs share one download and both see it end', async ({ context, page, models }) => {
  models.stall(/params_shard_1/);
  await openModels(page, models.url);
  const other = await context.newPage();
  await openModels(other, models.url);
  await card(page, QWEN)
    .getByRole('button', { name: /^Download/ })
    .click();
  await expect(card(other, QWEN).getByRole('button', { name: /^Pause/ })).toBeVisible();
  models.stall(null);
  for (const tab of [page, other]) {
    await expect(card(tab, QWEN).getByRole('button', { name: /^Use in chat/ })).toBeVisible();
  }
  for (const [name, count] of models.requests) {
    if (name.startsWith(QWEN) && name.includes('params_shard')) expect(count, name).toBe(1);
  }
});

test('a second answer comes from another model, beside the first', async ({ page, models }) => {
  await openModels(page, models.url);
  for (const id of [QWEN, LLAMA] as const) {
    await card(page, id)
      .getByRole('button', { name: /^Download/ })
      .click();
    await expect(card(page, id).getByRole('button', { name: /^Use in chat/ })).toBeVisible();
  }
  await card(page, QWEN)
    .getByRole('button', { name: /^Use in chat/ })
    .click();
  await expect(composer(page)).toBeEnabled();
  await ask(page, 'hello');
  await finished(page);
  await page.getByRole('button', { name: /^Model/ }).click();
  await page.getByRole('menuitemradio', { name: new RegExp(TITLES[LLAMA]) }).click();
  await ask(page, 'and you?');
  await expect(answers(page)).toHaveCount(2);
  await finished(page);
  await expect(lastAnswer(page).getByRole('list', { name: 'About this answer' })).toContainText(TITLES[LLAMA]);
});

test('the models page passes the accessibility checks in both themes and fits 360 pixels', async ({ page, models }) => {
  await openModels(page, models.url);
  await expect(card(page, QWEN)).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await expectAccessible(page, colorScheme);
  }
  await page.setViewportSize({ width: 360, height: 740 });
  await expectNoOverflow(page);
});
