import type { MdBlock } from './nodes.ts';

/** Each message has a heading of level 2 of its own; those of an answer begin below it. */
const FIRST = 3;
const LAST = 6;

/**
 * The outline level of each heading among `blocks`, null for other blocks: the first heading begins at level 3 however deep
 * its author set it, and no level is skipped on the way down.
 */
export function headingLevels(blocks: readonly MdBlock[]): readonly (number | null)[] {
  let base: number | null = null;
  let last = FIRST - 1;
  return blocks.map((block) => {
    if (block.kind !== 'heading') return null;
    base ??= block.depth;
    last = Math.max(FIRST, Math.min(FIRST + block.depth - base, last + 1, LAST));
    return last;
  });
}
