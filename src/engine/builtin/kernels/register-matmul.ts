import { STEP_STRUCT, unroll, type BindingKind, type Kernel } from './kernel.ts';
import type { MatmulVariant } from './kernel-variants.ts';
import { describeShape, type MatrixShape } from './matrix-shape.ts';
import { weightReader } from './weight-format.ts';

type RegisterVariant = Extract<MatmulVariant, { kind: 'register' }>;

/**
 * Y = X · Wᵀ for X `[tokens, cols]`: each thread keeps a tile of `tokens` × `rows` sums in registers, so that a weight is
 * fetched and widened once per tile. Bindings: step, x, weights, (scales), (bias), y.
 */
export function registerMatmulKernel(shape: MatrixShape, variant: RegisterVariant): Kernel {
  const reader = weightReader(shape.format, shape.cols, 2);
  const blocks = reader.chunkColumns / 8;
  const quads = shape.cols / 4;
  const biasAt = 2 + reader.bindingCount;
  const outputAt = biasAt + (shape.bias ? 1 : 0);
  const bindings: BindingKind[] = ['uniform'];
  while (bindings.length < outputAt) bindings.push('read');
  bindings.push('write');

  const tile = (line: (token: number, row: number) => string) =>
    unroll(variant.rows, (row) => unroll(variant.tokens, (token) => line(token, row)));
  const chunkBody = unroll(blocks, (block) => {
    const inputs = unroll(
      variant.tokens,
      (token) => `
        let low${token} = x[input${token} + chunk * ${blocks * 2}u + ${block * 2}u];
        let high${token} = x[input${token} + chunk * ${blocks * 2}u + ${block * 2 + 1}u];`,
    );
    const products = unroll(variant.rows, (row) => {
      const [low, high] = reader.block(`w${row}`, block);
      const scale = reader.scale(`w${row}`);
      const factor = scale === null ? '' : ` * ${scale}`;
      return `
        let wlow${row} = ${low}${factor};
        let whigh${row} = ${high}${factor};
        ${unroll(variant.tokens, (token) => `acc${token}_${row} += dot(wlow${row}, low${token}) + dot(whigh${row}, high${token});`)}`;
    });
    return `{ ${inputs}\n${products} }`;
  });
  const store = (token: number, row: number) => {
    const at = `(token + ${token}u) * ${shape.outputStride}u + ${shape.outputOffset}u + first + ${row}u`;
    const value = shape.bias ? `acc${token}_${row} + bias[${shape.outputOffset + row}u + first]` : `acc${token}_${row}`;
    return `if (token + ${token}u < count && first + ${row}u < ${shape.rows}u) { y[${at}] ${shape.output === 'add' ? '+=' : '='} ${value}; }`;
  };

  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
    ${reader.declarations}
    ${shape.bias ? `@group(0) @binding(${biasAt}) var<storage, read> bias: array<f32>;` : ''}
    @group(0) @binding(${outputAt}) var<storage, read_write> y: array<f32>;
    @compute @workgroup_size(${variant.workgroup})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let count = step.${shape.inputs};
      let first = id.x * ${variant.rows}u;
      let token = id.y * ${variant.tokens}u;
      if (first >= ${shape.rows}u || token >= count) { return; }
      ${unroll(variant.rows, (row) => `let row${row} = min(first + ${row}u, ${shape.rows - 1}u);`)}
      ${unroll(variant.tokens, (token) => `let input${token} = min(token + ${token}u, count - 1u) * ${quads}u;`)}
      ${tile((token, row) => `var acc${token}_${row} = 0.0;`)}
      for (var chunk = 0u; chunk < ${shape.cols / reader.chunkColumns}u; chunk++) {
        ${unroll(variant.rows, (row) => reader.fetch(`w${row}`, `row${row}`, 'chunk'))}
        ${chunkBody}
      }
      ${tile(store)}
    }`;
  const groups = Math.ceil(shape.rows / (variant.rows * variant.workgroup));
  return {
    label: `matmul register ${variant.tokens}x${variant.rows}x${variant.workgroup} ${describeShape(shape)}`,
    code,
    bindings: [...bindings],
    grid: (count) => [groups, Math.ceil(count / variant.tokens), 1],
  };
}
