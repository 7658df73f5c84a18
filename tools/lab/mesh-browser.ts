import { chromium } from 'playwright';
import type { BrowserContext, Page } from 'playwright';
import { chromiumArguments, findChromium } from '../chromium.ts';

/** One browser process on a relay's page: a node of the mesh. */
export interface MeshBrowser {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly version: string;
  /** Becomes a member, by the button that a person would press. */
  join(): Promise<void>;
  /** Turns the switch on and waits until others are served. */
  contribute(): Promise<void>;
  /** As a crash of the whole browser. */
  kill(): Promise<void>;
}

export interface MeshBrowserInit {
  /** Of the relay. */
  readonly url: string;
  /** False: the browser offers no WebGPU adapter, as on a computer without one. */
  readonly hasGpu?: boolean;
  /** Called before the page is opened. */
  readonly onContext?: (context: BrowserContext) => Promise<unknown>;
}

/** Machines that test are as busy as they can be. */
const PATIENCE_MS = 60_000;

export async function openMeshBrowser({ url, hasGpu = true, onContext }: MeshBrowserInit): Promise<MeshBrowser> {
  const args = chromiumArguments().filter((flag) => hasGpu || !flag.includes('webgpu'));
  const browser = await chromium.launch({ executablePath: findChromium().path, args });
  const context = await browser.newContext();
  await onContext?.(context);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  await page.goto(url);
  return {
    page,
    context,
    version: browser.version(),
    async join() {
      await page.goto(`${url}/#/network`);
      await page
        .getByRole('button', { name: /^Join / })
        .first()
        .click();
      await page.getByText('Connected').first().waitFor();
    },
    async contribute() {
      await page.goto(`${url}/#/contribute`);
      // Others use this machine, too; that is no reason to stop here.
      await page.getByRole('checkbox', { name: 'Pause when the machine is busy' }).uncheck();
      await page.getByRole('switch', { name: 'Answer for others' }).click();
      await page.getByText(/^On: /u).first().waitFor();
    },
    async kill() {
      await browser.close();
    },
  };
}
