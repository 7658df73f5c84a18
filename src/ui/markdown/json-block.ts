/** An answer that is JSON as a whole, as a block of code; any other text as it is. Longer ones are not tried. */
export function jsonBlock(text: string): string {
  const trimmed = text.trim();
  if (!/^[[{]/.test(trimmed) || trimmed.length > MAX_CHARS) return text;
  try {
    JSON.parse(trimmed);
  } catch {
    return text;
  }
  // The text itself: printing it anew could change a number. A fence that no line of it can close.
  const longest = Math.max(2, ...[...trimmed.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}json\n${trimmed}\n${fence}`;
}

const MAX_CHARS = 100_000;
