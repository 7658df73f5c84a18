import type { AnswerStats, FinishReason } from '../protocol/chat.ts';
import { WeftError } from '../protocol/errors.ts';
import type { ToolCall } from '../protocol/tools.ts';
import type { OpenAiEvent } from './backend.ts';
import type { Task } from './task.ts';

/** What of an answer a client is shown. */
export type AnswerPiece =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-calls'; readonly calls: readonly ToolCall[] }
  | { readonly type: 'done'; readonly reason: Exclude<FinishReason, 'aborted'>; readonly stats: AnswerStats };

/** The pieces of one answer, to `done`. Counts what was read and written, and ends the task with it. */
export async function* readAnswer(
  task: Task,
  events: AsyncIterable<OpenAiEvent>,
): AsyncGenerator<AnswerPiece, void, undefined> {
  let promptTokens = 0;
  let written = 0;
  try {
    for await (const event of events) {
      switch (event.type) {
        case 'prefill':
          promptTokens = event.promptTokens;
          break;
        case 'token':
          written++;
          if (event.text !== '') yield { type: 'text', text: event.text };
          break;
        case 'tool-calls':
          yield event;
          break;
        case 'done': {
          const { reason, stats } = event;
          // Where it was stopped, the last word may know less than those before.
          promptTokens = Math.max(promptTokens, stats.promptTokens);
          written = Math.max(written, stats.completionTokens);
          if (reason === 'aborted') throw whyStopped(task.signal);
          yield { type: 'done', reason, stats };
          return;
        }
        case 'queued':
        case 'loading':
        case 'served-by':
          break;
        default:
          event satisfies never;
      }
    }
    throw whyStopped(task.signal);
  } finally {
    // Another node counted them: what is no whole number is none of an honest one.
    await task.end(Math.ceil(promptTokens + written));
  }
}

function whyStopped({ aborted, reason }: AbortSignal): Error {
  if (aborted && reason instanceof Error) return reason;
  return new WeftError('mesh/peer-lost', 'The answer broke off before its end.', {
    hints: ['Ask again.'],
    retryable: true,
  });
}
