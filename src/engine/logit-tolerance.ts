import type { RuntimeName } from './catalogue/catalogue-model.ts';

/** What decides how far two right computations of the same logits may lie apart. */
export interface Arithmetic {
  readonly runtime: RuntimeName;
  /** MLC's name. Only compiled libraries compute in the 16 bits that it may name; our own kernels widen. */
  readonly quantization: string;
  readonly layerCount: number;
}

/** Half the spacing of 16-bit floats at 1: 11 significant bits. */
const ROUNDING_16 = 2 ** -11;
/** Of 32 bits it would be 2^-24; WGSL lets `exp` be off by 3 + 2·|x| steps, 64 of them for the scores of an attention. */
const ROUNDING_32 = 2 ** -18;
/**
 * What one rounding grows to, per square root of the layers. Measured on random llama networks of 4 to 32 layers whose sums
 * are rounded in parts of 8 and of 32 terms instead of once: 2 to 5 for weights that keep the size of activations, 17 to 36
 * with weights twice as large, whose attention looks at one token only.
 */
const GROWTH = 36;
/** A GPU whose roots and quotients are quick rather than exact is not a wrong one. */
const LEAST = 2e-3;

/**
 * Largest difference of a logit, relative to the largest one, between two orders of the same sums. Roundings are
 * independent of one another, so their sum grows as the square root of how many there are (N. J. Higham, T. Mary, "A new
 * approach to probabilistic rounding error analysis", 2019), which is the number of layers times a constant.
 */
export function logitTolerance({ runtime, quantization, layerCount }: Arithmetic): number {
  const rounding = runtime === 'webllm' && quantization.includes('f16') ? ROUNDING_16 : ROUNDING_32;
  return Math.max(LEAST, GROWTH * rounding * Math.sqrt(layerCount));
}
