import { STEP_STRUCT, unroll } from './common.ts';
import type { HeadShape } from './pointwise.ts';

export interface AttentionInit extends HeadShape {
  /** 1: a thread walks all positions of one head; more: a workgroup of that many threads shares them. */
  readonly lanes: number;
}

/** Heads per workgroup of the one-thread-per-head variant. */
export const HEADS_PER_GROUP = 4;

/** Workgroup memory every adapter grants, bytes. */
const WORKGROUP_BYTES = 16_384;

/** The largest power of two of lanes, up to 64, whose partial sums fit into workgroup memory. */
export function attentionLanes(headDim: number): number {
  let lanes = 64;
  while (lanes > 1 && lanes * (headDim + 2) * 4 > WORKGROUP_BYTES) lanes /= 2;
  return lanes;
}

/**
 * Causal attention of qkv's rotated queries `[tokens, (heads + 2·kvHeads)·headDim]` over the cache
 * `[positions, kvHeads·headDim]`, with a running softmax: y `[tokens, heads·headDim]` f32.
 * Grid: heads × tokens (lanes > 1) or ⌈heads / HEADS_PER_GROUP⌉ × tokens.
 * Bindings: 0 step, 1 qkv, 2 keys, 3 values, 4 y.
 */
export function attentionKernel(init: AttentionInit): string {
  const d4 = init.headDim / 4;
  const query4 = (init.heads + 2 * init.kvHeads) * d4;
  const cache4 = init.kvHeads * d4;
  const shared = init.lanes > 1;
  const walk = `
  let kv = (head / ${init.heads / init.kvHeads}u) * ${d4}u;
  let from = token * ${query4}u + head * ${d4}u;
  ${unroll(d4, (i) => `let q${i} = qkv[from + ${i}u] * ${1 / Math.sqrt(init.headDim)}; var s${i} = vec4f();`)}
  var top = -3.0e38;
  var total = 0.0;
  for (var t = ${shared ? 'lane' : '0u'}; t <= step.start + token; t += ${init.lanes}u) {
    let at = t * ${cache4}u + kv;
    var products = vec4f();
    ${unroll(d4, (i) => `products = fma(q${i}, keys[at + ${i}u], products);`)}
    let score = dot(products, vec4f(1.0));
    let higher = max(top, score);
    let keep = exp(top - higher);
    let weight = exp(score - higher);
    top = higher;
    total = fma(total, keep, weight);
    ${unroll(d4, (i) => `s${i} = fma(values[at + ${i}u], vec4f(weight), s${i} * keep);`)}
  }
  let to = token * ${init.heads * d4}u + head * ${d4}u;`;
  const head = `${STEP_STRUCT}
@group(0) @binding(1) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(2) var<storage, read> keys: array<vec4f>;
@group(0) @binding(3) var<storage, read> values: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> y: array<vec4f>;`;
  if (!shared) {
    return `${head}
@compute @workgroup_size(${HEADS_PER_GROUP})
fn main(@builtin(global_invocation_id) id: vec3u) {
  let head = id.x;
  let token = id.y;
  if (head >= ${init.heads}u || token >= step.tokens) { return; }
  ${walk}
  ${unroll(d4, (i) => `y[to + ${i}u] = s${i} / total;`)}
}`;
  }
  return `${head}
var<workgroup> tops: array<f32, ${init.lanes}>;
var<workgroup> totals: array<f32, ${init.lanes}>;
var<workgroup> sums: array<vec4f, ${init.lanes * d4}>;
@compute @workgroup_size(${init.lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let head = group.x;
  let token = group.y;
  ${walk}
  tops[lane] = top;
  totals[lane] = total;
  ${unroll(d4, (i) => `sums[lane * ${d4}u + ${i}u] = s${i};`)}
  for (var half = ${init.lanes / 2}u; half > 0u; half >>= 1u) {
    workgroupBarrier();
    if (lane < half) {
      let other = lane + half;
      let higher = max(tops[lane], tops[other]);
      let mine = exp(tops[lane] - higher);
      let theirs = exp(tops[other] - higher);
      tops[lane] = higher;
      totals[lane] = totals[lane] * mine + totals[other] * theirs;
      for (var i = 0u; i < ${d4}u; i++) {
        sums[lane * ${d4}u + i] = sums[lane * ${d4}u + i] * mine + sums[other * ${d4}u + i] * theirs;
      }
    }
  }
  workgroupBarrier();
  for (var i = lane; i < ${d4}u; i += ${init.lanes}u) { y[to + i] = sums[i] / totals[0]; }
}`;
}
