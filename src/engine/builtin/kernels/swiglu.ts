import { STEP_STRUCT, type Kernel } from './kernel.ts';

const WORKGROUP = 32;

/**
 * y = silu(gate) · up for rows `[gate(width) | up(width)]` as MLC's fused `gate_up_proj` gives them; width is a multiple
 * of 4. Bindings: step, gate-up, y.
 */
export function swigluKernel(width: number): Kernel {
  const quads = width / 4;
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> pairs: array<vec4<f32>>;
    @group(0) @binding(2) var<storage, read_write> y: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let i = id.x;
      let token = id.y;
      if (i >= ${quads}u || token >= step.tokens) { return; }
      let gate = pairs[token * ${quads * 2}u + i];
      let up = pairs[token * ${quads * 2}u + ${quads}u + i];
      // The clamp keeps exp finite; beyond it silu is zero in f32 anyway.
      y[token * ${quads}u + i] = gate / (1.0 + exp(min(-gate, vec4<f32>(80.0)))) * up;
    }`;
  const groups = Math.ceil(quads / WORKGROUP);
  return {
    label: `swiglu ${width}`,
    code,
    bindings: ['uniform', 'read', 'write'],
    grid: (count) => [groups, count, 1],
  };
}
