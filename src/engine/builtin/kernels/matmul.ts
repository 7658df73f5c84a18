import { LANES, STEP_STRUCT, unroll, weightLoader, type WeightFormat } from './common.ts';

/** Which way a matrix product is laid over threads; a short measurement on the adapter picks one. */
export type MatmulVariant =
  /** Each thread holds `tokens × rows` sums and walks the columns alone. */
  | { readonly kind: 'tile'; readonly tokens: number; readonly rows: number }
  /** A workgroup of `lanes` shares one row of one token and adds up through workgroup memory. */
  | { readonly kind: 'reduce'; readonly lanes: number };

export interface MatmulInit {
  readonly format: WeightFormat;
  /** Output width. */
  readonly rows: number;
  /** Input width, a multiple of 8 (32 for q4). */
  readonly columns: number;
  /** Adds to what is in `y` (a residual) instead of replacing it. */
  readonly add: boolean;
  /** The language-model head: tokens are `step.rows` rows of x from `step.row`. */
  readonly head: boolean;
  readonly variant: MatmulVariant;
}

/**
 * `y[t, r] (+)= dot(x[t], weight[r])` for x `[tokens, columns]` f32 and y `[tokens, rows]` f32.
 * Bindings: 0 step, 1 x, 2 y, 3… weight.
 */
export function matmulKernel(init: MatmulInit): string {
  return `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
${weightLoader(init.format, init.columns, 3)}
${init.variant.kind === 'tile' ? tileBody(init, init.variant) : reduceBody(init, init.variant.lanes)}`;
}

/** Workgroups for a product over `tokens` tokens. */
export function matmulGrid(init: MatmulInit, tokens: number): readonly [x: number, y: number] {
  if (init.variant.kind === 'reduce') return [Math.min(init.rows, MAX_GRID), tokens];
  return [Math.ceil(Math.ceil(init.rows / init.variant.rows) / LANES), Math.ceil(tokens / init.variant.tokens)];
}

/** The limit every adapter grants for one dimension of a dispatch; rows beyond it are walked by stride. */
const MAX_GRID = 65_535;

function tileBody(init: MatmulInit, tile: { tokens: number; rows: number }): string {
  const columns8 = init.columns / 8;
  const sums = (line: (token: number, row: number) => string) =>
    unroll(tile.tokens, (token) => unroll(tile.rows, (row) => line(token, row)));
  const count = init.head ? 'step.rows' : 'step.tokens';
  const first = init.head ? 'step.row + ' : '';
  return `@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let row = id.x * ${tile.rows}u;
  let token = id.y * ${tile.tokens}u;
  if (row >= ${init.rows}u || token >= ${count}) { return; }
  ${unroll(tile.rows, (r) => `let r${r} = min(row + ${r}u, ${init.rows - 1}u);`)}
  ${unroll(tile.tokens, (t) => `let t${t} = (${first}min(token + ${t}u, ${count} - 1u)) * ${columns8 * 2}u;`)}
  ${sums((t, r) => `var s${t}_${r} = vec4f();`)}
  for (var block = 0u; block < ${columns8}u; block++) {
    ${unroll(tile.tokens, (t) => `let a${t} = x[t${t} + block * 2u]; let b${t} = x[t${t} + block * 2u + 1u];`)}
    ${unroll(
      tile.rows,
      (r) => `{
      let w = load8(r${r}, block);
      ${unroll(tile.tokens, (t) => `s${t}_${r} = fma(w[1], b${t}, fma(w[0], a${t}, s${t}_${r}));`)}
    }`,
    )}
  }
  ${unroll(
    tile.tokens,
    (t) => `if (token + ${t}u < ${count}) {
    let at = (token + ${t}u) * ${init.rows}u + row;
    ${unroll(
      tile.rows,
      (r) => `if (row + ${r}u < ${init.rows}u) { y[at + ${r}u] ${init.add ? '+=' : '='} dot(s${t}_${r}, vec4f(1.0)); }`,
    )}
  }`,
  )}
}`;
}

function reduceBody(init: MatmulInit, lanes: number): string {
  const columns8 = init.columns / 8;
  const first = init.head ? 'step.row + ' : '';
  return `var<workgroup> partial: array<f32, ${lanes}>;
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let source = (${first}group.y) * ${columns8 * 2}u;
  for (var row = group.x; row < ${init.rows}u; row += ${MAX_GRID}u) {
    var sum = vec4f();
    for (var block = lane; block < ${columns8}u; block += ${lanes}u) {
      let w = load8(row, block);
      sum = fma(w[1], x[source + block * 2u + 1u], fma(w[0], x[source + block * 2u], sum));
    }
    partial[lane] = dot(sum, vec4f(1.0));
    workgroupBarrier();
    for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
      if (lane < half) { partial[lane] += partial[lane + half]; }
      workgroupBarrier();
    }
    if (lane == 0u) { y[group.y * ${init.rows}u + row] ${init.add ? '+=' : '='} partial[0]; }
    workgroupBarrier();
  }
}`;
}
