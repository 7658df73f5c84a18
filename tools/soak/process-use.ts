import { readFile } from 'node:fs/promises';

/** What a process holds and has used. */
export interface ProcessUse {
  readonly residentBytes: number;
  /** Of all its threads, since it started. */
  readonly cpuSeconds: number;
}

/** Ticks a second in /proc, on every Linux there is. */
const TICKS_PER_S = 100;
const STATE_FIELD = 3;
const USER_TICKS_FIELD = 14;

/** Reads /proc, so on Linux only. */
export async function readProcessUse(pid: number): Promise<ProcessUse> {
  const [status, stat] = await Promise.all([
    readFile(`/proc/${pid}/status`, 'utf8'),
    readFile(`/proc/${pid}/stat`, 'utf8'),
  ]);
  const kilobytes = Number(/^VmRSS:\s+(\d+) kB$/mu.exec(status)?.[1]);
  // Its name, in brackets, may hold anything; the third field follows.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const at = USER_TICKS_FIELD - STATE_FIELD;
  const ticks = Number(fields[at]) + Number(fields[at + 1]);
  if (!Number.isFinite(kilobytes) || !Number.isFinite(ticks)) throw new Error(`/proc/${pid} cannot be read.`);
  return { residentBytes: 1024 * kilobytes, cpuSeconds: ticks / TICKS_PER_S };
}
