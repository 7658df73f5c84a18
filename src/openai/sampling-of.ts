import type { SamplingSettings } from '../protocol/chat.ts';
import type { OpenAiModel } from './backend.ts';
import { TOP_K } from './constants.ts';

interface AskedSampling {
  readonly temperature?: number | null | undefined;
  readonly top_p?: number | null | undefined;
  readonly seed?: number | null | undefined;
  readonly stop?: readonly string[] | null | undefined;
}

/** What the request asks for, and what the model's makers recommend for the rest. `maxTokens` is a bound: less is within it. */
export function samplingOf(asked: AskedSampling, model: OpenAiModel, maxTokens: number | null): SamplingSettings {
  return {
    temperature: asked.temperature ?? model.defaults.temperature,
    topP: asked.top_p ?? model.defaults.topP,
    topK: TOP_K,
    maxTokens: Math.min(maxTokens ?? model.maxTokens, model.maxTokens),
    seed: asked.seed ?? null,
    stop: asked.stop ?? [],
  };
}
