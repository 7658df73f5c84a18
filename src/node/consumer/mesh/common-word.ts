/**
 * What several nodes say together of one thing that none of them can prove: no single one decides for the others' models.
 */

/** Said by more than half of them; null: they do not agree. */
export function agreedOn<T>(words: readonly T[]): T | null {
  const counts = new Map<string, number>();
  for (const word of words) {
    const text = JSON.stringify(word);
    const count = (counts.get(text) ?? 0) + 1;
    if (2 * count > words.length) return word;
    counts.set(text, count);
  }
  return null;
}

/** The middle one, of an even number the lower of the two. Expects at least one. */
export function medianOf(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor((numbers.length - 1) / 2)]!;
}
