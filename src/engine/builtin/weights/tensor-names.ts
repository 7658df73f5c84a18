import type { ModelConfig } from '../model/model-config.ts';

/** A weight matrix by MLC's name without its ending, and its shape. */
export interface MatrixName {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** A vector (norm weight or bias) by MLC's full name. */
export interface VectorName {
  readonly name: string;
  readonly length: number;
}

/** The tensors of one layer. */
export interface LayerNames {
  readonly inputNorm: VectorName;
  readonly qkv: MatrixName;
  readonly qkvBias: VectorName | null;
  readonly qNorm: VectorName | null;
  readonly kNorm: VectorName | null;
  readonly output: MatrixName;
  readonly postNorm: VectorName;
  readonly gateUp: MatrixName;
  readonly down: MatrixName;
}

/** Names and shapes of layer `layer` as mlc_llm's llama, qwen2 and qwen3 models define them. */
export function layerNames(config: ModelConfig, layer: number): LayerNames {
  const { hiddenSize, intermediateSize, headCount, kvHeadCount, headDim } = config;
  const prefix = `model.layers.${layer}`;
  const fused = `${prefix}.self_attn.${config.family === 'llama' ? 'qkv_proj' : 'c_attn'}`;
  const fusedRows = (headCount + 2 * kvHeadCount) * headDim;
  return {
    inputNorm: { name: `${prefix}.input_layernorm.weight`, length: hiddenSize },
    qkv: { name: fused, rows: fusedRows, cols: hiddenSize },
    qkvBias: config.qkvBias ? { name: `${fused}.bias`, length: fusedRows } : null,
    qNorm: config.qkNorm ? { name: `${prefix}.self_attn.q_norm.weight`, length: headDim } : null,
    kNorm: config.qkNorm ? { name: `${prefix}.self_attn.k_norm.weight`, length: headDim } : null,
    output: { name: `${prefix}.self_attn.o_proj`, rows: hiddenSize, cols: headCount * headDim },
    postNorm: { name: `${prefix}.post_attention_layernorm.weight`, length: hiddenSize },
    gateUp: { name: `${prefix}.mlp.gate_up_proj`, rows: 2 * intermediateSize, cols: hiddenSize },
    down: { name: `${prefix}.mlp.down_proj`, rows: hiddenSize, cols: intermediateSize },
  };
}

export function embeddingName(config: ModelConfig): MatrixName {
  return { name: 'model.embed_tokens', rows: config.vocabSize, cols: config.hiddenSize };
}

export function headName(config: ModelConfig): MatrixName {
  return config.tiedEmbeddings
    ? embeddingName(config)
    : { name: 'lm_head', rows: config.vocabSize, cols: config.hiddenSize };
}

export function finalNormName(config: ModelConfig): VectorName {
  return { name: 'model.norm.weight', length: config.hiddenSize };
}
