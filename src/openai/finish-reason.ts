import type { AnswerPiece } from './read-answer.ts';

/** OpenAI has one word for the end of what was asked for and the end of the model's context. */
export function finishReasonOf({ reason }: Extract<AnswerPiece, { type: 'done' }>): 'stop' | 'length' | 'tool_calls' {
  switch (reason) {
    case 'context':
      return 'length';
    case 'tool-calls':
      return 'tool_calls';
    default:
      return reason;
  }
}
