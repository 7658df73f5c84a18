import { STEP_STRUCT, unroll, type BindingKind, type Kernel } from './kernel.ts';
import type { MatmulVariant } from './kernel-variants.ts';
import { describeShape, type MatrixShape } from './matrix-shape.ts';
import { weightReader } from './weight-format.ts';

type StagedVariant = Extract<MatmulVariant, { kind: 'staged' }>;

/** A workgroup is a square of this many threads. */
const SIDE = 8;

/** Columns staged at a time: a whole group of 4-bit weights. Two tiles of 64 rows then take 16 KiB, WebGPU's minimum. */
const STEP_COLUMNS = 32;

/**
 * Y = X · Wᵀ for X `[tokens, cols]`: a workgroup widens a tile of W and copies a tile of X into workgroup memory, then each
 * thread adds up `tokens` × `rows` sums from there. Bindings: step, x, weights, (scales), (bias), y.
 */
export function stagedMatmulKernel(shape: MatrixShape, variant: StagedVariant): Kernel {
  const reader = weightReader(shape.format, shape.cols, 2);
  const biasAt = 2 + reader.bindingCount;
  const outputAt = biasAt + (shape.bias ? 1 : 0);
  const bindings: BindingKind[] = ['uniform'];
  while (bindings.length < outputAt) bindings.push('read');
  bindings.push('write');

  const tileTokens = SIDE * variant.tokens;
  const tileRows = SIDE * variant.rows;
  const quads = STEP_COLUMNS / 4;
  const chunks = shape.cols / reader.chunkColumns;
  const stepChunks = STEP_COLUMNS / reader.chunkColumns;
  const whole = shape.cols % STEP_COLUMNS === 0;

  // Tiles lie column by column, so that neighbouring threads read neighbouring words of workgroup memory.
  const stageWeights = unroll(stepChunks, (part) => {
    const scale = reader.scale(`w${part}`);
    const factor = scale === null ? '' : ` * ${scale}`;
    const blocks = reader.chunkColumns / 8;
    const at = (block: number, half: number) => `tile_w[${((part * blocks + block) * 2 + half) * tileRows}u + lane]`;
    const stores = unroll(blocks, (block) => {
      const [low, high] = reader.block(`w${part}`, block);
      return `${at(block, 0)} = ${low}${factor};\n${at(block, 1)} = ${high}${factor};`;
    });
    const zeros = unroll(blocks, (block) => `${at(block, 0)} = vec4<f32>(0.0);\n${at(block, 1)} = vec4<f32>(0.0);`);
    const load = `${reader.fetch(`w${part}`, 'source_row', `(chunk + ${part}u)`)}\n${stores}`;
    return whole ? load : `if (chunk + ${part}u < ${chunks}u) { ${load} } else { ${zeros} }`;
  });
  const stageInputs = unroll(quads, (quad) => {
    const at = `tile_x[${quad * tileTokens}u + lane]`;
    const value = `x[input + column + ${quad}u]`;
    if (whole) return `${at} = ${value};`;
    return `if (column + ${quad}u < ${shape.cols / 4}u) { ${at} = ${value}; } else { ${at} = vec4<f32>(0.0); }`;
  });
  const tile = (line: (token: number, row: number) => string) =>
    unroll(variant.tokens, (token) => unroll(variant.rows, (row) => line(token, row)));
  const store = (token: number, row: number) => {
    const column = `first_row + across + ${row * SIDE}u`;
    const line = `first_token + down + ${token * SIDE}u`;
    const at = `(${line}) * ${shape.outputStride}u + ${shape.outputOffset}u + ${column}`;
    const bias = shape.bias ? ` + bias[${shape.outputOffset}u + ${column}]` : '';
    return `if (${line} < count && ${column} < ${shape.rows}u) { y[${at}] ${shape.output === 'add' ? '+=' : '='} acc${token}_${row}${bias}; }`;
  };

  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
    ${reader.declarations}
    ${shape.bias ? `@group(0) @binding(${biasAt}) var<storage, read> bias: array<f32>;` : ''}
    @group(0) @binding(${outputAt}) var<storage, read_write> y: array<f32>;
    var<workgroup> tile_x: array<vec4<f32>, ${quads * tileTokens}>;
    var<workgroup> tile_w: array<vec4<f32>, ${quads * tileRows}>;
    @compute @workgroup_size(${SIDE * SIDE})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
      let count = step.${shape.inputs};
      let first_row = group.x * ${tileRows}u;
      let first_token = group.y * ${tileTokens}u;
      let across = lane % ${SIDE}u;
      let down = lane / ${SIDE}u;
      let source_row = min(first_row + lane, ${shape.rows - 1}u);
      let input = min(first_token + lane, count - 1u) * ${shape.cols / 4}u;
      ${tile((token, row) => `var acc${token}_${row} = 0.0;`)}
      for (var turn = 0u; turn < ${Math.ceil(shape.cols / STEP_COLUMNS)}u; turn++) {
        let chunk = turn * ${stepChunks}u;
        let column = turn * ${quads}u;
        if (lane < ${tileRows}u) { ${stageWeights} }
        if (lane < ${tileTokens}u) { ${stageInputs} }
        workgroupBarrier();
        for (var quad = 0u; quad < ${quads}u; quad++) {
          ${unroll(variant.rows, (row) => `let w${row} = tile_w[quad * ${tileRows}u + across + ${row * SIDE}u];`)}
          ${unroll(
            variant.tokens,
            (token) => `
              let x${token} = tile_x[quad * ${tileTokens}u + down + ${token * SIDE}u];
              ${unroll(variant.rows, (row) => `acc${token}_${row} += dot(x${token}, w${row});`)}`,
          )}
        }
        workgroupBarrier();
      }
      ${tile(store)}
    }`;
  const groups = Math.ceil(shape.rows / tileRows);
  return {
    label: `matmul staged ${variant.tokens}x${variant.rows} ${describeShape(shape)}`,
    code,
    bindings: [...bindings],
    grid: (count) => [groups, Math.ceil(count / tileTokens), 1],
  };
}
