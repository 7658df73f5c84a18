/** What a pattern may cost whoever matches it, at worst. */
export interface PatternCost {
  /** Ways to take that are tried for one beginning, those of endless repetitions apart. */
  readonly ways: number;
  /** Endless repetitions that follow one another: each is one more power of the text's length. */
  readonly endless: number;
  /** Something is repeated that can itself match in several ways: twice as much work for each further character. */
  readonly isExplosive: boolean;
}

/** One atom, or what is between brackets or bars. */
interface Part {
  ways: number;
  endless: number;
}

interface Group {
  /** Of the alternatives that are over. */
  ways: number;
  endless: number;
  /** Of the present alternative, without its last atom. */
  current: Part;
  last: Part;
}

const TOKENS =
  /\\(?:[pPu]\{[^}]*\}|[^])|\[(?:\\[^]|[^\]\\])*\]|\((?:\?(?:<?[=!]|<[^>=!]*>|[a-z]*-?[a-z]*:|))?|[*+?][?+]?|\{(\d+)(,?)(\d*)\}[?+]?|[^]/gu;

const atom = (): Part => ({ ways: 1, endless: 0 });
const group = (): Group => ({ ways: 0, endless: 0, current: atom(), last: atom() });

/** Reads a regular expression as the tokenizers of published models have them. Linear in its length. */
export function patternCost(source: string): PatternCost {
  const open: Group[] = [group()];
  let isExplosive = false;

  const add = (top: Group, next: Part) => {
    top.current = joined(top.current, top.last);
    top.last = next;
  };
  const endAlternative = (top: Group) => {
    const { ways, endless } = joined(top.current, top.last);
    top.ways += ways;
    top.endless = Math.max(top.endless, endless);
    top.current = atom();
    top.last = atom();
  };
  const repeat = (top: Group, least: number, most: number) => {
    const { ways, endless } = top.last;
    if (most > 1 && (ways > 1 || endless > 0)) isExplosive = true;
    // Absent is one more way.
    const times = Math.max(0, most - least) * ways + (least === 0 ? 1 : ways);
    top.last = most === Infinity ? { ways, endless: endless + 1 } : { ways: times, endless };
  };

  for (const [token, from, comma, to] of source.matchAll(TOKENS)) {
    const top = open.at(-1)!;
    if (token.startsWith('(')) open.push(group());
    else if (token === ')') {
      endAlternative(top);
      open.pop();
      // One bracket too many is no pattern at all: whoever compiles it says so.
      if (open.length === 0) open.push(group());
      add(open.at(-1)!, { ways: top.ways, endless: top.endless });
    } else if (token === '|') endAlternative(top);
    else if (from !== undefined)
      repeat(top, Number(from), to === '' ? (comma === '' ? Number(from) : Infinity) : Number(to));
    else if (/^[*+?]/u.test(token)) repeat(top, 0, token.startsWith('?') ? 1 : Infinity);
    else add(top, atom());
  }
  const top = open[0]!;
  endAlternative(top);
  return { ways: top.ways, endless: top.endless, isExplosive };
}

function joined(before: Part, after: Part): Part {
  return { ways: before.ways * after.ways, endless: before.endless + after.endless };
}
