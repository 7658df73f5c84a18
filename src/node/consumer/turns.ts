import { MAX_IMAGES_PER_TURN } from '../../protocol/chat-image.ts';
import type { ChatImage } from '../../protocol/chat-image.ts';
import type { ChatTurn } from '../../protocol/chat.ts';
import type { Message } from '../../storage/schema.ts';
import { roundTexts, roundTurns } from './round-turns.ts';

/**
 * The turns that a model reads: an optional system turn, then user and assistant in turn. An answer without text (it
 * failed at once) is left out and the questions around it become one, because chat templates insist on the alternation.
 * `images` has the pictures that the model is to see, by hash; `hasTools`: it knows calls and their results.
 */
export function turnsOf(
  history: readonly Message[],
  systemPrompt: string,
  images: ReadonlyMap<string, ChatImage> = NONE,
  hasTools = false,
): readonly ChatTurn[] {
  const turns: ChatTurn[] = [];
  if (systemPrompt.trim() !== '') turns.push({ role: 'system', content: systemPrompt });
  for (const message of history) {
    const { role } = message;
    const shown = (message.images ?? []).flatMap(({ sha256 }) => images.get(sha256) ?? []);
    const { rounds = [] } = message;
    if (hasTools) turns.push(...roundTurns(rounds));
    const spoken = hasTools ? [] : roundTexts(rounds);
    const said = textOf(message, shown.length > 0);
    const text = [...spoken, said].filter((part) => part !== '').join('\n\n');
    if (text.trim() === '' && shown.length === 0) continue;
    const last = turns.at(-1);
    if (last?.role !== role) {
      turns.push({ role, content: text, ...withImages(shown) });
      continue;
    }
    const content = [last.content, text].filter((part) => part !== '').join('\n\n');
    // Of questions that become one, the newest pictures.
    const all = [...(last.images ?? []), ...shown].slice(-MAX_IMAGES_PER_TURN);
    turns[turns.length - 1] = { role, content, ...withImages(all) };
  }
  return turns;
}

const NONE: ReadonlyMap<string, ChatImage> = new Map();

const withImages = (images: readonly ChatImage[]): Pick<ChatTurn, 'images'> => (images.length === 0 ? {} : { images });

/** A question that is nothing but pictures is told by their names to a model that does not see them. */
function textOf({ text, images = [] }: Message, isShown: boolean): string {
  if (isShown || images.length === 0 || text.trim() !== '') return text;
  return images.map(({ name }) => `[Picture: ${name}]`).join('\n');
}
