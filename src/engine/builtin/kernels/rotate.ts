import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { STEP_STRUCT, type Kernel } from './kernel.ts';

const WORKGROUP = 32;

/**
 * Rotates q in place, and k on its way into the cache, by position (rotate-half pairing as in Hugging Face's llama:
 * element i with i + headDim/2); copies v into the cache. A thread handles one pair of one head of one token.
 * Bindings: step, table `[position, headDim/2]` of (cos, sin), fused q/k/v, K cache, V cache.
 */
export function rotateKernel(shape: AttentionShape): Kernel {
  const { headCount, kvHeadCount, headDim } = shape;
  const half = headDim / 2;
  const pairs = (headCount + 2 * kvHeadCount) * half;
  const cacheRow = kvHeadCount * headDim;
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> table: array<vec2<f32>>;
    @group(0) @binding(2) var<storage, read_write> fused: array<f32>;
    @group(0) @binding(3) var<storage, read_write> keys: array<f32>;
    @group(0) @binding(4) var<storage, read_write> values: array<f32>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let token = id.y;
      if (id.x >= ${pairs}u || token >= step.tokens) { return; }
      let head = id.x / ${half}u;
      let i = id.x % ${half}u;
      let at = token * ${fusedWidth(shape)}u + head * ${headDim}u + i;
      let a = fused[at];
      let b = fused[at + ${half}u];
      let position = step.start + token;
      if (head >= ${headCount + kvHeadCount}u) {
        let to = position * ${cacheRow}u + (head - ${headCount + kvHeadCount}u) * ${headDim}u + i;
        values[to] = a;
        values[to + ${half}u] = b;
        return;
      }
      let turn = table[position * ${half}u + i];
      let c = a * turn.x - b * turn.y;
      let d = b * turn.x + a * turn.y;
      if (head < ${headCount}u) {
        fused[at] = c;
        fused[at + ${half}u] = d;
      } else {
        let to = position * ${cacheRow}u + (head - ${headCount}u) * ${headDim}u + i;
        keys[to] = c;
        keys[to + ${half}u] = d;
      }
    }`;
  const groups = Math.ceil(pairs / WORKGROUP);
  return {
    label: `rotate ${headCount}/${kvHeadCount}x${headDim}`,
    code,
    bindings: ['uniform', 'read', 'write', 'write', 'write'],
    grid: (count) => [groups, count, 1],
  };
}
