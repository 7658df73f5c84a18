/** One measurement of memory. */
export interface MemoryPoint {
  readonly atS: number;
  readonly bytes: number;
}

/** How memory went, and whether it stays where it is. */
export interface MemoryVerdict {
  /** Least squares over the second half. */
  readonly bytesPerMinute: number;
  /** Mean of the last quarter over the mean of the second. */
  readonly lastOverSecondQuarter: number;
  readonly isFlat: boolean;
}

/** What a process may grow and still count as flat: V8 takes and gives back some megabytes as it likes. */
export const MAX_BYTES_PER_MINUTE = 4 * 1_048_576;
export const MAX_QUARTER_RATIO = 1.1;

/** `points` in order, evenly apart, eight at least. */
export function isFlat(points: readonly MemoryPoint[]): MemoryVerdict {
  if (points.length < 8) throw new Error(`Expected 8 measurements of memory or more, got ${points.length}.`);
  const part = (from: number, to: number) =>
    points.slice(Math.floor(from * points.length), Math.floor(to * points.length));
  const half = part(0.5, 1);
  const meanAtS = mean(half.map(({ atS }) => atS));
  const meanBytes = mean(half.map(({ bytes }) => bytes));
  const spread = half.reduce((sum, { atS }) => sum + (atS - meanAtS) ** 2, 0);
  const rise = half.reduce((sum, { atS, bytes }) => sum + (atS - meanAtS) * (bytes - meanBytes), 0);
  const bytesPerMinute = (60 * rise) / spread;
  const lastOverSecondQuarter = bytesOf(part(0.75, 1)) / bytesOf(part(0.25, 0.5));
  return {
    bytesPerMinute,
    lastOverSecondQuarter,
    isFlat: bytesPerMinute <= MAX_BYTES_PER_MINUTE && lastOverSecondQuarter <= MAX_QUARTER_RATIO,
  };
}

const bytesOf = (points: readonly MemoryPoint[]) => mean(points.map(({ bytes }) => bytes));

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
