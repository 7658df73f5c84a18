import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, totalmem } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { buildPage } from './build-page.ts';
import { openMeshBrowser } from './lab/mesh-browser.ts';
import { startMeshRelay } from './lab/mesh-relay.ts';
import { startConsumerProcesses } from './soak/consumer-processes.ts';
import type { ConsumerProcesses } from './soak/consumer-processes.ts';
import type { SoakCounts } from './soak/consumers.ts';
import { isFlat, MAX_BYTES_PER_MINUTE, MAX_QUARTER_RATIO } from './soak/is-flat.ts';
import { readProcessUse } from './soak/process-use.ts';

/**
 * `npm run soak`: a relay, a browser that contributes and many consumers over relayed circuits, for `--minutes` (5) and with
 * `--consumers` (50). Passes where nothing failed that should not and the relay's memory is flat; writes
 * bench/results/<date>-soak.json. Linux only: it reads /proc.
 */
const { values } = parseArgs({
  options: { minutes: { type: 'string', default: '5' }, consumers: { type: 'string', default: '50' } },
});
// Of less nothing can be said about memory.
const minutes = readNumber('minutes', values.minutes, { min: 1.5, max: 60 * 24 });
// A relay lets 60 sessions begin in a minute from one network.
const consumerCount = readNumber('consumers', values.consumers, { min: 1, max: 50 });

const MEASURE_EVERY_MS = 10_000;
/** A full queue is an answer, too. */
const EXPECTED_FAILURES: ReadonlySet<string> = new Set(['infer/busy']);

interface Sample extends SoakCounts {
  readonly atS: number;
  readonly relayBytes: number;
  readonly relayHeapBytes: number;
  readonly relayCpuSeconds: number;
  /** Longest that its other work had to wait, since it started. */
  readonly relayStoodStillMs: number;
  readonly consumersBytes: number;
  /** The same of a process of consumers, since the last sample. */
  readonly consumersStoodStillMs: number;
  readonly circuits: number;
  readonly reservations: number;
  readonly connections: number;
  readonly offences: number;
}

const startedAt = new Date();
await buildPage();
const relay = await startMeshRelay();
const samples: Sample[] = [];
const closing: (() => Promise<void>)[] = [() => relay.remove()];
let browserVersion: string;
let total: SoakCounts;
try {
  const provider = await openMeshBrowser({ url: relay.url });
  closing.unshift(() => provider.kill());
  browserVersion = provider.version;
  await provider.join();
  await provider.contribute();
  console.log(`A browser contributes at ${relay.url}; ${consumerCount} consumers come in …`);
  const consumers = await startConsumerProcesses(relay.url, consumerCount);
  closing.unshift(() => {
    consumers.kill();
    return Promise.resolve();
  });

  const beganMs = performance.now();
  consumers.ask();
  for (let at = 1; at <= (60_000 * minutes) / MEASURE_EVERY_MS; at++) {
    await sleep(Math.max(0, beganMs + at * MEASURE_EVERY_MS - performance.now()));
    const sample = await measure((performance.now() - beganMs) / 1_000, consumers);
    samples.push(sample);
    print(sample);
  }
  await consumers.stop();
  total = consumers.counts();
} finally {
  for (const close of closing) await close();
}

const last = samples.at(-1)!;
const memory = isFlat(samples.map(({ atS, relayBytes }) => ({ atS, bytes: relayBytes })));
const consumersMemory = isFlat(samples.map(({ atS, consumersBytes }) => ({ atS, bytes: consumersBytes })));
const unexplained = [
  ...Object.keys(total.failures).filter((code) => !EXPECTED_FAILURES.has(code)),
  ...Object.keys(total.lost),
];
const cpuShare = (last.relayCpuSeconds - samples[0]!.relayCpuSeconds) / (last.atS - samples[0]!.atS);
const hasPassed = unexplained.length === 0 && total.answered > 0 && memory.isFlat;

const result = {
  date: startedAt.toISOString(),
  command: `npm run soak -- --minutes ${minutes} --consumers ${consumerCount}`,
  machine: {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    platform: `${process.platform} ${process.arch}`,
    browser: `Chromium ${browserVersion}`,
    node: process.version,
  },
  bounds: { maxBytesPerMinute: MAX_BYTES_PER_MINUTE, maxQuarterRatio: MAX_QUARTER_RATIO },
  hasPassed,
  unexplained,
  relayMemory: memory,
  consumersMemory,
  relayCpuShare: cpuShare,
  circuitsPerCore: last.circuits / cpuShare,
  total,
  samples,
};
await mkdir('bench/results', { recursive: true });
const file = `bench/results/${startedAt.toISOString().slice(0, 10)}-soak.json`;
await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
console.log(
  `\n${hasPassed ? 'Passed' : 'FAILED'}: ${total.answered} of ${total.asked} answered, relay ` +
    `${megabytes(memory.bytesPerMinute)} MiB a minute (at most ${megabytes(MAX_BYTES_PER_MINUTE)}), last over second ` +
    `quarter ${memory.lastOverSecondQuarter.toFixed(3)} (at most ${MAX_QUARTER_RATIO}), ` +
    `${(100 * cpuShare).toFixed(1)} % of a core. ${unexplained.length === 0 ? '' : `Unexplained: ${unexplained.join(', ')}. `}` +
    `Written to ${file}`,
);
process.exit(hasPassed ? 0 : 1);

async function measure(atS: number, consumers: ConsumerProcesses): Promise<Sample> {
  const [use, text] = await Promise.all([
    readProcessUse(relay.pid()),
    fetch(`${relay.url}/metrics`).then((answer) => answer.text()),
  ]);
  const { residentBytes, ...counts } = consumers.counts();
  const metric = (name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'mu').exec(text)?.[1] ?? NaN);
  return {
    atS: Math.round(10 * atS) / 10,
    relayBytes: use.residentBytes,
    relayHeapBytes: metric('nodejs_heap_size_used_bytes'),
    relayCpuSeconds: use.cpuSeconds,
    relayStoodStillMs: Math.round(1_000 * metric('nodejs_eventloop_lag_max_seconds')),
    consumersBytes: residentBytes,
    consumersStoodStillMs: consumers.takeStoodStillMs(),
    circuits: metric('weft_circuits'),
    reservations: metric('weft_reservations'),
    connections: metric('weft_connections'),
    offences: metric('weft_offences'),
    ...counts,
  };
}

function print(sample: Sample): void {
  const { atS, relayBytes, consumersBytes, circuits, reservations, answered, asked, failures, lost } = sample;
  console.log(
    `${atS.toFixed(0).padStart(5)} s  relay ${megabytes(relayBytes)} MiB, consumers ${megabytes(consumersBytes)} MiB, ` +
      `stood still ${sample.relayStoodStillMs} and ${sample.consumersStoodStillMs} ms, ${sample.offences} offences, ${reservations} places, ${circuits} circuits, ${answered} of ${asked} answered, ` +
      `failures ${JSON.stringify(failures)}, lost ${JSON.stringify(lost)}`,
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1_048_576).toFixed(1);
}

function readNumber(name: string, text: string, { min, max }: { readonly min: number; readonly max: number }): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= min && value <= max) return value;
  throw new Error(`--${name} must be a number from ${min} to ${max}, got "${text}".`);
}
