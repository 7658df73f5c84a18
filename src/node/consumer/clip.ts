const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The text on one line. */
export function flatten(text: string): string {
  return text.replaceAll(/\s+/gu, ' ').trim();
}

/**
 * At most `limit` characters as people count them, the last an ellipsis where something was cut. One such character can be
 * thousands of UTF-16 units long (a family emoji, stacked accents): `maxUnits` bounds those as well.
 */
export function clip(text: string, limit: number, maxUnits = Infinity): string {
  if (text.length <= Math.min(limit, maxUnits)) return text;
  let kept = '';
  let count = 0;
  for (const { segment } of graphemes.segment(text)) {
    count++;
    if (count > limit || kept.length + segment.length > maxUnits) return `${kept.slice(0, lastStart(kept)).trimEnd()}…`;
    kept += segment;
  }
  return text;
}

/** Where the last character begins: its place is the ellipsis's. */
function lastStart(text: string): number {
  let start = 0;
  for (const { index } of graphemes.segment(text)) start = index;
  return start;
}
