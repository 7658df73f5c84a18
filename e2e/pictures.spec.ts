import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright/test';
import { createRelayApp } from '../relay-server/app.ts';
import { listen } from '../relay-server/listen.ts';
import { openModelFolder } from '../relay-server/model-folder.ts';
import { expectAccessible, expectNoOverflow } from './page-checks.fixture.ts';
import { writeRandomModel } from './random-model.fixture.ts';
import { composer, expect, test as base } from './weft.fixture.ts';

const ID = 'tiny-eyes-q4f32_1';
const TITLE = 'tiny eyes';
/** What every WebAssembly file begins with; there is no network in it, so that no answer comes. */
const EMPTY_LIBRARY = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);

/** A relay with a model that says of itself that it sees. */
const test = base.extend<{ relayUrl: string }>({
  relayUrl: async ({ allowedOrigins }, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'weft-models-'));
    await writeRandomModel(folder, { id: ID, family: 'llama', quantization: 'q4f32_1', seed: 5 });
    const path = join(folder, ID, 'mlc-chat-config.json');
    const config = JSON.parse(await readFile(path, 'utf8')) as object;
    await writeFile(path, JSON.stringify({ ...config, model_type: 'phi3_v' }));
    await writeFile(join(folder, ID, 'library.wasm'), EMPTY_LIBRARY);
    const app = createRelayApp(
      { pageFolder: fileURLToPath(new URL('../dist/', import.meta.url)), version: 'test' },
      { models: await openModelFolder({ folder }, { warn: () => undefined, nowMs: () => performance.now() }) },
    );
    const server = await listen(app, { host: '127.0.0.1', port: null });
    allowedOrigins.push(new URL(server.url).origin);
    await use(server.url);
    await server.close();
    await rm(folder, { recursive: true });
  },
});

/** A picture as a file of the person's. */
async function paint(page: Page, name: string, color: string) {
  const base64 = await page.evaluate((fill) => {
    const canvas = document.createElement('canvas');
    canvas.width = 2000;
    canvas.height = 1200;
    const context = canvas.getContext('2d')!;
    context.fillStyle = fill;
    context.fillRect(0, 0, 2000, 1200);
    context.fillStyle = 'white';
    context.fillRect(400, 300, 600, 600);
    return canvas.toDataURL('image/png').split(',')[1]!;
  }, color);
  return { name, mimeType: 'image/png', buffer: Buffer.from(base64, 'base64') };
}

async function useSeeing(page: Page, url: string): Promise<void> {
  await page.goto(`${url}#/models`);
  const card = page.getByRole('article').filter({ has: page.getByRole('heading', { name: TITLE }) });
  await expect(card.getByText('Sees pictures')).toBeVisible();
  await card.getByRole('button', { name: /^Download/ }).click();
  await card.getByRole('button', { name: 'Use in chat' }).click();
  await expect(page.getByRole('button', { name: 'Attach pictures' })).toBeVisible();
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`pictures are attached, shown and enlarged in ${colorScheme}`, async ({ page, relayUrl }, info) => {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await useSeeing(page, relayUrl);
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Attach pictures' }).click();
    await (await chooser).setFiles([await paint(page, 'shore.png', 'teal'), await paint(page, 'field.png', 'olive')]);
    await expect(page.getByRole('list', { name: 'Attached pictures' }).getByRole('img')).toHaveCount(2);
    await expectAccessible(page, 'attached');
    await page.screenshot({ path: info.outputPath(`attached-${colorScheme}.png`) });
    await composer(page).fill('What is on these?');
    await composer(page).press('Enter');
    const thumb = page.getByRole('button', { name: 'Enlarge shore.png' });
    await expect(thumb.getByRole('img')).toBeVisible();
    // Nothing computes in this library, and the page says so; the question is kept whole.
    await expect(page.getByRole('button', { name: 'Send' })).toBeVisible();
    await page.reload();
    await expect(thumb.getByRole('img')).toBeVisible();
    await expect.poll(() => thumb.locator('img').evaluate((img: HTMLImageElement) => img.naturalWidth)).toBe(1536);
    await expectAccessible(page, 'shown');
    await page.screenshot({ path: info.outputPath(`shown-${colorScheme}.png`) });
    await thumb.focus();
    await page.keyboard.press('Enter');
    await expect(page.getByRole('dialog', { name: 'shore.png' }).getByRole('img')).toBeVisible();
    await expectAccessible(page, 'enlarged');
    await page.screenshot({ path: info.outputPath(`enlarged-${colorScheme}.png`) });
    await page.keyboard.press('Escape');
    await expect(thumb).toBeFocused();
  });
}

test('pictures fit into 360 pixels', async ({ page, relayUrl }, info) => {
  await useSeeing(page, relayUrl);
  await page.setViewportSize({ width: 360, height: 640 });
  const files = await Promise.all(
    ['teal', 'olive', 'navy', 'maroon'].map((color) => paint(page, `a long name of a file in ${color}.png`, color)),
  );
  await page.getByLabel('Pictures to attach').setInputFiles(files);
  await expect(page.getByRole('list', { name: 'Attached pictures' }).getByRole('img')).toHaveCount(4);
  await expectNoOverflow(page);
  await page.screenshot({ path: info.outputPath('attached-360.png') });
  await page.getByRole('button', { name: 'Send' }).click();
  await expect(page.getByRole('button', { name: /^Enlarge/ })).toHaveCount(4);
  await expectNoOverflow(page);
  await page.screenshot({ path: info.outputPath('shown-360.png') });
});

test('a model that does not see is given none, and the page says so', async ({ page, open }) => {
  await open(page);
  await expect(page.getByRole('button', { name: 'Attach pictures' })).toHaveCount(0);
  const { buffer } = await paint(page, 'x.png', 'teal');
  await composer(page).evaluate((field, base64) => {
    const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
    const clipboardData = new DataTransfer();
    clipboardData.items.add(new File([bytes], 'x.png', { type: 'image/png' }));
    field.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, buffer.toString('base64'));
  await expect(page.getByText(/does not see pictures\. Choose a model that does/)).toBeVisible();
});
