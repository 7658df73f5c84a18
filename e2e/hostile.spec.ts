import { chromium } from 'playwright';
import { chromiumArguments, findChromium } from '../tools/chromium.ts';
import { composer, expect, lastAnswer, test } from './weft.fixture.ts';

const HOSTILE = [
  '<script>window.pwned = 1</script>',
  '<img src=x onerror="window.pwned = 2">',
  '<svg onload="window.pwned = 3"><a xlink:href="javascript:window.pwned=4">x</a></svg>',
  '[click me](javascript:window.pwned=5)',
  '[and me](data:text/html,<script>window.pwned=6</script>)',
  '![tracker](https://tracker.example/pixel.png)',
  '<iframe src="https://tracker.example/"></iframe><form action="https://tracker.example/"><input name=a></form>',
  '<a href="https://example.org/" onclick="window.pwned = 7" style="position:fixed;inset:0">fine print</a>',
  '<div id="app" name="body">clobber</div><style>*{display:none}</style>',
  '$$\\href{javascript:window.pwned=8}{x}$$',
  '```html\n<script>window.pwned = 9</script>\n```',
  '```constructor\nnot a language\n```',
  '[an honest link](https://example.org/page)',
  `${'<sub>'.repeat(300)}deep${'</sub>'.repeat(300)}`,
  'The end is **here**.',
].join('\n\n');

test('a hostile answer does nothing but show its text', async ({ page, open }) => {
  await open(page);
  const message = {
    parentId: null,
    createdAtMs: 1,
    state: 'complete',
    error: null,
    finish: 'stop',
    stats: null,
    commitment: null,
    modelId: null,
  };
  await page.getByLabel('File with exported chats').setInputFiles({
    name: 'chat.json',
    mimeType: 'application/json',
    buffer: Buffer.from(JSON.stringify(hostileExport(message))),
  });
  await page
    .getByRole('navigation', { name: 'Chats' })
    .getByRole('link', { name: /Hostile/ })
    .click();
  const answer = lastAnswer(page);
  await expect(answer).toContainText('The end is here.');
  await expect(answer.locator('script, img, svg[onload], iframe, form, style, object, embed')).toHaveCount(0);
  await expect(answer.getByRole('link', { name: 'an honest link' })).toHaveAttribute(
    'href',
    'https://example.org/page',
  );
  for (const link of await answer.locator('.prose a').all()) {
    expect(await link.getAttribute('href')).toMatch(/^(https?:|mailto:)/);
    expect(await link.getAttribute('rel')).toContain('noopener');
    await link.evaluate((element) => element.addEventListener('click', (event) => event.preventDefault()));
    await link.click({ timeout: 2_000 });
  }
  expect(
    await answer.evaluate(
      (element) => element.querySelectorAll('[onclick],[onerror],[onload],[style*="fixed"]').length,
    ),
  ).toBe(0);
  expect(await page.evaluate(() => (window as unknown as { pwned?: number }).pwned)).toBeUndefined();
  await expect(composer(page)).toBeVisible();
});

/** An export as the page writes it, around one question and one answer. */
function hostileExport(message: object): object {
  return {
    format: 'weft-chats',
    version: 1,
    exportedAtMs: 1,
    chats: [
      {
        conversation: {
          id: 'c',
          title: 'Hostile',
          titleSource: 'user',
          createdAtMs: 1,
          updatedAtMs: 1,
          pinned: false,
          archived: false,
          deletedAtMs: null,
          leafId: 'a',
          modelId: null,
          settings: { systemPrompt: null, sampling: {} },
          draft: '',
        },
        messages: [
          { ...message, id: 'q', conversationId: 'c', role: 'user', text: HOSTILE },
          { ...message, id: 'a', conversationId: 'c', parentId: 'q', role: 'assistant', text: HOSTILE },
        ],
      },
    ],
  };
}

test('without a GPU the page says why and what to do, and nothing is lost', async ({ origin }) => {
  // The same browser without the flags that give it a software GPU.
  const browser = await chromium.launch({
    executablePath: findChromium().path,
    args: chromiumArguments().filter((flag) => !flag.includes('webgpu')),
  });
  const page = await browser.newPage();
  await page.goto(origin);
  await expect(composer(page)).toBeVisible();
  await expect(page.getByText(/no GPU that it can use|does not offer WebGPU/).first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/hardware|chrome:\/\/flags|acceleration/i).first()).toBeVisible();
  await browser.close();
});
