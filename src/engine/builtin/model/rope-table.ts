import type { ModelConfig } from './model-config.ts';

/** Radians per position of each rotated pair `[headDim / 2]`, with llama-3 scaling where the model has it. */
export function ropeFrequencies(config: Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>): Float64Array {
  const half = config.headDim / 2;
  const frequencies = new Float64Array(half);
  const scaling = config.ropeScaling;
  for (let i = 0; i < half; i += 1) {
    const plain = config.ropeTheta ** (-i / half);
    if (scaling === null) {
      frequencies[i] = plain;
      continue;
    }
    // Short wavelengths stay, long ones are stretched by the factor, those between are blended.
    const turns = (scaling.originalMaxPositions * plain) / (2 * Math.PI);
    const blend = (turns - scaling.lowFreqFactor) / (scaling.highFreqFactor - scaling.lowFreqFactor);
    const keep = Math.min(1, Math.max(0, blend));
    frequencies[i] = keep * plain + ((1 - keep) * plain) / scaling.factor;
  }
  return frequencies;
}

/**
 * (cos, sin) for each position and pair, `[length, headDim / 2, 2]`. Computed here in f64: the GPU's own sine is only
 * bound to be accurate near zero, and positions reach thousands of radians.
 */
export function ropeTable(
  config: Pick<ModelConfig, 'headDim' | 'ropeTheta' | 'ropeScaling'>,
  length: number,
): Float32Array<ArrayBuffer> {
  const frequencies = ropeFrequencies(config);
  const table = new Float32Array(length * frequencies.length * 2);
  let at = 0;
  for (let position = 0; position < length; position += 1) {
    for (const frequency of frequencies) {
      table[at] = Math.cos(position * frequency);
      table[at + 1] = Math.sin(position * frequency);
      at += 2;
    }
  }
  return table;
}
