import { MAX_CHATS } from '../../storage/constants.ts';
import { foldedIndex, foldText } from '../../storage/fold-text.ts';
import { compareMessages } from '../../storage/tree.ts';
import type { SearchHit } from '../app.ts';
import type { ChatHub } from './chat-hub.ts';

const MAX_HITS = 100;
const MAX_QUERY_CHARS = 200;
const MAX_WORDS = 8;
/** Characters shown around a match. */
const CONTEXT_CHARS = 60;

/** Searches one chat after the other, so that first hits come at once and memory holds one chat. */
export async function* searchChats(
  init: { readonly query: string; readonly signal?: AbortSignal },
  deps: { readonly hub: ChatHub },
): AsyncGenerator<SearchHit> {
  const folded = foldText(init.query.slice(0, MAX_QUERY_CHARS)).trim();
  const words = [...new Set(folded.split(/\s+/u).filter((word) => word !== ''))].slice(0, MAX_WORDS);
  if (words.length === 0) return;
  const isOver = () => init.signal?.aborted === true;
  let hits = 0;

  const chats = (await (await deps.hub.database).conversations())
    .filter(({ deletedAtMs }) => deletedAtMs === null)
    .sort((a, b) => b.updatedAtMs - a.updatedAtMs)
    .slice(0, MAX_CHATS);
  for (const conversation of chats) {
    if (isOver()) return;
    const inTitle = excerptOf(conversation.title, words, folded);
    if (inTitle !== null) {
      yield { conversation, messageId: null, ...inTitle };
      if (++hits === MAX_HITS) return;
    }
    const { messages } = await deps.hub.tree(conversation.id);
    for (const message of [...messages].sort(compareMessages).reverse()) {
      if (isOver()) return;
      const inText = excerptOf(message.text, words, folded);
      if (inText === null) continue;
      yield { conversation, messageId: message.id, ...inText };
      if (++hits === MAX_HITS) return;
    }
  }
}

/** The surroundings of the whole phrase where it occurs, else of the first word; null where a word is missing. */
function excerptOf(
  text: string,
  words: readonly string[],
  phrase: string,
): Pick<SearchHit, 'before' | 'match' | 'after'> | null {
  const folded = foldText(text);
  if (!words.every((word) => folded.includes(word))) return null;
  const found = folded.includes(phrase) ? phrase : words[0]!;
  const start = folded.indexOf(found);
  const from = foldedIndex(text, start);
  const to = foldedIndex(text, start + found.length);
  const left = Math.max(0, from - CONTEXT_CHARS);
  return {
    before: `${left > 0 ? '…' : ''}${flat(text.slice(left, from).trimStart())}`,
    match: flat(text.slice(from, to)),
    after: `${flat(text.slice(to, to + CONTEXT_CHARS).trimEnd())}${to + CONTEXT_CHARS < text.length ? '…' : ''}`,
  };
}

function flat(text: string): string {
  return text.replaceAll(/\s+/gu, ' ');
}
