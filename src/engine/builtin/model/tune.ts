import { fusedWidth } from '../kernels/attention-shape.ts';
import { decodePartialLength, decodeAttentionKernel } from '../kernels/decode-attention.ts';
import {
  DEFAULT_VARIANTS,
  MATMUL_VARIANTS,
  MATVEC_VARIANTS,
  type KernelVariants,
  type MatmulVariant,
  type MatvecVariant,
} from '../kernels/kernel-variants.ts';
import { STEP_BYTES, type Kernel } from '../kernels/kernel.ts';
import { matmulKernel } from '../kernels/matmul.ts';
import type { MatrixShape } from '../kernels/matrix-shape.ts';
import { matvecKernel } from '../kernels/matvec.ts';
import { rmsNormKernel } from '../kernels/rms-norm.ts';
import type { MatrixFormat } from '../kernels/weight-format.ts';
import { createCompiler } from './compile.ts';
import { guarded } from './guarded.ts';
import type { ModelConfig } from './model-config.ts';
import { timeKernel } from './time-kernel.ts';

/** Rows of the sample matrix: enough to fill a GPU, little to allocate. */
const MAX_SAMPLE_ROWS = 4096;

/** Tokens of the sample prefill, and of context behind the sample attention. */
const SAMPLE_TOKENS = 64;
const SAMPLE_CONTEXT = 512;

/** A device on which a workgroup's threads cooperate this much more slowly is not asked for more such kernels. */
const HOPELESS_RATIO = 3;

/**
 * Chooses kernel variants for a model on this device by timing each on a sample of the model's own shapes: a fraction of a
 * second, worth remembering per adapter, quantisation and hidden size. Throws engine/shader, engine/out-of-memory.
 */
export async function tuneKernels(
  device: GPUDevice,
  config: ModelConfig,
  options: { readonly signal?: AbortSignal },
): Promise<KernelVariants> {
  const shape: MatrixShape = {
    rows: Math.min(MAX_SAMPLE_ROWS, 2 * config.intermediateSize),
    cols: config.hiddenSize,
    format: sampleFormat(config),
    outputOffset: 0,
    outputStride: Math.min(MAX_SAMPLE_ROWS, 2 * config.intermediateSize),
    output: 'store',
    bias: false,
    inputs: 'tokens',
  };
  const bytes = {
    x: SAMPLE_TOKENS * shape.cols * 4,
    weights: shape.rows * shape.cols * 4,
    y: SAMPLE_TOKENS * shape.rows * 4,
    fused: fusedWidth(config) * 4,
    cache: SAMPLE_CONTEXT * config.kvHeadCount * config.headDim * 4,
    partial: decodePartialLength(config) * 4,
  };
  const buffers = new Map<keyof typeof bytes | 'step', GPUBuffer>();
  const compiler = createCompiler(device);
  const time = async (
    kernel: Kernel,
    names: readonly (keyof typeof bytes | 'step')[],
    count: number,
    limitMs: number,
  ) => {
    options.signal?.throwIfAborted();
    const ready = compiler.add(kernel);
    await compiler.finish();
    const compiled = ready();
    const entries = names.map((name, binding) => ({ binding, resource: { buffer: buffers.get(name)! } }));
    const bindGroup = device.createBindGroup({ layout: compiled.layout, entries });
    return timeKernel(device, { compiled, bindGroup, count }, limitMs);
  };
  const fastest = async <Variant>(
    variants: readonly Variant[],
    measure: (each: Variant, limitMs: number) => Promise<number>,
  ) => {
    let best: { variant: Variant; ms: number } | null = null;
    for (const variant of variants) {
      const ms = await measure(variant, (best?.ms ?? Infinity) * HOPELESS_RATIO);
      if (best === null || ms < best.ms) best = { variant, ms };
    }
    return best;
  };
  const operands = shape.format.kind === 'q4' ? (['weights', 'weights'] as const) : (['weights'] as const);

  try {
    await guarded(device, 'allocate buffers for a short measurement', () => {
      const { STORAGE, UNIFORM, COPY_DST } = GPUBufferUsage;
      for (const [name, size] of Object.entries(bytes)) {
        buffers.set(name as keyof typeof bytes, device.createBuffer({ label: `sample ${name}`, size, usage: STORAGE }));
      }
      const step = device.createBuffer({ label: 'sample step', size: STEP_BYTES, usage: UNIFORM | COPY_DST });
      buffers.set('step', step);
      device.queue.writeBuffer(step, 0, new Uint32Array([SAMPLE_TOKENS, SAMPLE_CONTEXT - 1, SAMPLE_TOKENS, 0]));
    });
    // Kernels that any device is asked for are compiled together.
    const matvecFor = (variant: MatvecVariant) => matvecKernel(shape, variant);
    const matmulFor = (variant: MatmulVariant) => matmulKernel(shape, variant);
    for (const variant of MATVEC_VARIANTS.slice(0, -1)) compiler.add(matvecFor(variant));
    for (const variant of MATMUL_VARIANTS) if (variant.kind === 'register') compiler.add(matmulFor(variant));
    const matvec = (variant: MatvecVariant, limitMs: number) =>
      time(matvecFor(variant), ['x', ...operands, 'y'], 1, limitMs);
    const alone = await fastest(
      MATVEC_VARIANTS.filter(({ kind }) => kind === 'thread'),
      matvec,
    );
    const together = MATVEC_VARIANTS.filter(({ kind }) => kind === 'workgroup');
    // The cheapest cooperating kernel decides whether the costlier ones are worth compiling.
    const probeMs = await matvec(together[0]!, (alone?.ms ?? Infinity) * HOPELESS_RATIO);
    const cooperates = alone === null || probeMs < alone.ms * HOPELESS_RATIO;
    const reduced = cooperates ? await fastest(together, matvec) : null;
    const bestMatvec = reduced !== null && (alone === null || reduced.ms < alone.ms) ? reduced : alone;
    const bestMatmul = await fastest(
      MATMUL_VARIANTS.filter(({ kind }) => cooperates || kind === 'register'),
      (variant, limitMs) => time(matmulFor(variant), ['step', 'x', ...operands, 'y'], SAMPLE_TOKENS, limitMs),
    );
    const rowVariants = cooperates ? (['thread', 'workgroup'] as const) : (['thread'] as const);
    const bestAttention = await fastest(rowVariants, (variant, limitMs) => {
      const kernel = decodeAttentionKernel(config, variant);
      return time(kernel, ['step', 'fused', 'cache', 'cache', 'partial'], 1, limitMs);
    });
    const bestNorm = await fastest(rowVariants, (variant, limitMs) => {
      const kernel = rmsNormKernel({ width: shape.cols, epsilon: config.rmsNormEps, inputs: 'tokens' }, variant);
      return time(kernel, ['step', 'x', 'weights', 'y'], 1, limitMs);
    });
    return {
      version: 1,
      matvec: bestMatvec?.variant ?? DEFAULT_VARIANTS.matvec,
      matmul: bestMatmul?.variant ?? DEFAULT_VARIANTS.matmul,
      attention: bestAttention?.variant ?? DEFAULT_VARIANTS.attention,
      norm: bestNorm?.variant ?? DEFAULT_VARIANTS.norm,
    };
  } finally {
    for (const buffer of buffers.values()) buffer.destroy();
  }
}

/** What most weights of a model will be; the float behind a 4-bit scale matters little. */
function sampleFormat({ quantization }: ModelConfig): MatrixFormat {
  switch (quantization) {
    case 'q0f32':
      return { kind: 'bf16' };
    case 'q0f16':
      return { kind: 'f16' };
    case 'q4f32_1':
      return { kind: 'q4', scale: 'bf16' };
    case 'q4f16_1':
      return { kind: 'q4', scale: 'f16' };
  }
}
