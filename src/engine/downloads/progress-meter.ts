import { REPORT_EVERY_MS, SPEED_WINDOW_MS } from './constants.ts';

export interface TransferProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** Over the last seconds; null until it is known. */
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** What happens now: `retrying` waits for another attempt, `checking` compares and stores. */
  readonly phase: 'downloading' | 'retrying' | 'checking';
}

type FilePhase = TransferProgress['phase'];

export interface ProgressMeter {
  setTotal(totalBytes: number): void;
  /** The file's bytes that are here, and what happens to it. */
  file(url: string, loadedBytes: number, phase: FilePhase): void;
  /** The file is stored. */
  done(url: string, sizeBytes: number): void;
  /** Reports now, whatever was reported before. */
  flush(): void;
}

export interface ProgressMeterDeps {
  readonly report: (progress: TransferProgress) => void;
  readonly nowMs: () => number;
}

/** Adds up what the files of one model report, and says it a few times a second. */
export function createProgressMeter(totalBytes: number, deps: ProgressMeterDeps): ProgressMeter {
  const { nowMs } = deps;
  const active = new Map<string, { loadedBytes: number; phase: FilePhase }>();
  /** What came over the network, for the speed: stored files that were found here do not count. */
  let receivedBytes = 0;
  let storedBytes = 0;
  let total = totalBytes;
  let reportedAtMs = -Infinity;
  let samples: { readonly atMs: number; readonly bytes: number }[] = [];

  const report = (isForced: boolean) => {
    const now = nowMs();
    if (!isForced && now - reportedAtMs < REPORT_EVERY_MS) return;
    reportedAtMs = now;
    samples = [...samples.filter(({ atMs }) => now - atMs <= SPEED_WINDOW_MS), { atMs: now, bytes: receivedBytes }];
    const first = samples[0]!;
    const seconds = (now - first.atMs) / 1000;
    const bytesPerSecond = seconds < 0.5 ? null : Math.max(0, receivedBytes - first.bytes) / seconds;
    const loadedBytes = [...active.values()].reduce((sum, file) => sum + file.loadedBytes, storedBytes);
    const leftBytes = Math.max(0, total - loadedBytes);
    deps.report({
      loadedBytes,
      totalBytes: Math.max(total, loadedBytes),
      bytesPerSecond,
      secondsLeft: bytesPerSecond === null || bytesPerSecond === 0 ? null : leftBytes / bytesPerSecond,
      phase: phaseOf([...active.values()].map(({ phase }) => phase)),
    });
  };

  return {
    setTotal(bytes) {
      total = bytes;
      report(true);
    },
    file(url, loadedBytes, phase) {
      const before = active.get(url);
      receivedBytes += Math.max(0, loadedBytes - (before?.loadedBytes ?? 0));
      active.set(url, { loadedBytes, phase });
      report(before?.phase !== phase && phase === 'retrying');
    },
    done(url, sizeBytes) {
      active.delete(url);
      storedBytes += sizeBytes;
      report(false);
    },
    flush: () => report(true),
  };
}

/** One file that comes is worth more than another that waits. */
function phaseOf(phases: readonly FilePhase[]): FilePhase {
  if (phases.includes('downloading') || phases.length === 0) return 'downloading';
  return phases.includes('retrying') ? 'retrying' : 'checking';
}
