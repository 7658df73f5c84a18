import { LANES, STEP_STRUCT, weightLoader, type WeightFormat } from './common.ts';

/** Heads as grouped-query attention has them: `heads / kvHeads` query heads share one key and value head. */
export interface HeadShape {
  readonly heads: number;
  readonly kvHeads: number;
  /** A multiple of 8. */
  readonly headDim: number;
}

/**
 * `x[t] = weight[ids[t]]`: x `[tokens, columns]`, ids `[tokens]` u32. Grid: columns / 8 threads × tokens.
 * Bindings: 0 step, 1 ids, 2 x, 3… weight.
 */
export function embedKernel(init: { readonly format: WeightFormat; readonly columns: number }): string {
  const columns8 = init.columns / 8;
  return `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read> ids: array<u32>;
@group(0) @binding(2) var<storage, read_write> x: array<vec4f>;
${weightLoader(init.format, init.columns, 3)}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${columns8}u || id.y >= step.tokens) { return; }
  let w = load8(ids[id.y], id.x);
  let at = (id.y * ${columns8}u + id.x) * 2u;
  x[at] = w[0];
  x[at + 1u] = w[1];
}`;
}

export interface NormInit {
  readonly columns: number;
  readonly epsilon: number;
  /** 1: a thread normalises a token alone; more: a workgroup of that many threads shares it. */
  readonly lanes: number;
}

/**
 * RMSNorm: `y[t] = x[t] / sqrt(mean(x[t]²) + ε) · gain`, all f32 `[tokens, columns]`.
 * Grid: 1 × tokens (lanes > 1) or 1 × ⌈tokens / LANES⌉. Bindings: 0 step, 1 x, 2 y, 3 gain.
 */
export function normKernel(init: NormInit): string {
  const columns4 = init.columns / 4;
  const head = `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@group(0) @binding(3) var<storage, read> gain: array<vec4f>;`;
  if (init.lanes === 1) {
    return `${head}
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let token = id.y * ${LANES}u + id.x;
  if (token >= step.tokens) { return; }
  let at = token * ${columns4}u;
  var sum = vec4f();
  for (var i = 0u; i < ${columns4}u; i++) { let v = x[at + i]; sum = fma(v, v, sum); }
  let scale = inverseSqrt(dot(sum, vec4f(1.0)) / ${init.columns}.0 + ${init.epsilon});
  for (var i = 0u; i < ${columns4}u; i++) { y[at + i] = x[at + i] * scale * gain[i]; }
}`;
  }
  return `${head}
var<workgroup> partial: array<f32, ${init.lanes}>;
@compute @workgroup_size(${init.lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = group.y * ${columns4}u;
  var sum = vec4f();
  for (var i = lane; i < ${columns4}u; i += ${init.lanes}u) { let v = x[at + i]; sum = fma(v, v, sum); }
  partial[lane] = dot(sum, vec4f(1.0));
  workgroupBarrier();
  for (var half = ${init.lanes / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { partial[lane] += partial[lane + half]; }
    workgroupBarrier();
  }
  let scale = inverseSqrt(partial[0] / ${init.columns}.0 + ${init.epsilon});
  for (var i = lane; i < ${columns4}u; i += ${init.lanes}u) { y[at + i] = x[at + i] * scale * gain[i]; }
}`;
}

/**
 * Rotary positions over qkv `[tokens, (heads + 2·kvHeads)·headDim]` f32, halves rotated against each other: q in place,
 * k into `keys` and v unchanged into `values`, both `[positions, kvHeads·headDim]`.
 * Grid: a thread per pair × tokens. Bindings: 0 step, 1 qkv, 2 keys, 3 values, 4 turns.
 */
export function ropeKernel(shape: HeadShape): string {
  const half = shape.headDim / 2;
  const width = (shape.heads + 2 * shape.kvHeads) * shape.headDim;
  return `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read_write> qkv: array<f32>;
@group(0) @binding(2) var<storage, read_write> keys: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
@group(0) @binding(4) var<storage, read> turns: array<vec2f>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${width / 2}u || id.y >= step.tokens) { return; }
  let head = id.x / ${half}u;
  let i = id.x % ${half}u;
  let at = id.y * ${width}u + head * ${shape.headDim}u + i;
  let a = qkv[at];
  let b = qkv[at + ${half}u];
  let position = step.start + id.y;
  let cache = position * ${shape.kvHeads * shape.headDim}u + i;
  if (head >= ${shape.heads + shape.kvHeads}u) {
    let v = cache + (head - ${shape.heads + shape.kvHeads}u) * ${shape.headDim}u;
    values[v] = a;
    values[v + ${half}u] = b;
    return;
  }
  // (cos, sin) from a table made in f64: WGSL promises both to 2^-11 only, and only near zero.
  let turn = turns[position * ${half}u + i];
  let first = a * turn.x - b * turn.y;
  let second = b * turn.x + a * turn.y;
  if (head < ${shape.heads}u) {
    qkv[at] = first;
    qkv[at + ${half}u] = second;
  } else {
    let k = cache + (head - ${shape.heads}u) * ${shape.headDim}u;
    keys[k] = first;
    keys[k + ${half}u] = second;
  }
}`;
}

/**
 * SwiGLU: `y[t] = silu(x[t, :width]) · x[t, width:]`, x `[tokens, 2·width]`, y `[tokens, width]`, f32.
 * Grid: width / 4 threads × tokens. Bindings: 0 step, 1 x, 2 y.
 */
export function gateKernel(init: { readonly width: number }): string {
  const width4 = init.width / 4;
  return `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
@compute @workgroup_size(${LANES})
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ${width4}u || id.y >= step.tokens) { return; }
  let gate = x[id.y * ${2 * width4}u + id.x];
  y[id.y * ${width4}u + id.x] = gate / (1.0 + exp(-gate)) * x[id.y * ${2 * width4}u + ${width4}u + id.x];
}`;
}
