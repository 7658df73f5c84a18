import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { float, STEP_STRUCT, unroll, type Kernel } from './kernel.ts';
import { LOWEST } from './softmax.ts';

const WORKGROUP = 16;

/**
 * Causal attention of a chunk over the cache and itself: a thread takes one query of one head through all positions it
 * may see, with a running softmax. Bindings: step, fused q/k/v (q rotated), K cache, V cache, y `[tokens, heads · headDim]`.
 */
export function prefillAttentionKernel(shape: AttentionShape): Kernel {
  const { headCount, kvHeadCount, headDim } = shape;
  const quads = headDim / 4;
  const cacheQuads = (kvHeadCount * headDim) / 4;
  const groupSize = headCount / kvHeadCount;
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> fused: array<vec4<f32>>;
    @group(0) @binding(2) var<storage, read> keys: array<vec4<f32>>;
    @group(0) @binding(3) var<storage, read> values: array<vec4<f32>>;
    @group(0) @binding(4) var<storage, read_write> y: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let token = id.x;
      let head = id.y;
      if (token >= step.tokens) { return; }
      let query = token * ${fusedWidth(shape) / 4}u + head * ${quads}u;
      ${unroll(quads, (i) => `let q${i} = fused[query + ${i}u] * ${float(headDim ** -0.5)}; var sum${i} = vec4<f32>(0.0);`)}
      var highest = ${LOWEST};
      var total = 0.0;
      let seen = step.start + token + 1u;
      let lane = (head / ${groupSize}u) * ${quads}u;
      for (var position = 0u; position < seen; position++) {
        let row = position * ${cacheQuads}u + lane;
        let score = ${Array.from({ length: quads }, (_, i) => `dot(q${i}, keys[row + ${i}u])`).join(' + ')};
        if (score > highest) {
          let shrink = exp(highest - score);
          total *= shrink;
          ${unroll(quads, (i) => `sum${i} *= shrink;`)}
          highest = score;
        }
        let weight = exp(score - highest);
        total += weight;
        ${unroll(quads, (i) => `sum${i} += weight * values[row + ${i}u];`)}
      }
      let target_row = (token * ${headCount}u + head) * ${quads}u;
      ${unroll(quads, (i) => `y[target_row + ${i}u] = sum${i} / total;`)}
    }`;
  return {
    label: `prefill-attention thread ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    grid: (count) => [Math.ceil(count / WORKGROUP), headCount, 1],
  };
}
