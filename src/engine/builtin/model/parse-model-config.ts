import * as v from 'valibot';
import { WeftError } from '../../../protocol/errors.ts';
import { MODEL_FAMILIES, QUANTIZATIONS, type ModelConfig, type ModelFamily, type RopeScaling } from './model-config.ts';

/** Bounds beyond any published model; they keep a hostile file from asking for absurd allocations. */
const size = (limit: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(limit));
const positive = v.pipe(v.number(), v.finite(), v.minValue(Number.MIN_VALUE));

const ropeScalingSchema = v.object({
  rope_type: v.string(),
  factor: v.optional(positive),
  low_freq_factor: v.optional(positive),
  high_freq_factor: v.optional(positive),
  original_max_position_embeddings: v.optional(size(1 << 24)),
});

const schema = v.object({
  model_type: v.string(),
  quantization: v.string(),
  context_window_size: v.optional(size(1 << 24)),
  sliding_window_size: v.optional(v.number()),
  model_config: v.object({
    hidden_size: size(65_536),
    intermediate_size: size(1 << 20),
    num_attention_heads: size(1024),
    num_hidden_layers: size(1024),
    num_key_value_heads: v.optional(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1024)), 0),
    head_dim: v.optional(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0), v.maxValue(1024))), 0),
    vocab_size: size(1 << 21),
    rms_norm_eps: positive,
    position_embedding_base: v.optional(v.nullable(v.number())),
    rope_theta: v.optional(v.nullable(v.number())),
    rope_scaling: v.optional(v.nullable(v.unknown())),
    tie_word_embeddings: v.optional(v.boolean(), false),
    attention_bias: v.optional(v.boolean(), false),
    hidden_act: v.optional(v.string(), 'silu'),
    context_window_size: v.optional(v.number()),
    sliding_window_size: v.optional(v.nullable(v.number())),
  }),
});

const DEFAULT_ROPE_THETA = 10_000;

/**
 * Reads the network's description from `mlc-chat-config.json`. Throws model/bad-config for another form, model/unsupported
 * for an architecture, quantisation or size that this engine does not run.
 */
export function parseModelConfig(json: unknown): ModelConfig {
  const parsed = v.safeParse(schema, json);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    const where = v.getDotPath(issue) ?? 'the top level';
    throw new WeftError(
      'model/bad-config',
      `mlc-chat-config.json is not in MLC's form at ${where}: ${issue.message}.`,
      {
        hints: ['Check that the address leads to a model folder and not to a web page.'],
      },
    );
  }
  const { output } = parsed;
  const model = output.model_config;
  const family = MODEL_FAMILIES.find((name): name is ModelFamily => name === output.model_type);
  if (family === undefined) {
    throw unsupported(`architecture ${output.model_type}`, `It runs ${MODEL_FAMILIES.join(', ')}.`);
  }
  const quantization = QUANTIZATIONS.find((name) => name === output.quantization);
  if (quantization === undefined) {
    throw unsupported(`quantisation ${output.quantization}`, `It reads ${QUANTIZATIONS.join(', ')}.`);
  }
  if (model.hidden_act !== 'silu') throw unsupported(`activation ${model.hidden_act}`, 'It runs silu.');
  if (family === 'qwen3' && model.attention_bias)
    throw unsupported('attention_bias in qwen3', 'It runs qwen3 without.');
  const contextLength = output.context_window_size ?? model.context_window_size;
  if (contextLength === undefined) {
    throw new WeftError('model/bad-config', 'mlc-chat-config.json does not give a context_window_size.');
  }
  const window = output.sliding_window_size ?? model.sliding_window_size ?? -1;
  if (window > 0 && window < contextLength) {
    throw unsupported(`a sliding window of ${window} tokens`, 'It attends to the whole context.');
  }
  const kvHeadCount = model.num_key_value_heads === 0 ? model.num_attention_heads : model.num_key_value_heads;
  const givenHeadDim = model.head_dim ?? 0;
  const headDim = givenHeadDim === 0 ? model.hidden_size / model.num_attention_heads : givenHeadDim;
  if (model.num_attention_heads % kvHeadCount !== 0) {
    throw new WeftError(
      'model/bad-config',
      `${model.num_attention_heads} attention heads cannot share ${kvHeadCount} key-value heads evenly.`,
    );
  }
  for (const [name, value] of [
    ['hidden_size', model.hidden_size],
    ['intermediate_size', model.intermediate_size],
    ['head_dim', headDim],
  ] as const) {
    if (value % 8 !== 0) throw unsupported(`${name} ${value}`, 'It must be a multiple of 8.');
  }
  const theta = positiveOr(model.position_embedding_base, positiveOr(model.rope_theta, DEFAULT_ROPE_THETA));
  return {
    family,
    quantization,
    hiddenSize: model.hidden_size,
    intermediateSize: model.intermediate_size,
    layerCount: model.num_hidden_layers,
    headCount: model.num_attention_heads,
    kvHeadCount,
    headDim,
    vocabSize: model.vocab_size,
    rmsNormEps: model.rms_norm_eps,
    ropeTheta: theta,
    ropeScaling: parseRopeScaling(model.rope_scaling),
    tiedEmbeddings: model.tie_word_embeddings,
    qkvBias: family === 'qwen2',
    qkNorm: family === 'qwen3',
    contextLength,
  };
}

function positiveOr(value: number | null | undefined, fallback: number): number {
  return value !== null && value !== undefined && value > 0 ? value : fallback;
}

/** As MLC's llama does: an object without `rope_type` means no scaling. */
function parseRopeScaling(value: unknown): RopeScaling | null {
  if (value === null || value === undefined) return null;
  const parsed = v.safeParse(ropeScalingSchema, value);
  if (!parsed.success) return null;
  const { rope_type: type, factor, low_freq_factor: low, high_freq_factor: high } = parsed.output;
  const original = parsed.output.original_max_position_embeddings;
  if (type === 'default') return null;
  if (type !== 'llama3') throw unsupported(`rotary scaling ${type}`, 'It runs llama3 scaling or none.');
  if (factor === undefined || low === undefined || high === undefined || original === undefined || high <= low) {
    throw new WeftError('model/bad-config', 'The llama3 rotary scaling in mlc-chat-config.json is incomplete.');
  }
  return { factor, lowFreqFactor: low, highFreqFactor: high, originalMaxPositions: original };
}

function unsupported(what: string, does: string): WeftError {
  return new WeftError('model/unsupported', `The built-in engine does not run this model: ${what}. ${does}`, {
    hints: ['Choose another model.'],
  });
}
