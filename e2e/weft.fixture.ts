import { fileURLToPath } from 'node:url';
import { expect, test as base, type Locator, type Page } from 'playwright/test';
import { createRelayApp } from '../relay-server/app.ts';
import { listen, type Listening } from '../relay-server/listen.ts';

/** A relay over the built page, as `npm start` runs it. */
export async function startPageServer(port: number | null = null): Promise<Listening> {
  const app = createRelayApp({ pageFolder: fileURLToPath(new URL('../dist/', import.meta.url)), version: 'test' });
  return listen(app, { host: '127.0.0.1', port });
}

interface Fixtures {
  /** The served page's address. */
  readonly origin: string;
  /** Origins that may be asked: the page's own; a test with a server of its own adds it. */
  readonly allowedOrigins: string[];
  /** Opens the chat and waits until a message can be written. */
  readonly open: (page: Page, path?: string) => Promise<void>;
}

/** Every test also asserts that no other origin was asked for anything, and that the page threw nothing. */
export const test = base.extend<Fixtures & { guard: undefined }, { server: Listening }>({
  server: [
    async ({ browserName: _ }, use) => {
      const server = await startPageServer();
      await use(server);
      await server.close();
    },
    { scope: 'worker' },
  ],
  origin: async ({ server }, use) => {
    await use(server.url);
  },
  allowedOrigins: async ({ origin }, use) => {
    await use([new URL(origin).origin]);
  },
  guard: [
    async ({ context, allowedOrigins }, use) => {
      const foreign: string[] = [];
      const errors: string[] = [];
      context.on('request', (request) => {
        const url = new URL(request.url());
        if (url.protocol.startsWith('http') && !allowedOrigins.includes(url.origin)) foreign.push(request.url());
      });
      context.on('page', (page) => {
        page.on('websocket', (socket) => foreign.push(socket.url()));
        page.on('pageerror', (error) => errors.push(error.message));
        page.on('console', (message) => {
          if (/Content Security Policy/i.test(message.text())) errors.push(message.text());
        });
      });
      await use(undefined);
      expect(foreign, 'requests to another origin').toEqual([]);
      expect(errors, 'errors in the page').toEqual([]);
    },
    { auto: true },
  ],
  open: async ({ origin }, use) => {
    await use(async (page, path = '') => {
      await page.goto(new URL(path, origin).href);
      await expect(composer(page)).toBeEnabled();
    });
  },
});

export const composer = (page: Page): Locator => page.getByRole('textbox', { name: 'Message', exact: true });

/** Types and presses Enter, as a person does. */
export async function ask(page: Page, question: string): Promise<void> {
  await composer(page).fill(question);
  await composer(page).press('Enter');
}

export const answers = (page: Page): Locator => page.locator('article.answer');
export const lastAnswer = (page: Page): Locator => answers(page).last();

/** The text of an answer without its buttons and figures. */
export const answerText = async (page: Page): Promise<string> =>
  (await lastAnswer(page).locator('.prose').allInnerTexts()).join('\n').trim();

/** Waits for the first words of the answer at `index` (0 is the first): looks every 10 ms, since a whole answer takes half a second. */
export async function begun(page: Page, index: number): Promise<void> {
  const text = answers(page).nth(index).locator('.prose');
  await expect
    .poll(async () => ((await text.count()) === 0 ? '' : (await text.allInnerTexts()).join('')), { intervals: [10] })
    .toMatch(/\w{3}/);
}

/** Waits until the newest answer is finished, however it ended. */
export async function finished(page: Page): Promise<void> {
  await expect(lastAnswer(page).getByRole('list', { name: 'About this answer' })).toBeVisible({ timeout: 60_000 });
}

export { expect };
