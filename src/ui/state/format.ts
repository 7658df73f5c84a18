import type { FinishReason } from '../../protocol/chat.ts';

/** 1234567 → "1.2 MB" (decimal units, as storage panels show them). */
export function formatBytes(sizeBytes: number): string {
  if (sizeBytes < 1000) return `${Math.max(0, Math.round(sizeBytes))} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = sizeBytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]!}`;
}

/** 940 → "0.9 s", 71 000 → "1 min 11 s". */
export function formatDuration(durationMs: number): string {
  const seconds = durationMs / 1000;
  if (seconds < 9.95) return `${Math.max(0.1, seconds).toFixed(1)} s`;
  if (seconds < 59.5) return `${Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** 1 → "1 token", 1200 → "1,200 tokens". */
export function formatCount(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

export function formatRate(tokensPerSecond: number): string {
  return `${tokensPerSecond < 10 ? tokensPerSecond.toFixed(1) : Math.round(tokensPerSecond)} tokens/s`;
}

/** Why an answer ended, in plain words. */
export function describeFinish(reason: FinishReason): string {
  switch (reason) {
    case 'stop':
      return 'finished';
    case 'length':
      return 'reached the length limit';
    case 'context':
      return 'ran out of room to read';
    case 'aborted':
      return 'stopped by you';
    case 'tool-calls':
      return 'asked for a tool';
    default:
      return reason satisfies never;
  }
}
