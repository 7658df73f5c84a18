import type { SamplingSettings } from '../chat.ts';
import { WeftError } from '../errors.ts';
import { GRID, HIGHEST_U16, K, TOP_P_ALL } from './constants.ts';
import { requireInteger } from './guard.ts';

/** How tokens are drawn, in the integers that an offer and a receipt carry. */
export interface SamplingParams {
  /** round(1024 · temperature), 0 to 65535; 0 takes the likeliest. */
  readonly temperatureQ: number;
  /** Nucleus bound in basis points, 1 to 10000. */
  readonly topPBps: number;
  /** Candidates, 1 to 32. */
  readonly topK: number;
}

/** Returns the parameters when each is in range; throws par1/bad-input. */
export function requireParams(params: SamplingParams): SamplingParams {
  requireInteger('temperatureQ', params.temperatureQ, 0, HIGHEST_U16);
  requireInteger('topPBps', params.topPBps, 1, TOP_P_ALL);
  requireInteger('topK', params.topK, 1, K);
  return params;
}

/** Puts a person's settings on the integer grid; throws par1/bad-input outside 0…63.99, (0, 1] and 1…32. */
export function samplingParams(settings: Pick<SamplingSettings, 'temperature' | 'topP' | 'topK'>): SamplingParams {
  const { temperature, topP, topK } = settings;
  if (!(topP > 0 && topP <= 1)) {
    throw new WeftError('par1/bad-input', `Expected topP above 0 and at most 1, got ${topP}.`);
  }
  return requireParams({
    temperatureQ: Math.round(GRID * temperature),
    // The smallest bound there is keeps one candidate, as any smaller would.
    topPBps: Math.max(1, Math.round(TOP_P_ALL * topP)),
    topK,
  });
}
