import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { float, STEP_STRUCT, unroll, type Kernel } from './kernel.ts';
import type { RowVariant } from './kernel-variants.ts';
import { LOWEST } from './softmax.ts';
import { tiledAttentionCode } from './tiled-attention.ts';

const WORKGROUP = 16;

/** Parts into which a head's positions are cut, so that few heads still fill the GPU. */
const DECODE_PARTS = 16;

/** f32 elements of the buffer of partial results: per head and part, headDim weighted sums, the maximum and the total. */
export function decodePartialLength(shape: AttentionShape): number {
  return shape.headCount * DECODE_PARTS * (shape.headDim + 4);
}

/**
 * First half of one token's attention: a thread, or a workgroup, takes one part of the positions of one head.
 * Bindings: step, fused q/k/v (q rotated), K cache, V cache, partial results.
 */
export function decodeAttentionKernel(shape: AttentionShape, variant: RowVariant): Kernel {
  return variant === 'thread' ? threadKernel(shape) : workgroupKernel(shape);
}

function workgroupKernel(shape: AttentionShape): Kernel {
  const { headCount, headDim, kvHeadCount } = shape;
  const quads = headDim / 4;
  const code = tiledAttentionCode({
    shape,
    queries: 1,
    place: `
      let head = group.x / ${DECODE_PARTS}u;
      let token = 0u;
      let size = (step.start + ${DECODE_PARTS}u) / ${DECODE_PARTS}u;
      let base = (group.x % ${DECODE_PARTS}u) * size;
      let bound = min(step.start + 1u, base + size);`,
    store: () => `
      result[group.x * ${quads + 1}u + place] = sum;
      if (place == 0u) { result[group.x * ${quads + 1}u + ${quads}u] = vec4<f32>(highest, total, 0.0, 0.0); }`,
  });
  return {
    label: `decode-attention workgroup ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    grid: () => [headCount * DECODE_PARTS, 1, 1],
  };
}

function threadKernel(shape: AttentionShape): Kernel {
  const { headCount, kvHeadCount, headDim } = shape;
  const quads = headDim / 4;
  const cacheQuads = (kvHeadCount * headDim) / 4;
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> fused: array<vec4<f32>, ${fusedWidth(shape) / 4}>;
    @group(0) @binding(2) var<storage, read> keys: array<vec4<f32>>;
    @group(0) @binding(3) var<storage, read> values: array<vec4<f32>>;
    @group(0) @binding(4) var<storage, read_write> partial: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let head = id.x / ${DECODE_PARTS}u;
      let part = id.x % ${DECODE_PARTS}u;
      if (head >= ${headCount}u) { return; }
      ${unroll(quads, (i) => `let q${i} = fused[head * ${quads}u + ${i}u] * ${float(headDim ** -0.5)}; var sum${i} = vec4<f32>(0.0);`)}
      let seen = step.start + 1u;
      let size = (seen + ${DECODE_PARTS - 1}u) / ${DECODE_PARTS}u;
      let last = min(seen, (part + 1u) * size);
      var highest = ${LOWEST};
      var total = 0.0;
      let lane = (head / ${headCount / kvHeadCount}u) * ${quads}u;
      for (var position = part * size; position < last; position++) {
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
      let to = id.x * ${quads + 1}u;
      ${unroll(quads, (i) => `partial[to + ${i}u] = sum${i};`)}
      partial[to + ${quads}u] = vec4<f32>(highest, total, 0.0, 0.0);
    }`;
  const groups = Math.ceil((headCount * DECODE_PARTS) / WORKGROUP);
  return {
    label: `decode-attention thread ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'read', 'read', 'read', 'write'],
    grid: () => [groups, 1, 1],
  };
}

/** Second half: joins a head's parts. Bindings: partial results, y `[heads · headDim]`. */
export function joinAttentionKernel(shape: AttentionShape): Kernel {
  const { headCount, headDim } = shape;
  const quads = headDim / 4;
  const threads = headCount * quads;
  const code = `
    @group(0) @binding(0) var<storage, read> partial: array<vec4<f32>>;
    @group(0) @binding(1) var<storage, read_write> y: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      if (id.x >= ${threads}u) { return; }
      let head = id.x / ${quads}u;
      let i = id.x % ${quads}u;
      let base = head * ${DECODE_PARTS * (quads + 1)}u;
      var highest = ${LOWEST};
      for (var part = 0u; part < ${DECODE_PARTS}u; part++) {
        highest = max(highest, partial[base + part * ${quads + 1}u + ${quads}u].x);
      }
      var sum = vec4<f32>(0.0);
      var total = 0.0;
      for (var part = 0u; part < ${DECODE_PARTS}u; part++) {
        let state = partial[base + part * ${quads + 1}u + ${quads}u];
        let weight = exp(state.x - highest);
        total += weight * state.y;
        sum += weight * partial[base + part * ${quads + 1}u + i];
      }
      y[id.x] = sum / total;
    }`;
  const groups = Math.ceil(threads / WORKGROUP);
  return {
    label: `join-attention ${headCount}x${headDim}`,
    code,
    bindings: ['read', 'write'],
    grid: () => [groups, 1, 1],
  };
}
