import { MAX_TEXT_CHARS } from '../../storage/constants.ts';
import type { Message } from '../../storage/schema.ts';
import { clip, flatten } from './clip.ts';
import { MAX_RECAP_CHARS } from './constants.ts';

const QUESTION_CHARS = 240;
const ANSWER_CHARS = 240;
/** Between a prompt and its recap. */
const GAP = '\n\n';
const HEADING = 'Recap of the earlier chat (questions, and how each answer began):';

/**
 * An extract of a branch for a new chat's system prompt: every question and the first sentence of its answer, the
 * newest that fit. `contextLimit` in tokens; the recap takes about a quarter of it at four characters a token.
 */
export function recapOf(branch: readonly Message[], contextLimit: number): string {
  const limit = Math.min(MAX_RECAP_CHARS, contextLimit);
  const lines = branch
    .filter(({ text }) => text.trim() !== '')
    .map(({ role, text }) =>
      role === 'user' ? `Q: ${clip(flatten(text), QUESTION_CHARS)}` : `A: ${firstSentence(text)}`,
    );
  const kept: string[] = [];
  let chars = HEADING.length;
  for (const line of lines.reverse()) {
    chars += line.length + 1;
    if (chars > limit) break;
    kept.unshift(line);
  }
  // An answer without its question says nothing.
  if (kept[0]?.startsWith('A: ') === true) kept.shift();
  return kept.length === 0 ? '' : [HEADING, ...kept].join('\n');
}

/** A prompt without the recap that an earlier continuation put at its end. */
export function withoutRecap(systemPrompt: string): string {
  const at = systemPrompt.indexOf(HEADING);
  return at === -1 ? systemPrompt : systemPrompt.slice(0, at).trimEnd();
}

/** The prompt with the recap at its end. A prompt too long to be stored so loses whole lines at its own end. */
export function withRecap(prompt: string, recap: string): string {
  const room = MAX_TEXT_CHARS - (recap === '' ? 0 : recap.length + GAP.length);
  return [firstLines(prompt, room), recap].filter((part) => part !== '').join(GAP);
}

/** The lines that fit; of a first line that is longer than the room, its beginning. */
function firstLines(text: string, maxChars: number): string {
  if (text.length <= maxChars) return text;
  const end = text.lastIndexOf('\n', maxChars);
  // The cut may halve a character: its first half says nothing.
  return (end > 0 ? text.slice(0, end) : text.slice(0, maxChars).replace(/[\uD800-\uDBFF]$/u, '')).trimEnd();
}

function firstSentence(text: string): string {
  const line = flatten(text);
  const end = /[.!?。！？](?=\s|$)/u.exec(line);
  return clip(end === null ? line : line.slice(0, end.index + 1), ANSWER_CHARS);
}
