import { createHash } from 'node:crypto';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright/test';
import { createRelayApp } from '../relay-server/app.ts';
import { listen, type Listening } from '../relay-server/listen.ts';
import { answers, answerText, ask, composer, expect, finished, lastAnswer, test as base } from './weft.fixture.ts';

/** A relay over a copy of the built page, so that what it serves can change. */
interface Deployment {
  readonly url: string;
  readonly folder: string;
  /** Stops the server and starts it again at the same address. */
  restart(init?: { readonly modelHosts?: readonly string[] }): Promise<void>;
  stop(): Promise<void>;
}

const test = base.extend<{ deployment: Deployment }>({
  deployment: async ({ allowedOrigins }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-page-'));
    await cp(fileURLToPath(new URL('../dist/', import.meta.url)), folder, { recursive: true });
    const serve = (port: number | null, modelHosts: readonly string[] = []) =>
      listen(createRelayApp({ pageFolder: folder, version: 'test', modelHosts }), { host: '127.0.0.1', port });
    let server: Listening | null = await serve(null);
    const { url, port } = server;
    allowedOrigins.push(new URL(url).origin);
    const stop = async () => {
      await server?.close();
      server = null;
    };
    await use({
      url,
      folder,
      stop,
      async restart(init = {}) {
        await stop();
        server = await serve(port, init.modelHosts);
      },
    });
    await stop();
    await rm(folder, { recursive: true });
  },
});

/** Opens the page and waits until it is stored and its service worker answers for it. */
async function openStored(page: Page, url: string): Promise<void> {
  await page.goto(url);
  await expect(composer(page)).toBeEnabled();
  await page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    if (navigator.serviceWorker.controller !== null) return;
    await new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
  });
}

/** Publishes a page that differs in one line, with the service worker that a build of it would have. */
async function publishSecondVersion(folder: string): Promise<void> {
  const page = await readFile(join(folder, 'index.html'), 'utf8');
  const second = page.replace('<head>', '<head><meta name="build" content="second">');
  const worker = await readFile(join(folder, 'sw.js'), 'utf8');
  const hash = (algorithm: string, encoding: 'hex' | 'base64') => (text: string) =>
    createHash(algorithm).update(text).digest(encoding);
  const [md5, sha256] = [hash('md5', 'hex'), hash('sha256', 'base64')];
  const updated = worker.replaceAll(md5(page), md5(second)).replaceAll(sha256(page), sha256(second));
  expect(updated, 'the service worker lists the page by its content').not.toBe(worker);
  await writeFile(join(folder, 'index.html'), second);
  await writeFile(join(folder, 'sw.js'), updated);
}

const isSecondVersion = (page: Page) => page.evaluate(() => document.querySelector('meta[name="build"]') !== null);

type Damage = 'garbage' | 'missing';

/** Spoils the stored files whose path matches, as a failing disk would; returns how many. */
function damage(page: Page, pattern: string, how: Damage): Promise<number> {
  return page.evaluate(
    async ([source, kind]) => {
      let count = 0;
      for (const name of (await caches.keys()).filter((one) => one.includes('precache'))) {
        const cache = await caches.open(name);
        for (const request of await cache.keys()) {
          if (!new RegExp(source).test(new URL(request.url).pathname)) continue;
          count++;
          const stored = await cache.match(request);
          if (kind === 'missing' || stored === undefined) await cache.delete(request);
          else {
            // The same length and type: only its content tells.
            const bytes = new Uint8Array(await stored.arrayBuffer()).fill(0x20, 0, 64);
            await cache.put(request, new Response(bytes, { headers: stored.headers }));
          }
        }
      }
      return count;
    },
    [pattern, how] as const,
  );
}

test.describe('a new version', () => {
  test('waits until it is accepted, reloads every tab, and keeps chats and what was being written', async ({
    context,
    page,
    deployment,
  }) => {
    await openStored(page, deployment.url);
    await ask(page, 'What is Weft?');
    await finished(page);
    const answer = await answerText(page);
    const other = await context.newPage();
    await other.goto(deployment.url);
    await expect(composer(other)).toBeEnabled();

    await publishSecondVersion(deployment.folder);
    // What an open page does by itself once an hour.
    await page.evaluate(async () => {
      await (await navigator.serviceWorker.getRegistration())?.update();
    });
    const prompt = page.getByRole('status').filter({ hasText: 'A new version is ready.' });
    await expect(prompt).toBeVisible();
    await page.reload();
    await expect(prompt).toBeVisible();
    expect(await isSecondVersion(page), 'a reload alone changes nothing').toBe(false);

    await composer(page).fill('half a thought');
    await prompt.getByRole('button', { name: 'Reload' }).click();
    await expect.poll(() => isSecondVersion(page).catch(() => false)).toBe(true);
    await expect.poll(() => isSecondVersion(other).catch(() => false)).toBe(true);
    await expect(composer(page)).toHaveValue('half a thought');
    await expect(lastAnswer(page)).toBeVisible();
    expect(await answerText(page)).toBe(answer);
    await expect(prompt).toBeHidden();
    await expect(composer(page)).toBeEnabled();
  });

  test('is not stored while a file of it is not what the build wrote', async ({ page, deployment }) => {
    await openStored(page, deployment.url);
    await publishSecondVersion(deployment.folder);
    await writeFile(join(deployment.folder, 'index.html'), '<!doctype html><title>half an upload</title>');
    const failed = await page.evaluate(async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const found = new Promise<ServiceWorker | null>((resolve) =>
        registration?.addEventListener('updatefound', () => resolve(registration.installing)),
      );
      await registration?.update().catch(() => undefined);
      const worker = await found;
      while (worker?.state === 'installing') {
        await new Promise((resolve) => worker.addEventListener('statechange', resolve, { once: true }));
      }
      return worker?.state;
    });
    expect(failed).toBe('redundant');
    await page.reload();
    await expect(composer(page)).toBeEnabled();
  });
});

test.describe('a damaged copy', () => {
  for (const how of ['garbage', 'missing'] as const) {
    test(`of the page and its parts (${how}) is repaired from the server, and is whole offline again`, async ({
      context,
      page,
      deployment,
    }) => {
      await openStored(page, deployment.url);
      expect(await damage(page, String.raw`\.(html|js|css|bin|json)$`, how)).toBeGreaterThan(5);
      await page.reload();
      await expect(composer(page)).toBeEnabled();
      await ask(page, 'What is Weft?');
      await finished(page);
      expect(await answerText(page)).toMatch(/GPU|browser|page/i);

      await deployment.stop();
      await context.setOffline(true);
      await page.reload();
      await expect(composer(page)).toBeEnabled();
      await ask(page, 'What is WebGPU?');
      await expect(answers(page)).toHaveCount(2);
      await finished(page);
      expect(await answerText(page)).toMatch(/\w{3}/);
    });
  }

  test('of the page says what to do where the server is away, and chats are there afterwards', async ({
    page,
    deployment,
  }) => {
    await openStored(page, deployment.url);
    await ask(page, 'What is Weft?');
    await finished(page);
    expect(await damage(page, String.raw`/index\.html$`, 'garbage')).toBe(1);
    await deployment.stop();
    await page.reload();
    await expect(page.getByRole('heading')).toHaveText('Weft needs the network once');
    await expect(page.locator('body')).toContainText('reload');

    await deployment.restart();
    await page.reload();
    await expect(lastAnswer(page)).toBeVisible();
  });

  test('of a part that the server no longer has gives way to the version it has', async ({ page, deployment }) => {
    await openStored(page, deployment.url);
    await publishSecondVersion(deployment.folder);
    const html = await readFile(join(deployment.folder, 'index.html'), 'utf8');
    const entry = /src="(\/assets\/[^"]+\.js)"/.exec(html)?.[1] ?? '';
    expect(entry).not.toBe('');
    const newEntry = '/assets/index-second.js';
    // The new version's files have other names, and the old ones are gone.
    await cp(join(deployment.folder, entry), join(deployment.folder, newEntry));
    await rm(join(deployment.folder, entry));
    await writeFile(join(deployment.folder, 'index.html'), html.replaceAll(entry, newEntry));
    // Else the browser has another good copy of its own, and the page is repaired from that.
    await (await page.context().newCDPSession(page)).send('Network.clearBrowserCache');
    expect(await damage(page, `^${entry}$`, 'garbage')).toBe(1);

    await page.reload();
    await page.waitForLoadState('networkidle');
    await page.reload();
    expect(await isSecondVersion(page)).toBe(true);
    await expect(composer(page)).toBeEnabled();
  });

  test('of a model on the server is refused with what to do, and loads once the server has the right one', async ({
    page,
    deployment,
  }) => {
    const shard = join(deployment.folder, 'models', 'weft-guide', 'params_shard_1.bin');
    const right = await readFile(shard);
    await writeFile(shard, Buffer.from(right).fill(0x55, 1000, 1100));
    await page.goto(deployment.url);
    const alert = page.getByRole('alert').filter({ hasText: 'params_shard_1.bin' });
    await expect(alert).toContainText('is not the file that the model');

    await writeFile(shard, right);
    await alert.getByRole('button', { name: 'Try again' }).click();
    await expect(alert).toBeHidden();
    await ask(page, 'What is Weft?');
    await finished(page);
    expect(await answerText(page)).toMatch(/GPU|browser|page/i);
  });
});

test('the stored page follows the hosts that the operator configures', async ({ page, deployment }) => {
  await openStored(page, deployment.url);
  const policy = async () => (await page.reload())?.headers()['content-security-policy'] ?? '';
  expect(await policy()).not.toContain('https:');
  await deployment.restart({ modelHosts: ['https://models.example.org'] });
  expect(await policy()).toContain("connect-src 'self' blob: https://models.example.org;");
  await deployment.stop();
  expect(await policy()).toContain('https://models.example.org');
  await deployment.restart();
  expect(await policy()).not.toContain('https:');
  await expect(composer(page)).toBeEnabled();
});
