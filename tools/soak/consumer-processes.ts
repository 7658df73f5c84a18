import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { SoakCounts } from './consumers.ts';
import type { SoakOrder, SoakReport } from './consumers-entry.ts';

/** Consumers in processes of their own. */
export interface ConsumerProcesses {
  /** Of all of them together, as they were told last. */
  counts(): SoakCounts & { readonly residentBytes: number };
  /** The longest that one of them stood still since this was asked last. */
  takeStoodStillMs(): number;
  ask(): void;
  /** Ends their work in order; resolves when they are gone. */
  stop(): Promise<void>;
  kill(): void;
}

/** In one process they would hold each other up: each checks signatures of its own. */
const PER_PROCESS = 10;

/** One process after another: a relay lets only so many come in at once. */
export async function startConsumerProcesses(url: string, count: number): Promise<ConsumerProcesses> {
  const children: ChildProcess[] = [];
  const reports = new Map<ChildProcess, Extract<SoakReport, { kind: 'counts' }>>();
  let stoodStillMs = 0;
  const kill = () => children.forEach((child) => child.kill());
  const tell = (order: SoakOrder) => children.forEach((child) => child.send(order));

  for (let left = count; left > 0; left -= PER_PROCESS) {
    const child = fork(new URL('consumers-entry.ts', import.meta.url), [url, String(Math.min(left, PER_PROCESS))]);
    children.push(child);
    const joined = new Promise<void>((resolve, reject) => {
      child.on('message', (report: SoakReport) => {
        if (report.kind === 'joined') {
          resolve();
          return;
        }
        reports.set(child, report);
        stoodStillMs = Math.max(stoodStillMs, report.stoodStillMs);
      });
      child.once('exit', () => reject(new Error('A process of consumers ended.')));
    });
    await joined.catch((error: unknown) => {
      kill();
      throw error;
    });
  }
  return {
    counts() {
      const all = [...reports.values()];
      const sum = (pick: (counts: SoakCounts) => number) => all.reduce((total, { counts }) => total + pick(counts), 0);
      return {
        asked: sum(({ asked }) => asked),
        answered: sum(({ answered }) => answered),
        tokens: sum(({ tokens }) => tokens),
        failures: addUp(all.map(({ counts }) => counts.failures)),
        lost: addUp(all.map(({ counts }) => counts.lost)),
        residentBytes: all.reduce((total, { residentBytes }) => total + residentBytes, 0),
      };
    },
    takeStoodStillMs() {
      const taken = stoodStillMs;
      stoodStillMs = 0;
      return taken;
    },
    ask: () => tell('ask'),
    async stop() {
      const gone = children.map((child) => once(child, 'exit'));
      tell('stop');
      await Promise.all(gone);
    },
    kill,
  };
}

function addUp(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const total: Record<string, number> = {};
  for (const one of all) for (const [code, count] of Object.entries(one)) total[code] = (total[code] ?? 0) + count;
  return total;
}
