import type { ChatTurn } from '../../protocol/chat.ts';
import type { ToolRound } from '../../storage/schema.ts';

/** What an answer did before its text, as the model saw it: what it wrote and called, and the results. */
export function roundTurns(rounds: readonly ToolRound[]): readonly ChatTurn[] {
  return rounds.flatMap(({ text, calls }): ChatTurn[] => [
    {
      role: 'assistant',
      content: text,
      toolCalls: calls.map(({ id, name, arguments: given }) => ({ id, name, arguments: given })),
    },
    ...calls.map(({ id, result }): ChatTurn => ({ role: 'tool', content: result, toolCallId: id })),
  ]);
}

/** The same for a model that knows no tools: what was said around the calls. */
export function roundTexts(rounds: readonly ToolRound[]): readonly string[] {
  return rounds.map(({ text }) => text.trim()).filter((text) => text !== '');
}
