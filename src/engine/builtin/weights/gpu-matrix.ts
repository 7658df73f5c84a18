import type { MatrixFormat } from '../kernels/weight-format.ts';

/** Rows `[from, from + rows)` of a matrix in buffers that one binding can hold. */
export interface MatrixSlab {
  readonly from: number;
  readonly rows: number;
  readonly weights: GPUBuffer;
  /** Scales of 4-bit groups, otherwise null. */
  readonly scales: GPUBuffer | null;
}

/** A weight matrix on the GPU, cut by rows where the device's limits ask for it. */
export interface GpuMatrix {
  readonly rows: number;
  readonly cols: number;
  readonly format: MatrixFormat;
  readonly slabs: readonly MatrixSlab[];
}
