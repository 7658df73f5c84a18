import type { Token } from 'marked';
import type { MdBlock } from './nodes.ts';
import { lex, toBlocks } from './parse.ts';

/** Blocks of an answer: those that later text cannot change keep their identity between updates. */
export interface IncrementalMarkdown {
  /** Parses `source`; when it extends the last source, only the unfinished tail is read again. */
  update(source: string, isFinal: boolean): readonly MdBlock[];
}

/** Blocks at the end that more text may still change: a list or table that grows, and the block that interrupts it. */
const LIVE_BLOCKS = 2;
/** A link definition changes blocks before and after it, so a text with one is read as a whole when it is finished. */
const DEFINITION = /^ {0,3}\[[^\]\n]+\]:/m;

export function createIncrementalMarkdown(): IncrementalMarkdown {
  let finished: MdBlock[] = [];
  let consumed = '';

  return {
    update(source, isFinal) {
      if (!source.startsWith(consumed) || (isFinal && DEFINITION.test(source))) {
        finished = [];
        consumed = '';
      }
      const tokens = lex(source.slice(consumed.length));
      const liveFrom = isFinal ? tokens.length : liveStart(tokens);
      const done = tokens.slice(0, liveFrom);
      if (done.length > 0) {
        finished = [...finished, ...toBlocks(done)];
        consumed = source.slice(0, consumed.length + done.reduce((sum, token) => sum + token.raw.length, 0));
      }
      return [...finished, ...toBlocks(tokens.slice(liveFrom))];
    },
  };
}

/** Index of the first token that must be read again with the next text. */
function liveStart(tokens: readonly Token[]): number {
  let blocks = 0;
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    if (tokens[index]!.type !== 'space') blocks += 1;
    if (blocks === LIVE_BLOCKS) return index;
  }
  return 0;
}
