/**
 * Heads of one layer. A row of fused projections is `[q heads | k heads | v heads]`, `headDim` each; a row of the K (or V)
 * cache is one token's `[kvHeads, headDim]`.
 */
export interface AttentionShape {
  readonly headCount: number;
  readonly kvHeadCount: number;
  /** A multiple of 8. */
  readonly headDim: number;
}

/** Elements in a row of fused projections. */
export function fusedWidth(shape: AttentionShape): number {
  return (shape.headCount + 2 * shape.kvHeadCount) * shape.headDim;
}
