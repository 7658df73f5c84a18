import { answers, answerText, ask, begun, composer, expect, finished, lastAnswer, test } from './weft.fixture.ts';

test('a second tab works through the first and takes over when it closes', async ({ context, page, open }) => {
  await open(page);
  await ask(page, 'hello');
  await finished(page);

  const second = await context.newPage();
  await open(second);
  await ask(second, 'What is Weft?');
  await finished(second);
  expect(await answerText(second)).toMatch(/\w{3}/);
  // Both tabs show both chats.
  await expect(page.getByRole('navigation', { name: 'Chats' }).getByRole('link')).toHaveCount(2);

  await page.close();
  await ask(second, 'Which browsers work?');
  await finished(second);
  await expect(answers(second)).toHaveCount(2);
});

test('an answer goes on when the leading tab closes in the middle of it', async ({ context, page, open }) => {
  await open(page);
  await ask(page, 'hello');
  await finished(page);
  const second = await context.newPage();
  await open(second);
  await second.getByRole('button', { name: 'Chat settings' }).click();
  const dialog = second.getByRole('dialog', { name: 'Chat settings' });
  await dialog.getByRole('textbox', { name: /^Temperature/ }).fill('2');
  await dialog.getByRole('textbox', { name: /^Longest answer/ }).fill('200');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await ask(second, 'What is a relay?');
  await begun(second, 0);
  const before = await answerText(second);
  await page.close();
  await expect(lastAnswer(second)).toHaveAttribute('aria-busy', 'true', { timeout: 1_000 });
  await finished(second);
  const whole = await answerText(second);
  expect(whole.length).toBeGreaterThan(before.length);
  expect(whole.startsWith(before)).toBe(true);
  await expect(lastAnswer(second)).not.toContainText(/closed before|stopped/);
  await expect(composer(second)).toBeEnabled();
});
