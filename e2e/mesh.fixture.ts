import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright/test';
import { chromiumArguments, findChromium } from '../tools/chromium.ts';
import { writeRandomModel } from './random-model.fixture.ts';

/** A model that writes on until it is told to stop: random weights know no end. */
const LONG_MODEL = 'endless-llama-q4f32_1';
export const LONG_TITLE = 'endless llama';

/** A relay in a process of its own, with a data folder that outlives it. */
export interface MeshRelay {
  readonly url: string;
  /** As a power cut: nothing is said to anybody. */
  kill(): Promise<void>;
  /** Again, at the same address and with what the folder holds. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

export async function startMeshRelay(env: Readonly<Record<string, string>> = {}): Promise<MeshRelay> {
  const folder = await mkdtemp(join(tmpdir(), 'weft-mesh-'));
  const models = join(folder, 'models');
  await writeRandomModel(models, { id: LONG_MODEL, family: 'llama', quantization: 'q4f32_1', seed: 9 });
  let child: ChildProcess | null = null;
  let port: string | null = null;
  const script = fileURLToPath(new URL('relay-process.fixture.ts', import.meta.url));

  const start = async (): Promise<string> => {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const started = spawn(process.execPath, [script], {
      env: {
        ...inherited,
        WEFT_DATA_DIR: join(folder, 'data'),
        WEFT_MODELS_DIR: models,
        WEFT_MODEL_HOSTS: 'none',
        WEFT_CHAIN: 'none',
        ...(port === null ? {} : { PORT: port }),
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child = started;
    for await (const line of createInterface({ input: started.stdout })) {
      const [, url] = /^ready (\S+)$/u.exec(line) ?? [];
      if (url === undefined) continue;
      port = new URL(url).port;
      // Whatever else it says must not fill the pipe.
      started.stdout.resume();
      return new URL(url).origin;
    }
    throw new Error('The relay ended before it was ready.');
  };
  const kill = async (): Promise<void> => {
    if (child === null) return;
    const over = once(child, 'exit');
    child.kill('SIGKILL');
    child = null;
    await over;
  };

  const url = await start();
  return {
    url,
    kill,
    async start() {
      await start();
    },
    async remove() {
      await kill();
      await rm(folder, { recursive: true, maxRetries: 5, retryDelay: 200 });
    },
  };
}

/** One browser process: a node of the mesh. */
export interface MeshNode {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Origins that were asked for anything, WebSockets included. */
  readonly origins: ReadonlySet<string>;
  /** ICE servers of every RTCPeerConnection that the page opened, as JSON. */
  iceServers(): Promise<readonly string[]>;
  /** As a crash of the whole browser. */
  kill(): Promise<void>;
}

/** `hasGpu` false: the browser offers no WebGPU adapter, as on a computer without one. */
export async function startNode(url: string, { hasGpu = true } = {}): Promise<MeshNode> {
  const args = chromiumArguments().filter((flag) => hasGpu || !flag.includes('webgpu'));
  const browser: Browser = await chromium.launch({ executablePath: findChromium().path, args });
  const context = await browser.newContext();
  const origins = new Set<string>();
  context.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http')) origins.add(origin);
  });
  await context.addInitScript(() => {
    const seen: string[] = [];
    Object.assign(window, { seenIceServers: seen });
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        // Nothing given means the browser's own, which has none either: the library's default would be given.
        seen.push(JSON.stringify(configuration?.iceServers ?? null));
        super(configuration);
      }
    };
  });
  const page = await context.newPage();
  page.on('websocket', (socket) => origins.add(new URL(socket.url()).origin.replace(/^ws/u, 'http')));
  await page.goto(url);
  return {
    page,
    context,
    origins,
    iceServers: () => page.evaluate(() => (window as unknown as { seenIceServers: string[] }).seenIceServers),
    async kill() {
      await browser.close();
    },
  };
}
