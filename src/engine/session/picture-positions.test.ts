import { describe, expect, it } from 'vitest';
import { visionOf } from './picture-positions.ts';

const { positionsOf } = visionOf('phi3_v')!;

describe('the positions of a picture', () => {
  // As WebLLM 0.2.86 counts them (computeImageEmbedSize).
  it.each([
    [336, 336, 2509],
    [1, 1, 2509],
    [1200, 800, 1921],
    [800, 1200, 2377],
    [64, 48, 1921],
    [1600, 100, 2473],
    [100, 1600, 2653],
    [333, 1000, 2257],
  ])('of %i × %i pixels are as many as the library takes', (width, height, count) => {
    expect(positionsOf({ width, height })).toBe(count);
  });

  it('are not counted of one that is too narrow', () => {
    for (const size of [
      { width: 1700, height: 100 },
      { width: 100, height: 1700 },
    ]) {
      expect(() => positionsOf(size)).toThrow(expect.objectContaining({ code: 'engine/limits' }) as Error);
    }
  });

  it('are not known of a model that is not known to see', () => {
    expect(visionOf('llama')).toBeNull();
  });
});
