import type { ChatTurn } from '../../protocol/chat.ts';
import type { Message } from '../../storage/schema.ts';

/**
 * The turns that a model reads: an optional system turn, then user and assistant in turn. An answer without text (it
 * failed at once) is left out and the questions around it become one, because chat templates insist on the alternation.
 */
export function turnsOf(history: readonly Message[], systemPrompt: string): readonly ChatTurn[] {
  const turns: ChatTurn[] = [];
  if (systemPrompt.trim() !== '') turns.push({ role: 'system', content: systemPrompt });
  for (const { role, text } of history) {
    if (text.trim() === '') continue;
    const last = turns.at(-1);
    if (last?.role === role) turns[turns.length - 1] = { role, content: `${last.content}\n\n${text}` };
    else turns.push({ role, content: text });
  }
  return turns;
}
