import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { answerText, ask, composer, expect, finished, test } from './weft.fixture.ts';

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every state passes the accessibility rules in ${colorScheme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await open(page);
    await expectAccessible(page, 'empty');
    await ask(page, 'What is Weft?');
    await finished(page);
    await expectAccessible(page, 'answered');
    await page.getByRole('button', { name: 'Chat settings' }).click();
    await expectAccessible(page, 'settings');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Actions for this chat' }).click();
    await expectAccessible(page, 'menu');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
    await expectAccessible(page, 'shortcuts');
  });
}

test('everything fits into 360 pixels', async ({ page, open }) => {
  await page.setViewportSize({ width: 360, height: 640 });
  await open(page);
  await expectNoOverflow(page);
  await ask(page, 'Which browsers work?');
  await finished(page);
  await expectNoOverflow(page);
  await page.getByRole('button', { name: 'Show the list of chats' }).click();
  await expect(page.getByRole('link', { name: /Which browsers work/ })).toBeVisible();
  await expectNoOverflow(page);
  await expectAccessible(page, 'drawer');
  await page.keyboard.press('Escape');
  await expect(composer(page)).toBeVisible();
});

test('a chat can be had without a mouse', async ({ page, open }) => {
  await open(page);
  await expect(composer(page)).toBeFocused();
  await page.keyboard.type('line one');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('line two');
  await expect(composer(page)).toHaveValue('line one\nline two');
  await page.keyboard.press('Enter');
  await finished(page);
  await expect(composer(page)).toBeFocused();
  expect(await answerText(page)).not.toBe('');
  await page.keyboard.press('Control+k');
  await expect(page.getByLabel('Search chats')).toBeFocused();
  await page.keyboard.press('Escape');
  await composer(page).press('Tab');
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toBeVisible();
});
