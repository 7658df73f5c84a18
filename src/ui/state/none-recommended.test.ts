import { describe, expect, it } from 'vitest';
import type { CatalogueModel, ModelEntry } from '../../node/app.ts';
import { describeNoneRecommended } from './none-recommended.ts';

function entryOf(
  part: Partial<Pick<ModelEntry, 'isRecommended' | 'stored'>> = {},
  source: CatalogueModel['source'] = 'catalogue',
): ModelEntry {
  return { isRecommended: false, stored: 'absent', model: { source }, ...part } as ModelEntry;
}
const GUIDE = entryOf({ stored: 'ready' }, 'guide');

describe('describeNoneRecommended', () => {
  it('says nothing where a model is recommended', () => {
    expect(describeNoneRecommended([GUIDE, entryOf({ isRecommended: true })], null)).toBeNull();
  });

  it('tells what is here already from what is not offered', () => {
    expect(describeNoneRecommended([GUIDE, entryOf({ isRecommended: true, stored: 'paused' })], null)).toMatch(/above/);
    expect(describeNoneRecommended([GUIDE], { isFallback: true })).toBe('This server offers no other models.');
  });

  it('tells a browser without a GPU from a device that is too small', () => {
    expect(describeNoneRecommended([GUIDE, entryOf()], { isFallback: true })).toMatch(/without a GPU/);
    expect(describeNoneRecommended([GUIDE, entryOf()], { isFallback: false })).toMatch(/sure to fit/);
    expect(describeNoneRecommended([GUIDE, entryOf()], null)).toMatch(/sure to fit/);
  });
});
