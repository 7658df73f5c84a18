import { MAX_TITLE_CHARS } from '../../storage/constants.ts';
import { clip, flatten } from './clip.ts';
import { UNTITLED } from '../chats/create-conversation.ts';
import { TITLE_CHARS } from './constants.ts';

/** A title from a question: its first line with words, cut at a word. */
export function titleOf(question: string): string {
  const line = question
    .split('\n')
    .map((text) => flatten(text.replace(/^[\s#>*`\-–]+/u, '')))
    .find((text) => text !== '');
  if (line === undefined) return UNTITLED;
  const cut = clip(line, TITLE_CHARS, MAX_TITLE_CHARS);
  const space = cut.lastIndexOf(' ');
  // A single long word (a link, Chinese) is cut where it is.
  return cut === line || space < TITLE_CHARS / 2 ? cut : `${cut.slice(0, space).trimEnd()}…`;
}
