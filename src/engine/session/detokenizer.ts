import type { Tokenizer } from './tokenizer.ts';

/** Turns one answer's tokens into text as they come. */
export interface Detokenizer {
  /** Text that became whole with this token: never half a character. O(length of the token). */
  readonly push: (id: number) => string;
}

/** `isStart`: the text begins here, so that a tokenizer's own leading space is dropped. */
export function createDetokenizer(tokenizer: Tokenizer, init: { readonly isStart: boolean }): Detokenizer {
  // A byte order mark that a model writes is text like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let dropsSpace = init.isStart && tokenizer.stripsFirstSpace;
  return {
    push(id) {
      const bytes = tokenizer.bytesOf(id);
      if (bytes.length === 0) return '';
      const text = decoder.decode(bytes, { stream: true });
      if (!dropsSpace || text === '') return text;
      dropsSpace = false;
      return text.startsWith(' ') ? text.slice(1) : text;
    },
  };
}
