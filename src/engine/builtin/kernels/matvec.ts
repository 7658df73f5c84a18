import { spread, unroll, workgroupNumber, type BindingKind, type Kernel } from './kernel.ts';
import type { MatvecVariant } from './kernel-variants.ts';
import { describeShape, type MatrixShape } from './matrix-shape.ts';
import { weightReader, type WeightReader } from './weight-format.ts';

/**
 * y = x · Wᵀ for a single row x `[cols]`. Bindings: x, weights, (scales), (bias), y. Both variants sum in f32; `thread`
 * gives a thread a few whole rows, `workgroup` gives a workgroup a few rows and reduces in workgroup memory.
 */
export function matvecKernel(shape: MatrixShape, variant: MatvecVariant): Kernel {
  const reader = weightReader(shape.format, shape.cols, 1);
  const groups =
    variant.kind === 'thread'
      ? Math.ceil(shape.rows / (variant.rows * variant.workgroup))
      : Math.ceil(shape.rows / variant.rows);
  const biasAt = 1 + reader.bindingCount;
  const outputAt = biasAt + (shape.bias ? 1 : 0);
  const bindings: BindingKind[] = Array.from({ length: outputAt }, () => 'read' as const);
  bindings.push('write');
  const code = `
    @group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
    ${reader.declarations}
    ${shape.bias ? `@group(0) @binding(${biasAt}) var<storage, read> bias: array<f32>;` : ''}
    @group(0) @binding(${outputAt}) var<storage, read_write> y: array<f32>;
    ${variant.kind === 'thread' ? threadBody(shape, variant.rows, variant.workgroup, groups, reader) : workgroupBody(shape, variant.rows, variant.workgroup, groups, reader)}`;
  const grid = [...spread(groups), 1] as const;
  return {
    label: `matvec ${variant.kind} ${variant.rows}x${variant.workgroup} ${describeShape(shape)}`,
    code,
    bindings: [...bindings],
    grid: () => grid,
  };
}

/** Statements adding chunk `chunk` of `rows` rows to acc0, acc1, …; rows past the end repeat the last one. */
function accumulate(rows: number, reader: WeightReader): string {
  const blocks = reader.chunkColumns / 8;
  const inputs = unroll(
    blocks,
    (block) => `
      let low${block} = x[chunk * ${blocks * 2}u + ${block * 2}u];
      let high${block} = x[chunk * ${blocks * 2}u + ${block * 2 + 1}u];`,
  );
  const products = unroll(rows, (row) => {
    const terms = Array.from({ length: blocks }, (_, block) => {
      const [low, high] = reader.block(`w${row}`, block);
      return `dot(${low}, low${block}) + dot(${high}, high${block})`;
    }).join(' + ');
    const scale = reader.scale(`w${row}`);
    const sum = scale === null ? terms : `${scale} * (${terms})`;
    return `${reader.fetch(`w${row}`, `row${row}`, 'chunk')}
      acc${row} += ${sum};`;
  });
  return `${inputs}\n${products}`;
}

function store(shape: MatrixShape, row: number, sum: string): string {
  const at = `first + ${shape.outputOffset + row}u`;
  const value = shape.bias ? `${sum} + bias[${at}]` : sum;
  return `if (first + ${row}u < ${shape.rows}u) { y[${at}] ${shape.output === 'add' ? '+=' : '='} ${value}; }`;
}

function rowNumbers(shape: MatrixShape, rows: number): string {
  return unroll(rows, (row) => `let row${row} = min(first + ${row}u, ${shape.rows - 1}u); var acc${row} = 0.0;`);
}

function threadBody(shape: MatrixShape, rows: number, workgroup: number, groups: number, reader: WeightReader): string {
  return `
    @compute @workgroup_size(${workgroup})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
      let first = (${workgroupNumber(groups, 'group')} * ${workgroup}u + lane) * ${rows}u;
      if (first >= ${shape.rows}u) { return; }
      ${rowNumbers(shape, rows)}
      for (var chunk = 0u; chunk < ${shape.cols / reader.chunkColumns}u; chunk++) {
        ${accumulate(rows, reader)}
      }
      ${unroll(rows, (row) => store(shape, row, `acc${row}`))}
    }`;
}

function workgroupBody(
  shape: MatrixShape,
  rows: number,
  workgroup: number,
  groups: number,
  reader: WeightReader,
): string {
  return `
    var<workgroup> partial: array<f32, ${rows * workgroup}>;
    @compute @workgroup_size(${workgroup})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
      let first = ${workgroupNumber(groups, 'group')} * ${rows}u;
      ${rowNumbers(shape, rows)}
      for (var chunk = lane; chunk < ${shape.cols / reader.chunkColumns}u; chunk += ${workgroup}u) {
        ${accumulate(rows, reader)}
      }
      ${unroll(rows, (row) => `partial[${row * workgroup}u + lane] = acc${row};`)}
      workgroupBarrier();
      for (var half = ${workgroup / 2}u; half > 0u; half >>= 1u) {
        if (lane < half) {
          ${unroll(rows, (row) => `partial[${row * workgroup}u + lane] += partial[${row * workgroup}u + lane + half];`)}
        }
        workgroupBarrier();
      }
      if (lane == 0u) {
        ${unroll(rows, (row) => store(shape, row, `partial[${row * workgroup}u]`))}
      }
    }`;
}
