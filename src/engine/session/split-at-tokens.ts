/**
 * Cuts a text at the names of tokens: text and name in turn, beginning and ending with text, perhaps an empty one. Where
 * several names begin at one place the longest wins. A pattern of all names would do the same, but a publisher decides how
 * many there are, and a pattern of some megabytes ends the whole process.
 */
export function createTokenSplitter(names: Iterable<string>): (text: string) => readonly string[] {
  const known = new Set(names);
  /** Lengths of the names that begin with a character, the longest first. */
  const lengthsOf = new Map<string, readonly number[]>();
  for (const [first, lengths] of groupedLengths(known))
    lengthsOf.set(
      first,
      [...lengths].sort((a, b) => b - a),
    );

  const nameAt = (text: string, at: number): string | null => {
    for (const length of lengthsOf.get(text.charAt(at)) ?? []) {
      const part = text.slice(at, at + length);
      if (known.has(part)) return part;
    }
    return null;
  };

  return (text) => {
    const parts: string[] = [];
    let from = 0;
    for (let at = 0; at < text.length;) {
      const name = nameAt(text, at);
      if (name === null) {
        at++;
        continue;
      }
      parts.push(text.slice(from, at), name);
      at += name.length;
      from = at;
    }
    parts.push(text.slice(from));
    return parts;
  };
}

function groupedLengths(names: ReadonlySet<string>): ReadonlyMap<string, ReadonlySet<number>> {
  const groups = new Map<string, Set<number>>();
  for (const name of names) {
    const first = name.charAt(0);
    const group = groups.get(first) ?? new Set();
    groups.set(first, group.add(name.length));
  }
  return groups;
}
