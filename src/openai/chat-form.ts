import type { ToolCall } from '../protocol/tools.ts';
import type { AnswerForm, AnswerFormInit } from './answer-form.ts';
import { finishReasonOf } from './finish-reason.ts';
import { usageOf } from './usage.ts';

export interface ChatFormInit extends AnswerFormInit {
  /** False: of several calls the first is handed over. */
  readonly parallelCalls: boolean;
}

/** `chat.completion` and `chat.completion.chunk`. */
export function createChatForm({ id, model, created, includeUsage, parallelCalls }: ChatFormInit): AnswerForm {
  const head = (object: string) => ({ id, object, created, model });
  const handedOver = (calls: readonly ToolCall[]) => (parallelCalls ? calls : calls.slice(0, 1)).map(callOf);
  const chunk = (delta: object, finish_reason: string | null = null) => ({
    ...head('chat.completion.chunk'),
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
    ...(includeUsage ? { usage: null } : {}),
  });
  return {
    async whole(pieces) {
      let content = '';
      let calls: readonly object[] = [];
      for await (const piece of pieces) {
        if (piece.type === 'text') content += piece.text;
        else if (piece.type === 'tool-calls') calls = handedOver(piece.calls);
        else {
          const message = {
            role: 'assistant',
            content: content === '' && calls.length > 0 ? null : content,
            refusal: null,
            ...(calls.length === 0 ? {} : { tool_calls: calls }),
          };
          return {
            ...head('chat.completion'),
            choices: [{ index: 0, message, logprobs: null, finish_reason: finishReasonOf(piece) }],
            usage: usageOf(piece.stats),
          };
        }
      }
      throw new Error('An answer ended without its end.');
    },
    async *parts(pieces) {
      let isBegun = false;
      for await (const piece of pieces) {
        if (!isBegun) yield chunk({ role: 'assistant', content: '', refusal: null });
        isBegun = true;
        if (piece.type === 'text') yield chunk({ content: piece.text });
        else if (piece.type === 'tool-calls') {
          yield chunk({ tool_calls: handedOver(piece.calls).map((call, index) => ({ index, ...call })) });
        } else {
          yield chunk({}, finishReasonOf(piece));
          if (includeUsage) yield { ...head('chat.completion.chunk'), choices: [], usage: usageOf(piece.stats) };
        }
      }
    },
  };
}

function callOf({ id, name, arguments: text }: ToolCall) {
  return { id, type: 'function', function: { name, arguments: text } };
}
