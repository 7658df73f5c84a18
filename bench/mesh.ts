import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import type { BrowserContext } from 'playwright';
import { buildPage } from '../tools/build-page.ts';
import { openMeshBrowser } from '../tools/lab/mesh-browser.ts';
import type { MeshBrowser } from '../tools/lab/mesh-browser.ts';
import { startMeshRelay } from '../tools/lab/mesh-relay.ts';

/**
 * `npm run bench -- mesh`: what an answer of another node costs against one's own. Three browsers ask the guide of the
 * first by turns: itself, one that reaches it directly, and one that has no WebRTC and reaches it through the relay. Writes
 * bench/results/<date>-mesh.json.
 */
const ROUNDS = 12;
const QUESTION = 'What is Weft?';
const ANSWER_WITHIN_MS = 60_000;

/** One answer as a person sees it. */
interface Answer {
  /** From the key press until the first word is on the screen. */
  readonly firstWordMs: number;
  readonly tokensPerSecond: number;
  readonly tokens: number;
  /** Of all WebRTC connections of the page, meanwhile. */
  readonly receivedBytes: number;
  readonly sentBytes: number;
}

/** What the page is asked for by {@link watchAnswers}. */
interface Meter {
  firstWordMs: number | null;
  traffic(): Promise<{ readonly received: number; readonly sent: number }>;
}

const startedAt = new Date();
await buildPage();
const relay = await startMeshRelay();
const nodes: MeshBrowser[] = [];
const answers: Record<'own' | 'direct' | 'relayed', Answer[]> = { own: [], direct: [], relayed: [] };
try {
  const open = async (hasGpu: boolean, onContext: (context: BrowserContext) => Promise<unknown>) => {
    const node = await openMeshBrowser({ url: relay.url, hasGpu, onContext });
    nodes.push(node);
    await node.join();
    return node;
  };
  const own = await open(true, watchAnswers);
  await own.contribute();
  const direct = await open(false, watchAnswers);
  const relayed = await open(false, async (context) => {
    await watchAnswers(context);
    await context.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
  });
  const asking = { own, direct, relayed };
  const kinds = ['own', 'direct', 'relayed'] as const;
  // The first of each loads, connects and agrees; a direct way is found after it.
  for (const kind of kinds) await ask(asking[kind]);
  for (let round = 0; round < ROUNDS; round++) {
    for (const kind of kinds) answers[kind].push(await ask(asking[kind]));
    const shown = kinds.map((kind) => `${kind} ${answers[kind].at(-1)!.firstWordMs.toFixed(0)} ms`);
    console.log(`  round ${round + 1}: ${shown.join(', ')}`);
  }
} finally {
  for (const node of nodes) await node.kill();
  await relay.remove();
}

const figures = { own: sum(answers.own), direct: sum(answers.direct), relayed: sum(answers.relayed) };
const against = (kind: 'direct' | 'relayed') => ({
  firstWordLaterMs: figures[kind].firstWordMs - figures.own.firstWordMs,
  firstWordRatio: figures[kind].firstWordMs / figures.own.firstWordMs,
  tokensPerSecondRatio: figures[kind].tokensPerSecond / figures.own.tokensPerSecond,
});
const { version } = JSON.parse(await readFile('package.json', 'utf8')) as { version: string };
const result = {
  date: startedAt.toISOString(),
  command: 'npm run bench -- mesh',
  version,
  machine: {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    browser: `Chromium ${nodes[0]!.version}`,
    /** Work that waited for a core in the last five minutes: above `cores` somebody had to wait. */
    loadAverage: loadavg()[1],
  },
  medians: figures,
  direct: against('direct'),
  relayed: against('relayed'),
  answers,
};
await mkdir('bench/results', { recursive: true });
const file = `bench/results/${startedAt.toISOString().slice(0, 10)}-mesh.json`;
await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
console.log(JSON.stringify({ medians: figures, direct: result.direct, relayed: result.relayed }, null, 2));
console.log(`\nWritten to ${file}`);

/** Makes the page note when an answer's first word is there, and count what WebRTC carries. */
function watchAnswers(context: BrowserContext): Promise<unknown> {
  return context.addInitScript(() => {
    const connections: RTCPeerConnection[] = [];
    let askedAtMs: number | null = null;
    const meter: Meter = {
      firstWordMs: null,
      async traffic() {
        let [received, sent] = [0, 0];
        for (const connection of connections) {
          for (const report of (await connection.getStats()).values() as Iterable<RTCTransportStats>) {
            if (report.type !== 'transport') continue;
            received += report.bytesReceived ?? 0;
            sent += report.bytesSent ?? 0;
          }
        }
        return { received, sent };
      },
    };
    Object.assign(window, { meter });
    const Real = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Real {
      constructor(configuration?: RTCConfiguration) {
        super(configuration);
        connections.push(this);
      }
    };
    window.addEventListener(
      'keydown',
      ({ key }) => {
        if (key !== 'Enter') return;
        askedAtMs = performance.now();
        meter.firstWordMs = null;
      },
      true,
    );
    new MutationObserver(() => {
      if (askedAtMs === null) return;
      const prose = document.querySelector('article.answer .prose');
      if (!/\w{3}/u.test(prose?.textContent ?? '')) return;
      meter.firstWordMs = performance.now() - askedAtMs;
      askedAtMs = null;
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
}

/** In a chat of its own, so that each has the same to read. */
async function ask({ page }: MeshBrowser): Promise<Answer> {
  await page.evaluate(() => {
    location.hash = '#/';
  });
  await page
    .getByRole('button', { name: 'New chat' })
    .or(page.getByRole('link', { name: 'New chat' }))
    .first()
    .click();
  const composer = page.getByRole('textbox', { name: 'Message', exact: true });
  await page.locator('article.answer').waitFor({ state: 'detached' });
  const traffic = () => page.evaluate(() => (window as unknown as { meter: Meter }).meter.traffic());
  const before = await traffic();
  await composer.fill(QUESTION);
  await composer.press('Enter');
  const figures = page.getByRole('list', { name: 'About this answer' });
  const agree = page.getByRole('button', { name: 'Agree and ask' });
  await agree.or(figures).first().waitFor();
  if (await agree.isVisible()) await agree.click();
  await figures.waitFor({ timeout: ANSWER_WITHIN_MS });
  const after = await traffic();
  const text = await figures.innerText();
  const firstWordMs = await page.evaluate(() => (window as unknown as { meter: Meter }).meter.firstWordMs);
  const tokensPerSecond = Number(/([\d.]+) tokens\/s/u.exec(text)?.[1]);
  const tokens = Number(/(\d+) tokens?(?=\s|$)/u.exec(text)?.[1]);
  if (firstWordMs === null || Number.isNaN(tokens + tokensPerSecond))
    throw new Error(`Nothing to measure in "${text}".`);
  return {
    firstWordMs,
    tokensPerSecond,
    tokens,
    receivedBytes: after.received - before.received,
    sentBytes: after.sent - before.sent,
  };
}

/** Medians; bytes over all tokens. */
function sum(all: readonly Answer[]) {
  const total = (pick: (answer: Answer) => number) => all.reduce((soFar, answer) => soFar + pick(answer), 0);
  const tokens = total((answer) => answer.tokens);
  return {
    firstWordMs: median(all.map((answer) => answer.firstWordMs)),
    tokensPerSecond: median(all.map((answer) => answer.tokensPerSecond)),
    tokens: median(all.map((answer) => answer.tokens)),
    receivedBytesPerToken: total((answer) => answer.receivedBytes) / tokens,
    sentBytesPerToken: total((answer) => answer.sentBytes) / tokens,
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2;
}
