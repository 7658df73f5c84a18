import { QWEN } from './model-relay.fixture.ts';
import { startModelServer, type ModelServer } from './model-server.fixture.ts';
import { startPlainBrowser, type PlainBrowser, type PlainTab } from './plain-browser.fixture.ts';
import { expect, test as base } from './weft.fixture.ts';

const test = base.extend<{ models: ModelServer; browserOfPerson: PlainBrowser }>({
  models: async ({ browserName: _ }, use) => {
    const server = await startModelServer();
    await use(server);
    await server.remove();
  },
  browserOfPerson: async ({ browserName: _ }, use) => {
    const browser = await startPlainBrowser();
    await use(browser);
    await browser.close();
  },
});

const visibility = (tab: PlainTab) => tab.evaluate(() => document.visibilityState);

async function hide(tab: PlainTab, browser: PlainBrowser): Promise<void> {
  await (await browser.open('about:blank')).activate();
  await expect.poll(() => visibility(tab)).toBe('hidden');
}

async function ask(tab: PlainTab, question: string): Promise<void> {
  const focus = () =>
    tab.evaluate(() => {
      const field = document.querySelector<HTMLTextAreaElement>('textarea:enabled');
      field?.focus();
      return field !== null;
    });
  await expect.poll(focus).toBe(true);
  await tab.send('Input.insertText', { text: question });
  await tab.click(/^Send/u);
}

test('a download goes on while the tab is hidden', async ({ models, browserOfPerson }) => {
  models.stall(/params_shard_2/u);
  const tab = await browserOfPerson.open(`${models.url}#/models`);
  await tab.click(/^Download\s*: tiny qwen2/u);
  await expect.poll(() => models.requests.get(`${QWEN}/params_shard_2.bin`)).toBe(1);
  await hide(tab, browserOfPerson);
  models.stall(null);
  await tab.shows(/tiny qwen2 is ready/u);
  expect(await visibility(tab)).toBe('hidden');
});

test('an answer is written to its end while the tab is hidden', async ({ models, browserOfPerson }) => {
  const tab = await browserOfPerson.open(models.url);
  await ask(tab, 'What is Weft?');
  await hide(tab, browserOfPerson);
  await tab.shows(/first word after/u);
  expect(await visibility(tab)).toBe('hidden');
  expect(await tab.evaluate(() => document.querySelector('article.answer .prose')?.textContent ?? '')).toMatch(
    /\w{3}/u,
  );
});

test('a download that finds no room says so, and goes on when there is some', async ({ models, browserOfPerson }) => {
  models.stall(/params_shard_2/u);
  const tab = await browserOfPerson.open(`${models.url}#/models`);
  // What the page itself stores is there before the room is measured out.
  await tab.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  await tab.click(/^Download\s*: tiny qwen2/u);
  await expect.poll(() => models.requests.get(`${QWEN}/params_shard_2.bin`)).toBe(1);
  const { origin } = new URL(models.url);
  await tab.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: 1 });
  models.stall(null);
  await tab.shows(/There is no room for params_shard_2\.bin/u);
  await tab.shows(/Delete a model or free space/u);
  await tab.send('Storage.overrideQuotaForOrigin', { origin });
  await tab.click(/^Try again/u);
  await tab.shows(/tiny qwen2 is ready/u);
  expect(models.requests.get(`${QWEN}/params_shard_1.bin`)).toBe(1);
});
