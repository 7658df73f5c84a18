import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { float, STEP_STRUCT, unroll, type Kernel } from './kernel.ts';
import type { RowVariant } from './kernel-variants.ts';
import { LOWEST } from './softmax.ts';
import { tiledAttentionCode } from './tiled-attention.ts';

const WORKGROUP = 16;

/** Queries that share fetched keys and values in the workgroup variant. */
const SHARED_QUERIES = 4;

/**
 * Causal attention of a chunk over the cache and itself, with a running softmax: a thread takes one query of one head, or a
 * workgroup takes four neighbouring ones. Bindings: step, fused q/k/v (q rotated), K cache, V cache,
 * y `[tokens, heads · headDim]`.
 */
export function prefillAttentionKernel(shape: AttentionShape, variant: RowVariant): Kernel {
  return variant === 'thread' ? threadKernel(shape) : workgroupKernel(shape);
}

function workgroupKernel(shape: AttentionShape): Kernel {
  const { headCount, kvHeadCount, headDim } = shape;
  const quads = headDim / 4;
  const code = tiledAttentionCode({
    shape,
    queries: SHARED_QUERIES,
    place: `
      let head = group.y;
      let token = group.x * ${SHARED_QUERIES}u;
      let base = 0u;
      let bound = step.start + min(token + ${SHARED_QUERIES}u, step.tokens);`,
    store: (query) => `
      if (token + ${query}u < step.tokens) {
        result[((token + ${query}u) * ${headCount}u + head) * ${quads}u + place] = sum / total.${'xyzw'[query]!};
      }`,
  });
  return {
    label: `prefill-attention workgroup ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    grid: (count) => [Math.ceil(count / SHARED_QUERIES), headCount, 1],
  };
}

function threadKernel(shape: AttentionShape): Kernel {
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
