import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { float, STEP_STRUCT, type Kernel } from './kernel.ts';

const WORKGROUP = 32;

/**
 * Root-mean-square norm of each q head and each k head of fused rows, in place, before the rotation (qwen3). A thread
 * takes one head of one token. Bindings: step, fused q/k/v, q weight `[headDim]`, k weight `[headDim]`.
 */
export function headNormKernel(shape: AttentionShape, epsilon: number): Kernel {
  const { headCount, kvHeadCount, headDim } = shape;
  const quads = headDim / 4;
  const heads = headCount + kvHeadCount;
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read_write> fused: array<vec4<f32>>;
    @group(0) @binding(2) var<storage, read> query_weight: array<vec4<f32>>;
    @group(0) @binding(3) var<storage, read> key_weight: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let head = id.x;
      let token = id.y;
      if (head >= ${heads}u || token >= step.tokens) { return; }
      let base = token * ${fusedWidth(shape) / 4}u + head * ${quads}u;
      var sum = 0.0;
      for (var i = 0u; i < ${quads}u; i++) { let value = fused[base + i]; sum += dot(value, value); }
      let factor = inverseSqrt(sum / ${float(headDim)} + ${float(epsilon)});
      for (var i = 0u; i < ${quads}u; i++) {
        let weight = select(key_weight[i], query_weight[i], head < ${headCount}u);
        fused[base + i] = fused[base + i] * factor * weight;
      }
    }`;
  const groups = Math.ceil(heads / WORKGROUP);
  return {
    label: `head-norm ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'write', 'read', 'read'],
    grid: (count) => [groups, count, 1],
  };
}
