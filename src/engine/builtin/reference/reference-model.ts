import { ropeFrequencies } from '../model/rope-table.ts';
import { embeddingName, finalNormName, headName, layerNames } from '../weights/tensor-names.ts';
import type { LoadedModel } from './fetch-model.ts';
import { createReferenceWeights, type ReferenceWeights } from './reference-weights.ts';

/** A llama-family network in plain f64 loops: slow, short, and what the GPU is measured against. */
export interface ReferenceModel {
  /** Logits `[vocab]` after each of `positions`, from one pass over `ids`. */
  logits(ids: Uint32Array, positions: readonly number[]): Float64Array[];
  /** The residual stream `[tokens, hidden]` after `layers` layers. */
  activations(ids: Uint32Array, layers: number): Float64Array;
}

export function createReferenceModel(model: LoadedModel): ReferenceModel {
  const weights = createReferenceWeights(model);
  const { config } = model;
  const embedding = weights.matrix('model.embed_tokens', config.vocabSize, config.hiddenSize);
  const activations = (ids: Uint32Array, layers: number): Float64Array => {
    const x = new Float64Array(ids.length * config.hiddenSize);
    ids.forEach((id, token) => {
      const row = embedding.subarray(id * config.hiddenSize, (id + 1) * config.hiddenSize);
      x.set(row, token * config.hiddenSize);
    });
    for (let layer = 0; layer < layers; layer += 1) runLayer(weights, layer, x);
    return x;
  };
  return {
    activations,
    logits(ids, positions) {
      const x = activations(ids, config.layerCount);
      const norm = weights.vector(finalNormName(config).name);
      const head = headName(config);
      const tied = head.name === embeddingName(config).name;
      const matrix = tied ? embedding : weights.matrix(head.name, head.rows, head.cols);
      return positions.map((position) => {
        const row = x.subarray(position * config.hiddenSize, (position + 1) * config.hiddenSize);
        return product(rmsNorm(row, norm, config.rmsNormEps), matrix, head.rows, head.cols);
      });
    },
  };
}

/** x · Wᵀ for rows `[tokens, cols]` of x. */
export function product(x: Float64Array, matrix: Float64Array, rows: number, cols: number): Float64Array {
  const tokens = x.length / cols;
  const y = new Float64Array(tokens * rows);
  for (let token = 0; token < tokens; token += 1) {
    for (let row = 0; row < rows; row += 1) {
      let sum = 0;
      for (let col = 0; col < cols; col += 1) sum += x[token * cols + col]! * matrix[row * cols + col]!;
      y[token * rows + row] = sum;
    }
  }
  return y;
}

/** x / √(mean x² + ε) · weight for each row as long as `weight`. */
export function rmsNorm(x: Float64Array, weight: Float64Array, epsilon: number): Float64Array {
  const width = weight.length;
  const y = new Float64Array(x.length);
  for (let from = 0; from < x.length; from += width) {
    let sum = 0;
    for (let i = 0; i < width; i += 1) sum += x[from + i]! ** 2;
    const factor = 1 / Math.sqrt(sum / width + epsilon);
    for (let i = 0; i < width; i += 1) y[from + i] = x[from + i]! * factor * weight[i]!;
  }
  return y;
}

/** silu(gate) · up for rows `[gate | up]` of `2 · width`. */
export function swiglu(pairs: Float64Array, width: number): Float64Array {
  const y = new Float64Array(pairs.length / 2);
  for (let i = 0; i < y.length; i += 1) {
    const at = Math.floor(i / width) * 2 * width + (i % width);
    const gate = pairs[at]!;
    y[i] = (gate / (1 + Math.exp(-gate))) * pairs[at + width]!;
  }
  return y;
}

/** Rotates `heads` heads of a fused row in place by `position`. */
export function rotate(row: Float64Array, heads: number, frequencies: Float64Array, position: number): void {
  const half = frequencies.length;
  for (let head = 0; head < heads; head += 1) {
    for (let i = 0; i < half; i += 1) {
      const at = head * half * 2 + i;
      const [a, b] = [row[at]!, row[at + half]!];
      const [cos, sin] = [Math.cos(position * frequencies[i]!), Math.sin(position * frequencies[i]!)];
      row[at] = a * cos - b * sin;
      row[at + half] = b * cos + a * sin;
    }
  }
}

/** Causal attention of rotated fused rows `[tokens, (heads + 2 kvHeads) · headDim]`; result `[tokens, heads · headDim]`. */
export function attend(fused: Float64Array, heads: number, kvHeads: number, headDim: number): Float64Array {
  const width = (heads + 2 * kvHeads) * headDim;
  const tokens = fused.length / width;
  const y = new Float64Array(tokens * heads * headDim);
  for (let token = 0; token < tokens; token += 1) {
    for (let head = 0; head < heads; head += 1) {
      const kvHead = Math.floor((head * kvHeads) / heads);
      const query = token * width + head * headDim;
      const scores: number[] = [];
      for (let seen = 0; seen <= token; seen += 1) {
        const key = seen * width + (heads + kvHead) * headDim;
        let score = 0;
        for (let i = 0; i < headDim; i += 1) score += fused[query + i]! * fused[key + i]!;
        scores.push(score / Math.sqrt(headDim));
      }
      const highest = Math.max(...scores);
      const total = scores.reduce((sum, score) => sum + Math.exp(score - highest), 0);
      scores.forEach((score, seen) => {
        const value = seen * width + (heads + kvHeads + kvHead) * headDim;
        const weight = Math.exp(score - highest) / total;
        for (let i = 0; i < headDim; i += 1) y[(token * heads + head) * headDim + i]! += weight * fused[value + i]!;
      });
    }
  }
  return y;
}

function runLayer(weights: ReferenceWeights, layer: number, x: Float64Array): void {
  const { config } = weights;
  const { headCount, kvHeadCount, headDim } = config;
  const names = layerNames(config, layer);
  const matrix = ({ name, rows, cols }: { name: string; rows: number; cols: number }) =>
    weights.matrix(name, rows, cols);
  const inner = rmsNorm(x, weights.vector(names.inputNorm.name), config.rmsNormEps);
  const fused = product(inner, matrix(names.qkv), names.qkv.rows, names.qkv.cols);
  const bias = names.qkvBias === null ? null : weights.vector(names.qkvBias.name);
  const frequencies = ropeFrequencies(config);
  const width = names.qkv.rows;
  for (let token = 0; token * width < fused.length; token += 1) {
    const row = fused.subarray(token * width, (token + 1) * width);
    bias?.forEach((value, i) => (row[i]! += value));
    if (names.qNorm !== null && names.kNorm !== null) {
      const queries = row.subarray(0, headCount * headDim);
      queries.set(rmsNorm(queries, weights.vector(names.qNorm.name), config.rmsNormEps));
      const keys = row.subarray(headCount * headDim, (headCount + kvHeadCount) * headDim);
      keys.set(rmsNorm(keys, weights.vector(names.kNorm.name), config.rmsNormEps));
    }
    rotate(row, headCount + kvHeadCount, frequencies, token);
  }
  const attended = attend(fused, headCount, kvHeadCount, headDim);
  add(x, product(attended, matrix(names.output), names.output.rows, names.output.cols));
  const outer = rmsNorm(x, weights.vector(names.postNorm.name), config.rmsNormEps);
  const gateUp = product(outer, matrix(names.gateUp), names.gateUp.rows, names.gateUp.cols);
  add(x, product(swiglu(gateUp, config.intermediateSize), matrix(names.down), names.down.rows, names.down.cols));
}

function add(x: Float64Array, y: Float64Array): void {
  for (let i = 0; i < x.length; i += 1) x[i]! += y[i]!;
}
