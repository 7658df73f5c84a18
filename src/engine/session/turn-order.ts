import type { ChatTurn } from '../../protocol/chat.ts';
import { WeftError } from '../../protocol/errors.ts';

/**
 * Throws engine/bad-input unless the last turn is the user's or a tool's, a system turn comes first only, and each call of
 * an assistant is followed by its result, in order.
 */
export function checkTurnOrder(turns: readonly ChatTurn[]): void {
  const last = turns.at(-1)?.role;
  if (last !== 'user' && last !== 'tool') throw badTurns('the last turn is not the user’s');
  let open: readonly string[] = [];
  for (const [at, { role, toolCalls = [], toolCallId }] of turns.entries()) {
    if (role === 'system' && at > 0) throw badTurns('a system turn stands after the first');
    if (role !== 'assistant' && toolCalls.length > 0) throw badTurns('only an assistant calls tools');
    if (role === 'tool') {
      if (toolCallId !== open[0] || toolCallId === undefined) throw badTurns('a result answers no call before it');
      open = open.slice(1);
    } else {
      if (open.length > 0) throw badTurns('a call has no result');
      open = toolCalls.map(({ id }) => id);
    }
  }
  if (open.length > 0) throw badTurns('a call has no result');
}

function badTurns(why: string): WeftError {
  return new WeftError('engine/bad-input', `The conversation cannot be answered: ${why}.`, {
    hints: ['Give an optional system turn first, then questions and answers, and end with a question.'],
  });
}
