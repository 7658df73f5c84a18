import type { GenerateEvent } from '../../../engine/engine.ts';
import type { JobEvent } from '../../../mesh/infer/infer.ts';
import type { AnswerStats } from '../../../protocol/chat.ts';
import { WeftError } from '../../../protocol/errors.ts';
import type { PromptRequest } from '../../../protocol/prompt-request.ts';

type Part = Extract<JobEvent, { type: 'done' }>;

/** One answer in the making, of one part or several. */
export function createWholeAnswer(nowMs: () => number) {
  const startedAtMs = nowMs();
  let text = '';
  let tokens = 0;
  let firstTokenAtMs = 0;
  let lastTokenAtMs = 0;

  const ownStats = (): AnswerStats => ({
    promptTokens: 0,
    cachedTokens: 0,
    completionTokens: tokens,
    timeToFirstTokenMs: tokens === 0 ? 0 : firstTokenAtMs - startedAtMs,
    decodeTokensPerSecond: tokens < 2 ? 0 : ((tokens - 1) * 1000) / Math.max(1, lastTokenAtMs - firstTokenAtMs),
    contextTokens: 0,
    contextLimit: 1,
  });

  return {
    get tokens() {
      return tokens;
    },
    /** What is still to be written. */
    restOf(request: PromptRequest): PromptRequest {
      if (tokens === 0) return request;
      const maxTokens = Math.max(1, request.sampling.maxTokens - tokens);
      return {
        ...request,
        answerPrefix: request.answerPrefix + text,
        sampling: { ...request.sampling, maxTokens },
      };
    },
    /** Passes a part's events on; returns how it ended. */
    async *receive(
      events: AsyncIterable<JobEvent>,
      promptTokens: number,
    ): AsyncGenerator<GenerateEvent, Part, undefined> {
      for await (const event of events) {
        switch (event.type) {
          case 'done':
            return event;
          case 'loading':
            yield {
              type: 'loading',
              progress: { phase: 'upload', ratio: event.ratio, loadedBytes: 0, totalBytes: 0 },
            };
            break;
          case 'prefill':
            // What the prompt consists of is known here, whatever the other node says.
            yield {
              type: 'prefill',
              promptTokens,
              cachedTokens: Math.min(event.cachedTokens, promptTokens),
              doneTokens: Math.min(event.doneTokens, promptTokens),
            };
            break;
          case 'token':
            lastTokenAtMs = nowMs();
            if (tokens === 0) firstTokenAtMs = lastTokenAtMs;
            if (event.isRest !== true) tokens++;
            text += event.text;
            yield event;
            break;
          default:
            yield event;
        }
      }
      throw new WeftError('mesh/peer-lost', 'The node that was answering broke off.', { retryable: true });
    },
    /** Times and tokens of the whole as they are felt here; the context as the last node counted it. */
    stats: ({ cachedTokens, contextTokens, contextLimit }: AnswerStats, promptTokens: number): AnswerStats => ({
      ...ownStats(),
      promptTokens,
      cachedTokens: Math.min(cachedTokens, promptTokens),
      contextTokens,
      contextLimit,
    }),
    ownStats,
  };
}
