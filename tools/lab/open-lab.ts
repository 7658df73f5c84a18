import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { createServer } from 'vite';
import { chromiumArguments, findChromium } from '../chromium.ts';

/** A blank page of this project in real Chromium, into which measuring code is imported from source. */
export interface Lab {
  readonly browserVersion: string;
  /** Awaits `name(argument)` of the module at this path below the project's root; both must survive JSON. */
  call<Result>(modulePath: string, name: string, argument: unknown): Promise<Result>;
  close(): Promise<void>;
}

export interface LabInit {
  /** Lines the page writes to its console; measuring code reports progress with it. */
  readonly onLine?: (line: string) => void;
  /** False uses the machine's own GPU instead of the software adapter. Default true. */
  readonly software?: boolean;
}

/** Starts a loopback server over the sources and a browser on it. */
export async function openLab(init: LabInit = {}): Promise<Lab> {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const server = await createServer({
    root,
    configFile: fileURLToPath(new URL('../../vite.config.ts', import.meta.url)),
    logLevel: 'error',
    // Whole as it is. Vite would find it in the middle of a measurement and want to reload the page.
    optimizeDeps: { exclude: ['@mlc-ai/web-llm'] },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const args = chromiumArguments().filter((flag) => init.software !== false || !flag.includes('swiftshader'));
  const browser = await chromium.launch({ executablePath: findChromium().path, args });
  const page = await browser.newPage();
  page.on('console', (message) => init.onLine?.(message.text()));
  page.on('pageerror', (error) => init.onLine?.(`page error: ${error.message}`));
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error('The laboratory server has no local address.');
  await page.goto(new URL('tools/lab/lab.html', address).href);
  return {
    browserVersion: browser.version(),
    call: (modulePath, name, argument) =>
      page.evaluate(
        async ([path, fn, value]) => {
          const module = (await import(path)) as Record<string, (argument: unknown) => unknown>;
          return (await module[fn]?.(value)) as never;
        },
        [`/${modulePath}`, name, argument] as const,
      ),
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
