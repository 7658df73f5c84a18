import type { CatalogueModel, DownloadProgress, ModelEntry, ModelFit } from '../../node/app.ts';
import { formatBytes, formatDuration } from './format.ts';

/** What a fit is called on its chip. */
export const FIT_NAMES: Readonly<Record<ModelFit['verdict'], string>> = {
  fits: 'Fits',
  tight: 'Tight',
  'too-big': 'Too big',
  unsupported: 'Not on this GPU',
};

export type Feature = CatalogueModel['features'][number];

/** What each feature is called, in the order in which a person looks for it. */
export const FEATURE_NAMES: Readonly<Record<Feature, string>> = {
  chat: 'Chat',
  thinking: 'Thinks first',
  code: 'Code',
  math: 'Mathematics',
  vision: 'Sees pictures',
  tools: 'Uses tools',
  embedding: 'For search, not for chat',
};

/** 1_700_000_000 → "1.7 billion parameters". */
export function describeParameters(count: number): string {
  const [value, unit] = count >= 999.5e6 ? [count / 1e9, 'billion'] : [count / 1e6, 'million'];
  return `${value < 9.95 ? value.toFixed(1).replace(/\.0$/u, '') : Math.round(value)} ${unit} parameters`;
}

/**
 * MLC's name in words: "q4f16_1" → "compressed to 4 bits, computes in 16", "q0f16" → "not compressed (16 bits)".
 * An unknown name stays as it is.
 */
export function describeQuantization(name: string): string {
  const found = /^q(\d+)f(16|32)/u.exec(name);
  if (found === null) return name;
  const [, bits, float] = found;
  return bits === '0' ? `not compressed (${float} bits)` : `compressed to ${bits} bits, computes in ${float}`;
}

/** "about 700 MB", or the exact size where it is known. */
export function describeSize({ bytes, isExact }: CatalogueModel['download']): string {
  return isExact ? formatBytes(bytes) : `about ${formatBytes(bytes)}`;
}

/** A server as a person reads it: "https://hf.co" → "hf.co", "https://*.hf.co" → "servers of hf.co". */
export function describeHost(host: string): string {
  const name = host.replace(/^https?:\/\//u, '');
  return name.startsWith('*.') ? `servers of ${name.slice(2)}` : name;
}

/** How a download stands, in one line; empty figures are left out. */
export function describeDownload(entry: ModelEntry): string {
  const { progress, stored } = entry;
  const bytes =
    progress === null || progress.totalBytes === 0
      ? ''
      : `${formatBytes(progress.loadedBytes)} of ${formatBytes(progress.totalBytes)}`;
  if (stored === 'waiting') return join('Waiting for its turn', bytes);
  if (stored === 'paused') return join('Paused', bytes);
  if (stored !== 'downloading' || progress === null) return '';
  switch (progress.phase) {
    case 'downloading':
      return join(bytes, describeSpeed(progress));
    case 'retrying':
      return join('The connection broke, trying again', bytes);
    case 'checking':
      return join('Checking the files', bytes);
    default:
      return progress.phase satisfies never;
  }
}

/** 0 to 1. */
export function downloadRatio({ loadedBytes, totalBytes }: DownloadProgress): number {
  return totalBytes > 0 ? Math.min(1, loadedBytes / totalBytes) : 0;
}

function describeSpeed({ bytesPerSecond, secondsLeft }: DownloadProgress): string {
  const speed = bytesPerSecond === null ? '' : `${formatBytes(bytesPerSecond)}/s`;
  return join(speed, secondsLeft === null ? '' : `${formatDuration(secondsLeft * 1000)} left`);
}

function join(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}
