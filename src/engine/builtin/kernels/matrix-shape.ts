import type { MatrixFormat } from './weight-format.ts';

/** A product y = x · Wᵀ with a block of rows of W. */
export interface MatrixShape {
  /** Rows of the block: outputs it computes. */
  readonly rows: number;
  /** Inputs, a multiple of 8. */
  readonly cols: number;
  readonly format: MatrixFormat;
  /** Where the block's first output lies in a row of y, and how long a row of y is. */
  readonly outputOffset: number;
  readonly outputStride: number;
  /** Replace y, or add to it (the residual stream). */
  readonly output: 'store' | 'add';
  /** True where a bias `[outputStride]` is added. */
  readonly bias: boolean;
  /** Which rows of x count: all tokens of the chunk, or those selected for logits. */
  readonly inputs: 'tokens' | 'selected';
}

/** A short text that tells shapes apart in labels. */
export function describeShape(shape: MatrixShape): string {
  const format = shape.format.kind === 'q4' ? `q4-${shape.format.scale}` : shape.format.kind;
  return `${shape.rows}x${shape.cols} ${format} ${shape.output}`;
}
