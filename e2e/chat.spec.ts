import { answers, answerText, ask, begun, composer, expect, finished, lastAnswer, test } from './weft.fixture.ts';
import type { Page } from 'playwright/test';

/** Makes answers long: at the highest temperature the guide rarely finds its end token. */
async function ramble(page: Page): Promise<void> {
  await page.getByRole('button', { name: 'Chat settings' }).click();
  const dialog = page.getByRole('dialog', { name: 'Chat settings' });
  await dialog.getByRole('textbox', { name: /^Temperature/ }).fill('2');
  await dialog.getByRole('textbox', { name: /^Longest answer/ }).fill('400');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog).toBeHidden();
}

test('a fresh page answers the first question, and the next one with the model that is there', async ({
  page,
  open,
}) => {
  const loads: string[] = [];
  page.on('request', (request) => {
    if (request.url().includes('/params_shard')) loads.push(request.url());
  });
  await open(page);
  await ask(page, 'What is Weft?');
  await expect(lastAnswer(page).locator('.prose')).toContainText(/\w/, { timeout: 60_000 });
  await finished(page);
  const loadCount = loads.length;
  expect(loadCount).toBeGreaterThan(0);
  expect(await answerText(page)).toMatch(/GPU|browser|page/i);

  await ask(page, 'Who can read my chats?');
  await finished(page);
  const figures = lastAnswer(page).getByRole('list', { name: 'About this answer' });
  await expect(figures).toContainText('Local');
  await expect(answers(page)).toHaveCount(2);
  await expect(figures).toContainText(/first word after [\d.]+ s/);
  await expect(figures).toContainText(/[\d.]+ tokens\/s/);
  expect(loads).toHaveLength(loadCount);
});

test('Escape stops at once and keeps the text; it can go on from there', async ({ page, open }) => {
  await open(page);
  await ask(page, 'hello');
  await finished(page);
  await ramble(page);
  await ask(page, 'Which browsers work?');
  await begun(page, 1);
  await page.keyboard.press('Escape');
  await expect(lastAnswer(page)).toContainText('You stopped this answer');
  const kept = await answerText(page);
  expect(kept.length).toBeGreaterThan(2);
  await page.waitForTimeout(500);
  expect(await answerText(page)).toBe(kept);

  await page.reload();
  await expect(lastAnswer(page)).toContainText('You stopped this answer');
  expect(await answerText(page)).toBe(kept);
  await lastAnswer(page).getByRole('button', { name: 'Continue' }).click();
  await expect(lastAnswer(page)).not.toContainText('You stopped this answer');
  await finished(page);
  const whole = await answerText(page);
  expect(whole.startsWith(kept)).toBe(true);
});

test('a reload in the middle of an answer keeps what was written', async ({ page, open }) => {
  await open(page);
  await ask(page, 'hello');
  await finished(page);
  await ramble(page);
  await ask(page, 'What is a relay?');
  await begun(page, 1);
  const before = await answerText(page);
  await page.reload();
  await expect(lastAnswer(page)).toContainText('Weft was closed before this answer was finished');
  const after = await answerText(page);
  // At most the last fifth of a second is lost.
  expect(after.length).toBeGreaterThan(0);
  expect(before.startsWith(after) || after.startsWith(before)).toBe(true);
  await expect(lastAnswer(page).getByRole('button', { name: 'Continue' })).toBeVisible();
});

test('an unsent text survives a reload', async ({ page, open }) => {
  await open(page);
  await composer(page).fill('half a thought');
  await page.waitForTimeout(600);
  await page.reload();
  await expect(composer(page)).toHaveValue('half a thought');
});

test('editing and asking again keep every version', async ({ page, open }) => {
  await open(page);
  await ask(page, 'What is Weft?');
  await finished(page);
  await lastAnswer(page).getByRole('button', { name: 'Write another answer' }).click();
  await finished(page);
  await expect(lastAnswer(page).getByRole('group', { name: '2 answers' })).toContainText('2/2');
  await lastAnswer(page).getByRole('button', { name: 'Previous answer' }).click();
  await expect(lastAnswer(page)).toContainText('1/2');

  await composer(page).press('ArrowUp');
  const field = page.getByRole('textbox', { name: 'Edit your question' });
  await field.fill('What is WebGPU?');
  await field.press('Enter');
  await finished(page);
  await expect(page.locator('article.question')).toContainText('What is WebGPU?');
  await expect(page.getByRole('group', { name: '2 wordings' })).toContainText('2/2');
  await page.getByRole('button', { name: 'Previous wording' }).click();
  await expect(page.locator('article.question')).toContainText('What is Weft?');
});

test('chats are titled, found, renamed, deleted and brought back', async ({ page, open }) => {
  await open(page);
  await ask(page, 'Which browsers work?');
  await finished(page);
  const list = page.getByRole('navigation', { name: 'Chats' });
  await expect(list.getByRole('link', { name: /Which browsers work/ })).toBeVisible();
  await page.keyboard.press('Control+Shift+O');
  await ask(page, 'How do I stop an answer?');
  await finished(page);

  await page
    .getByRole('searchbox', { name: 'Search chats' })
    .or(page.getByRole('textbox', { name: 'Search chats' }))
    .fill('BROWSERS work');
  await expect(list.getByRole('link', { name: /browsers work/ }).first()).toBeVisible();
  await expect(list.getByRole('link', { name: /stop an answer/ })).toHaveCount(0);
  await list.getByRole('link').first().click();
  await expect(page.locator('article.question')).toContainText('Which browsers work?');
  await page.getByRole('button', { name: 'Clear the search' }).click();

  await page.getByRole('button', { name: 'Actions for this chat' }).click();
  await page.getByRole('menuitem', { name: 'Rename' }).click();
  await page.getByRole('textbox', { name: /Title of the chat/ }).fill('Browsers');
  await page.keyboard.press('Enter');
  await expect(list.getByRole('link', { name: 'Browsers', exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Actions for this chat' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(list.getByRole('link', { name: 'Browsers', exact: true })).toBeHidden();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(list.getByRole('link', { name: 'Browsers', exact: true })).toBeVisible();
});

test('a chat leaves as a file and comes back as another chat', async ({ page, open }) => {
  await open(page);
  await ask(page, 'What is Weft?');
  await finished(page);
  await page.getByRole('button', { name: 'Actions for this chat' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Save as JSON' }).click();
  const path = await (await download).path();
  await page.getByLabel('File with exported chats').setInputFiles({
    name: 'chat.json',
    mimeType: 'application/json',
    buffer: await import('node:fs/promises').then((fs) => fs.readFile(path)),
  });
  await expect(page.getByRole('navigation', { name: 'Chats' }).getByRole('link', { name: /What is Weft/ })).toHaveCount(
    2,
  );
});
