import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { headingLevels } from './heading-levels.ts';
import type { MdBlock } from './nodes.ts';

const heading = (depth: number): MdBlock => ({ kind: 'heading', depth, children: [] });

describe('headingLevels', () => {
  it('begins at 3 and keeps relative depth', () => {
    expect(headingLevels([heading(2), { kind: 'rule' }, heading(3), heading(2)])).toEqual([3, null, 4, 3]);
  });

  it('never skips a level on the way down and stays between 3 and 6', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1 }), (depths) => {
        const levels = headingLevels(depths.map(heading)) as number[];
        expect(levels[0]).toBe(3);
        levels.forEach((level, index) => {
          expect(level).toBeGreaterThanOrEqual(3);
          expect(level).toBeLessThanOrEqual(6);
          if (index > 0) expect(level - levels[index - 1]!).toBeLessThanOrEqual(1);
        });
      }),
    );
  });
});
