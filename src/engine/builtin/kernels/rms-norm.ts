import { float, STEP_STRUCT, type Kernel } from './kernel.ts';
import type { RowVariant } from './kernel-variants.ts';

export interface RmsNormShape {
  /** Elements of a row, a multiple of 4. */
  readonly width: number;
  readonly epsilon: number;
  /** `tokens`: row t to row t. `selected`: row `selection[i]` to row i. */
  readonly inputs: 'tokens' | 'selected';
}

const ROWS_PER_WORKGROUP = 8;
const LANES = 64;

/**
 * y = x / √(mean x² + ε) · weight, row by row. Bindings: step, x, weight, (selection), y. `thread` gives a thread a row;
 * `workgroup` sums a row over its lanes.
 */
export function rmsNormKernel(shape: RmsNormShape, variant: RowVariant): Kernel {
  const quads = shape.width / 4;
  const selected = shape.inputs === 'selected';
  const declarations = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
    @group(0) @binding(2) var<storage, read> weight: array<vec4<f32>>;
    ${selected ? '@group(0) @binding(3) var<storage, read> selection: array<u32>;' : ''}
    @group(0) @binding(${selected ? 4 : 3}) var<storage, read_write> y: array<vec4<f32>>;`;
  const source = `${selected ? 'selection[row]' : 'row'} * ${quads}u`;
  const body =
    variant === 'thread'
      ? `
    @compute @workgroup_size(${ROWS_PER_WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let row = id.x;
      if (row >= step.${shape.inputs}) { return; }
      let input = ${source};
      var sum = 0.0;
      for (var i = 0u; i < ${quads}u; i++) { let value = x[input + i]; sum += dot(value, value); }
      let factor = inverseSqrt(sum / ${float(shape.width)} + ${float(shape.epsilon)});
      for (var i = 0u; i < ${quads}u; i++) { y[row * ${quads}u + i] = x[input + i] * factor * weight[i]; }
    }`
      : `
    var<workgroup> partial: array<f32, ${LANES}>;
    @compute @workgroup_size(${LANES})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
      let row = group.x;
      let input = ${source};
      var sum = 0.0;
      for (var i = lane; i < ${quads}u; i += ${LANES}u) { let value = x[input + i]; sum += dot(value, value); }
      partial[lane] = sum;
      workgroupBarrier();
      for (var half = ${LANES / 2}u; half > 0u; half >>= 1u) {
        if (lane < half) { partial[lane] += partial[lane + half]; }
        workgroupBarrier();
      }
      let factor = inverseSqrt(partial[0] / ${float(shape.width)} + ${float(shape.epsilon)});
      for (var i = lane; i < ${quads}u; i += ${LANES}u) { y[row * ${quads}u + i] = x[input + i] * factor * weight[i]; }
    }`;
  return {
    label: `rms-norm ${variant} ${shape.width} ${shape.inputs}`,
    code: declarations + body,
    bindings: selected ? ['uniform', 'read', 'read', 'read', 'write'] : ['uniform', 'read', 'read', 'write'],
    grid: (count) => (variant === 'thread' ? [Math.ceil(count / ROWS_PER_WORKGROUP), 1, 1] : [count, 1, 1]),
  };
}
