import { decodeAttentionKernel, joinAttentionKernel } from '../kernels/decode-attention.ts';
import { embeddingKernel } from '../kernels/embedding.ts';
import { headNormKernel } from '../kernels/head-norm.ts';
import type { KernelVariants } from '../kernels/kernel-variants.ts';
import type { Kernel } from '../kernels/kernel.ts';
import { matmulKernel } from '../kernels/matmul.ts';
import type { MatrixShape } from '../kernels/matrix-shape.ts';
import { matvecKernel } from '../kernels/matvec.ts';
import { prefillAttentionKernel } from '../kernels/prefill-attention.ts';
import { rmsNormKernel } from '../kernels/rms-norm.ts';
import { rotateKernel } from '../kernels/rotate.ts';
import { swigluKernel } from '../kernels/swiglu.ts';
import type { GpuMatrix, MatrixSlab } from '../weights/gpu-matrix.ts';
import type { ModelConfig } from './model-config.ts';

/** What a product does with its result. */
export interface ProductUse {
  readonly output: MatrixShape['output'];
  readonly inputs: MatrixShape['inputs'];
  readonly bias: boolean;
}

/** The kernels of a network, by role, in the variants chosen for the adapter. */
export interface NetworkKernels {
  readonly rotate: Kernel;
  readonly prefillAttention: Kernel;
  readonly decodeAttention: Kernel;
  readonly joinAttention: Kernel;
  readonly swiglu: Kernel;
  /** Of q and k heads, in models that have it. */
  readonly headNorm: Kernel;
  readonly norm: Kernel;
  readonly finalNorm: Kernel;
  embedding(matrix: GpuMatrix, slab: MatrixSlab): Kernel;
  /** For one row of input. */
  matvec(matrix: GpuMatrix, slab: MatrixSlab, use: ProductUse): Kernel;
  /** For several. */
  matmul(matrix: GpuMatrix, slab: MatrixSlab, use: ProductUse): Kernel;
}

export function networkKernels(config: ModelConfig, variants: KernelVariants): NetworkKernels {
  const shapeOf = (matrix: GpuMatrix, slab: MatrixSlab, use: ProductUse): MatrixShape => ({
    rows: slab.rows,
    cols: matrix.cols,
    format: matrix.format,
    outputOffset: slab.from,
    outputStride: matrix.rows,
    ...use,
  });
  const norm = { width: config.hiddenSize, epsilon: config.rmsNormEps };
  return {
    rotate: rotateKernel(config),
    prefillAttention: prefillAttentionKernel(config, variants.attention),
    decodeAttention: decodeAttentionKernel(config, variants.attention),
    joinAttention: joinAttentionKernel(config),
    swiglu: swigluKernel(config.intermediateSize),
    headNorm: headNormKernel(config, config.rmsNormEps),
    norm: rmsNormKernel({ ...norm, inputs: 'tokens' }, variants.norm),
    finalNorm: rmsNormKernel({ ...norm, inputs: 'selected' }, variants.norm),
    embedding: (matrix, slab) =>
      embeddingKernel({ rows: slab.rows, from: slab.from, cols: matrix.cols, format: matrix.format }),
    matvec: (matrix, slab, use) => matvecKernel(shapeOf(matrix, slab, use), variants.matvec),
    matmul: (matrix, slab, use) => matmulKernel(shapeOf(matrix, slab, use), variants.matmul),
  };
}
