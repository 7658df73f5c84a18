import { formatUnits } from 'viem';
import type { RevertSentences } from '../chain-error.ts';

const DECIMALS = 18;

/** A sentence and what to do about it, whatever values the contract gave. */
export function says(sentence: string, hint: string): RevertSentences[string] {
  return () => ({ sentence, hint });
}

/** An amount of the token that a contract gave. */
export function tokens(value: unknown): string {
  return typeof value === 'bigint' ? `${formatUnits(value, DECIMALS)} tokens` : 'an unknown amount';
}

/** A time that a contract gave in seconds since 1970. */
export function time(value: unknown): string {
  if (typeof value !== 'bigint' || value > 8_640_000_000_000n) return 'an unknown time';
  return `${new Date(Number(value) * 1000).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
