import { WeftError } from '../../protocol/errors.ts';
import type { Vision } from './vision.ts';

/** Longer side to shorter: Phi 3.5's 16 tiles in a row. Of narrower ones WebLLM computes tiles without a width. */
const MOST_TILES = 16;
/** Pixels of a tile's side, and rows of positions that one takes. */
const TILE_PIXELS = 336;
const TILE_ROWS = 12;
/** The whole picture once more, as one tile, and what stands between. */
const OVERVIEW_POSITIONS = TILE_ROWS * (TILE_ROWS + 1) + 1;

/**
 * Positions of Phi 3.5's context that a picture takes (its `hd_transform`: as many tiles as fit in its shape, each row of
 * positions ended by one more). Throws engine/limits for one that is too narrow.
 */
function phi3Positions({ width, height }: Parameters<Vision['positionsOf']>[0]): number {
  if (Math.max(width, height) / Math.min(width, height) > MOST_TILES) {
    throw new WeftError('engine/limits', `A picture of ${width} × ${height} pixels is too narrow for this model.`, {
      hints: ['Cut the picture to another shape, then attach it again.'],
    });
  }
  const shape = width / height;
  let columns = 1;
  while ((columns + 1) * Math.ceil((columns + 1) / shape) <= MOST_TILES) columns++;
  const rows = Math.ceil(Math.floor((columns * TILE_PIXELS) / shape) / TILE_PIXELS);
  return rows * TILE_ROWS * (columns * TILE_ROWS + 1) + OVERVIEW_POSITIONS;
}

/** How pictures stand in the prompts of an architecture, known without the model; null where it does not see. */
export function visionOf(architecture: string): Pick<Vision, 'positionsOf' | 'after'> | null {
  return architecture === 'phi3_v' ? { positionsOf: phi3Positions, after: '\n' } : null;
}
