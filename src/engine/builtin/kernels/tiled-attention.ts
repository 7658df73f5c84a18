import { fusedWidth, type AttentionShape } from './attention-shape.ts';
import { float, STEP_STRUCT, unroll } from './kernel.ts';
import { LOWEST } from './softmax.ts';

/** Threads of a workgroup, and positions it looks at together. */
const TILE_LANES = 64;

export interface TiledAttention {
  readonly shape: AttentionShape;
  /** Neighbouring queries of one head that share each fetched key and value. */
  readonly queries: 1 | 4;
  /** Statements that define `head`, `token` (the first query's row), `base` and `bound` (positions `[base, bound)`). */
  readonly place: string;
  /** Last binding's element type is vec4<f32>. Statements that write query q's `sum` and its `highest`, `total`. */
  readonly store: (query: number) => string;
}

/**
 * Attention in which a workgroup scores 64 positions at once (a thread each) and then adds up their values (a thread for
 * each four dimensions), with a running softmax from tile to tile. Bindings: step, fused q/k/v, K, V, result.
 */
export function tiledAttentionCode({ shape, queries, place, store }: TiledAttention): string {
  const { headCount, kvHeadCount, headDim } = shape;
  const quads = headDim / 4;
  const cacheQuads = (kvHeadCount * headDim) / 4;
  // Threads beyond a whole number of rows of values help with scores only.
  const teams = Math.max(1, Math.floor(TILE_LANES / quads));
  const vector = queries === 1 ? 'f32' : 'vec4<f32>';
  const part = (name: string, query: number) => (queries === 1 ? name : `${name}.${'xyzw'[query]!}`);
  const dots = unroll(queries, (query) => `${part('score', query)} += dot(key, queries[${query * quads}u + i]);`);
  const mask = unroll(queries, (query) =>
    query === 0 ? '' : `if (position > step.start + token + ${query}u) { ${part('score', query)} = ${LOWEST}; }`,
  );
  return `
    ${STEP_STRUCT}
    @group(0) @binding(1) var<storage, read> fused: array<vec4<f32>>;
    @group(0) @binding(2) var<storage, read> keys: array<vec4<f32>>;
    @group(0) @binding(3) var<storage, read> values: array<vec4<f32>>;
    @group(0) @binding(4) var<storage, read_write> result: array<vec4<f32>>;
    var<workgroup> queries: array<vec4<f32>, ${queries * quads}>;
    var<workgroup> scores: array<${vector}, ${TILE_LANES}>;
    var<workgroup> weights: array<${vector}, ${TILE_LANES}>;
    var<workgroup> sums: array<vec4<f32>, ${teams * quads * queries}>;
    var<workgroup> totals: array<${vector}, ${teams}>;
    @compute @workgroup_size(${TILE_LANES})
    fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
      ${place}
      for (var i = lane; i < ${queries * quads}u; i += ${TILE_LANES}u) {
        let row = min(token + i / ${quads}u, step.tokens - 1u);
        queries[i] = fused[row * ${fusedWidth(shape) / 4}u + head * ${quads}u + i % ${quads}u] * ${float(headDim ** -0.5)};
      }
      workgroupBarrier();
      let column = (head / ${headCount / kvHeadCount}u) * ${quads}u;
      let team = lane / ${quads}u;
      let quad = lane % ${quads}u;
      ${unroll(queries, (query) => `var sum${query} = vec4<f32>(0.0);`)}
      var highest = ${vector}(${LOWEST});
      var total = ${vector}(0.0);
      for (var first = base; first < bound; first += ${TILE_LANES}u) {
        let position = first + lane;
        var score = ${vector}(${LOWEST});
        if (position < bound) {
          score = ${vector}(0.0);
          for (var i = 0u; i < ${quads}u; i++) {
            let key = keys[position * ${cacheQuads}u + column + i];
            ${dots}
          }
          ${queries === 1 ? '' : `if (position > step.start + token) { score.x = ${LOWEST}; }`}
          ${mask}
        }
        scores[lane] = score;
        workgroupBarrier();
        var next = highest;
        for (var i = 0u; i < ${TILE_LANES}u; i++) { next = max(next, scores[i]); }
        weights[lane] = exp(score - next);
        workgroupBarrier();
        let shrink = exp(highest - next);
        highest = next;
        total *= shrink;
        ${unroll(queries, (query) => `sum${query} *= ${part('shrink', query)};`)}
        let seen = min(${TILE_LANES}u, bound - first);
        if (team < ${teams}u) {
          for (var i = team; i < seen; i += ${teams}u) {
            let value = values[(first + i) * ${cacheQuads}u + column + quad];
            let weight = weights[i];
            total += weight;
            ${unroll(queries, (query) => `sum${query} += ${part('weight', query)} * value;`)}
          }
        }
      }
      if (team < ${teams}u) {
        ${unroll(queries, (query) => `sums[(team * ${queries}u + ${query}u) * ${quads}u + quad] = sum${query};`)}
        if (quad == 0u) { totals[team] = total; }
      }
      workgroupBarrier();
      total = ${vector}(0.0);
      for (var i = 0u; i < ${teams}u; i++) { total += totals[i]; }
      for (var i = lane; i < ${queries * quads}u; i += ${TILE_LANES}u) {
        let query = i / ${quads}u;
        let place = i % ${quads}u;
        var sum = vec4<f32>(0.0);
        for (var other = 0u; other < ${teams}u; other++) {
          sum += sums[(other * ${queries}u + query) * ${quads}u + place];
        }
        ${unroll(queries, (query) => `if (query == ${query}u) { ${store(query)} }`)}
      }
    }`;
}
