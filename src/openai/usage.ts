import type { AnswerStats } from '../protocol/chat.ts';

/** Tokens as they were counted, in OpenAI's form. */
export function usageOf({ promptTokens, completionTokens, cachedTokens }: AnswerStats) {
  return {
    prompt_tokens: promptTokens,
    completion_tokens: completionTokens,
    total_tokens: promptTokens + completionTokens,
    prompt_tokens_details: { cached_tokens: cachedTokens },
  };
}
