import type { MatmulVariant } from './kernel-variants.ts';
import type { Kernel } from './kernel.ts';
import type { MatrixShape } from './matrix-shape.ts';
import { registerMatmulKernel } from './register-matmul.ts';
import { stagedMatmulKernel } from './staged-matmul.ts';

/** Y = X · Wᵀ for several rows of X, tiled as the variant says. Bindings: step, x, weights, (scales), (bias), y. */
export function matmulKernel(shape: MatrixShape, variant: MatmulVariant): Kernel {
  return variant.kind === 'register' ? registerMatmulKernel(shape, variant) : stagedMatmulKernel(shape, variant);
}
