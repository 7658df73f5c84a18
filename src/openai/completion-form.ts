import type { AnswerForm, AnswerFormInit } from './answer-form.ts';
import { finishReasonOf } from './finish-reason.ts';
import { usageOf } from './usage.ts';

/** `text_completion`. */
export function createCompletionForm({ id, model, created, includeUsage }: AnswerFormInit): AnswerForm {
  const head = { id, object: 'text_completion', created, model };
  const choice = (text: string, finish_reason: string | null) => ({ index: 0, text, logprobs: null, finish_reason });
  const part = (text: string, finish_reason: string | null = null) => ({
    ...head,
    choices: [choice(text, finish_reason)],
    ...(includeUsage ? { usage: null } : {}),
  });
  return {
    async whole(pieces) {
      let text = '';
      for await (const piece of pieces) {
        if (piece.type === 'text') text += piece.text;
        else if (piece.type === 'done') {
          return { ...head, choices: [choice(text, finishReasonOf(piece))], usage: usageOf(piece.stats) };
        }
      }
      throw new Error('An answer ended without its end.');
    },
    async *parts(pieces) {
      for await (const piece of pieces) {
        if (piece.type === 'text') yield part(piece.text);
        else if (piece.type === 'done') {
          yield part('', finishReasonOf(piece));
          if (includeUsage) yield { ...head, choices: [], usage: usageOf(piece.stats) };
        }
      }
    },
  };
}
