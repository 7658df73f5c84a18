import { STEP_STRUCT, type BindingKind, type Kernel } from './kernel.ts';
import { weightReader, type MatrixFormat } from './weight-format.ts';

/** A block of rows of the embedding: tokens `[from, from + rows)` of the vocabulary. */
export interface EmbeddingShape {
  readonly rows: number;
  readonly from: number;
  readonly cols: number;
  readonly format: MatrixFormat;
}

const WORKGROUP = 32;

/**
 * x[t] = embedding[ids[t]] for the ids that lie in this block; other rows of x are left alone. A thread widens one chunk.
 * Bindings: step, ids, weights, (scales), x.
 */
export function embeddingKernel(shape: EmbeddingShape): Kernel {
  const reader = weightReader(shape.format, shape.cols, 2);
  const chunks = shape.cols / reader.chunkColumns;
  const blocks = reader.chunkColumns / 8;
  const bindings: BindingKind[] = ['uniform', 'read', 'read'];
  if (reader.bindingCount === 2) bindings.push('read');
  bindings.push('write');
  const scale = reader.scale('w');
  const factor = scale === null ? '' : ` * ${scale}`;
  const stores = Array.from({ length: blocks }, (_, block) => {
    const [low, high] = reader.block('w', block);
    return `
      x[at + ${block * 2}u] = ${low}${factor};
      x[at + ${block * 2 + 1}u] = ${high}${factor};`;
  }).join('\n');
  const code = `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> ids: array<u32>;
    ${reader.declarations}
    @group(0) @binding(${2 + reader.bindingCount}) var<storage, read_write> x: array<vec4<f32>>;
    @compute @workgroup_size(${WORKGROUP})
    fn main(@builtin(global_invocation_id) id: vec3<u32>) {
      let chunk = id.x;
      let token = id.y;
      if (chunk >= ${chunks}u || token >= step.tokens) { return; }
      let entry = ids[token];
      if (entry < ${shape.from}u || entry >= ${shape.from + shape.rows}u) { return; }
      let row = entry - ${shape.from}u;
      ${reader.fetch('w', 'row', 'chunk')}
      let at = token * ${shape.cols / 4}u + chunk * ${blocks * 2}u;
      ${stores}
    }`;
  const groups = Math.ceil(chunks / WORKGROUP);
  return {
    label: `embedding ${shape.rows}x${shape.cols} ${shape.format.kind}`,
    code,
    bindings,
    grid: (count) => [groups, count, 1],
  };
}
