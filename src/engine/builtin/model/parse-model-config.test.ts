import { expect, test } from 'vitest';
import { WeftError } from '../../../protocol/errors.ts';
import { parseModelConfig } from './parse-model-config.ts';

/** As MLC writes it for Llama 3.2 1B Instruct. */
const LLAMA = {
  model_type: 'llama',
  quantization: 'q4f16_1',
  context_window_size: 131_072,
  sliding_window_size: -1,
  model_config: {
    hidden_size: 2048,
    intermediate_size: 8192,
    num_attention_heads: 32,
    num_hidden_layers: 16,
    rms_norm_eps: 1e-5,
    vocab_size: 128_256,
    tie_word_embeddings: true,
    position_embedding_base: 500_000,
    rope_scaling: {
      factor: 32,
      high_freq_factor: 4,
      low_freq_factor: 1,
      original_max_position_embeddings: 8192,
      rope_type: 'llama3',
    },
    context_window_size: 131_072,
    num_key_value_heads: 8,
    head_dim: 64,
  },
};

const changed = (top: object, model: object = {}) => ({
  ...LLAMA,
  ...top,
  model_config: { ...LLAMA.model_config, ...model },
});

function codeOf(json: unknown): string {
  try {
    parseModelConfig(json);
  } catch (error) {
    return error instanceof WeftError ? error.code : String(error);
  }
  return 'accepted';
}

test('reads a Llama 3.2 configuration', () => {
  expect(parseModelConfig(LLAMA)).toEqual({
    family: 'llama',
    quantization: 'q4f16_1',
    hiddenSize: 2048,
    intermediateSize: 8192,
    layerCount: 16,
    headCount: 32,
    kvHeadCount: 8,
    headDim: 64,
    vocabSize: 128_256,
    rmsNormEps: 1e-5,
    ropeTheta: 500_000,
    ropeScaling: { factor: 32, lowFreqFactor: 1, highFreqFactor: 4, originalMaxPositions: 8192 },
    tiedEmbeddings: true,
    qkvBias: false,
    qkNorm: false,
    contextLength: 131_072,
  });
});

test('fills in what MLC leaves to defaults', () => {
  const config = parseModelConfig(
    changed(
      {},
      { num_key_value_heads: 0, head_dim: 0, position_embedding_base: 0, rope_theta: 25_000, rope_scaling: null },
    ),
  );
  expect(config).toMatchObject({ kvHeadCount: 32, headDim: 64, ropeTheta: 25_000, ropeScaling: null });
});

test('knows what sets the families apart', () => {
  expect(parseModelConfig(changed({ model_type: 'qwen2' }))).toMatchObject({ qkvBias: true, qkNorm: false });
  expect(parseModelConfig(changed({ model_type: 'qwen3' }))).toMatchObject({ qkvBias: false, qkNorm: true });
});

test.each([
  ['an architecture', changed({ model_type: 'gemma2' }), 'model/unsupported'],
  ['a quantisation', changed({ quantization: 'q3f16_0' }), 'model/unsupported'],
  ['a sliding window', changed({ sliding_window_size: 4096 }), 'model/unsupported'],
  ['a rotary scaling', changed({}, { rope_scaling: { rope_type: 'yarn', factor: 4 } }), 'model/unsupported'],
  ['an activation', changed({}, { hidden_act: 'gelu' }), 'model/unsupported'],
  ['an odd hidden size', changed({}, { hidden_size: 2044 }), 'model/unsupported'],
])('refuses %s that it does not run', (_, json, code) => {
  expect(codeOf(json)).toBe(code);
});

test.each([
  ['a web page', '<html>'],
  ['no sizes', { model_type: 'llama', quantization: 'q0f16', model_config: {} }],
  ['heads that cannot share', changed({}, { num_key_value_heads: 5 })],
  ['half a rotary scaling', changed({}, { rope_scaling: { rope_type: 'llama3', factor: 8 } })],
  ['an absurd size', changed({}, { vocab_size: 1e12 })],
])('refuses %s as not being a configuration', (_, json) => {
  expect(codeOf(json)).toBe('model/bad-config');
});
