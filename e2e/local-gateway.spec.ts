import { expect, test } from './weft.fixture.ts';

/** As a program on a page of this origin asks. */
const ask = (body: object) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'weft-guide', max_tokens: 24, temperature: 0, ...body }),
});
const messages = [{ role: 'user', content: 'What is Weft?' }];

test('a page of this origin asks the model of this browser, whichever tab has it', async ({ page, context, open }) => {
  await open(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const other = await context.newPage();
  await open(other);

  const answer = await other.evaluate(async (init) => {
    const response = await fetch('/local/v1/chat/completions', init);
    return { status: response.status, json: (await response.json()) as unknown };
  }, ask({ messages }));
  expect(answer).toMatchObject({
    status: 200,
    json: {
      object: 'chat.completion',
      model: 'weft-guide',
      choices: [{ message: { role: 'assistant' } }],
    },
  });

  const streamed = await other.evaluate(
    async (init) => (await fetch('/local/v1/chat/completions', init)).text(),
    ask({ messages, stream: true }),
  );
  expect(streamed).toMatch(/^data: \{.*"role":"assistant"/);
  expect(streamed.trimEnd()).toMatch(/data: \[DONE\]$/);

  const models = await other.evaluate(async () => (await fetch('/local/v1/models')).json() as Promise<unknown>);
  expect(models).toMatchObject({ data: [{ id: 'weft-guide' }] });
});

test('the address bar is refused', async ({ page, open, origin }) => {
  await open(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const response = await page.goto(new URL('local/v1/models', origin).href);
  expect(response?.status()).toBe(403);
});

test('the server’s own endpoint stays the server’s', async ({ page, open }) => {
  await open(page);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
  const status = await page.evaluate(async () => (await fetch('/v1/models')).status);
  expect(status).not.toBe(200);
});
