/** A text as it is searched: without case, accents and compatibility forms. Lengths change; see {@link foldedIndex}. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replaceAll(/\p{M}/gu, '').toLowerCase().normalize('NFKC');
}

/**
 * The place in `text` at which `count` characters of its folded form have passed. Folding is done character by
 * character; where that differs from folding the whole (ligatures across characters), the place is near, not exact.
 */
export function foldedIndex(text: string, count: number): number {
  let folded = 0;
  let at = 0;
  for (const character of text) {
    if (folded >= count) break;
    folded += foldText(character).length;
    at += character.length;
  }
  return at;
}
