import { answerText, ask, composer, expect, finished, startPageServer, test } from './weft.fixture.ts';

test('after one visit the page starts and answers with the server gone', async ({ context, page, allowedOrigins }) => {
  const server = await startPageServer();
  allowedOrigins.push(new URL(server.url).origin);
  await page.goto(server.url);
  await expect(composer(page)).toBeEnabled();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
  });
  // Ready means active; the files are stored before that.
  await server.close();
  await context.setOffline(true);
  await page.reload();
  await expect(composer(page)).toBeEnabled();
  await ask(page, 'What is Weft?');
  await finished(page);
  expect(await answerText(page)).toMatch(/GPU|browser|page/i);
});

test('the page can be installed', async ({ page, origin, open }) => {
  await open(page);
  const href = await page.locator('link[rel="manifest"]').getAttribute('href');
  const manifest = (await (await page.request.get(new URL(href ?? '', origin).href)).json()) as {
    name: string;
    start_url: string;
    display: string;
    icons: { src: string; sizes: string; purpose?: string }[];
  };
  expect(manifest).toMatchObject({ name: 'Weft', start_url: '/', display: 'standalone' });
  expect(manifest.icons.map((icon) => icon.sizes)).toEqual(expect.arrayContaining(['192x192', '512x512']));
  for (const icon of manifest.icons) {
    expect((await page.request.get(new URL(icon.src, origin).href)).status()).toBe(200);
  }
});
