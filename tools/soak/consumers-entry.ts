import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openSoakConsumers } from './consumers.ts';
import type { SoakCounts } from './consumers.ts';

/** What a process of consumers tells the one that started it. */
export type SoakReport =
  | { readonly kind: 'joined' }
  | {
      readonly kind: 'counts';
      readonly counts: SoakCounts;
      readonly residentBytes: number;
      /** Longest that its work had to wait since the last report. */
      readonly stoodStillMs: number;
    };

/** What it is told: to begin to ask, and to come to an end. */
export type SoakOrder = 'ask' | 'stop';

const REPORT_EVERY_MS = 1_000;

const [url = '', count = ''] = process.argv.slice(2);
const stillness = monitorEventLoopDelay();
stillness.enable();
const tell = (report: SoakReport) => process.send?.(report);
const consumers = await openSoakConsumers(url, Number(count));
const stopped = new AbortController();

process.on('message', (order: SoakOrder) => {
  if (order === 'ask') void ask();
  else stopped.abort();
});
// Whoever started it is gone.
process.on('disconnect', () => process.exit());
tell({ kind: 'joined' });

async function ask(): Promise<void> {
  const timer = setInterval(report, REPORT_EVERY_MS);
  await consumers.askUntil(stopped.signal);
  clearInterval(timer);
  report();
  await consumers.stop();
  process.disconnect();
}

function report(): void {
  const { counts } = consumers;
  const stoodStillMs = Math.round(stillness.max / 1e6);
  tell({ kind: 'counts', counts, residentBytes: process.memoryUsage.rss(), stoodStillMs });
  stillness.reset();
}
