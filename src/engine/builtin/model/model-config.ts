/** Weight quantisations of MLC that this engine reads. The last two hold 4-bit groups of 32 along the input dimension. */
export const QUANTIZATIONS = ['q0f32', 'q0f16', 'q4f32_1', 'q4f16_1'] as const;
export type Quantization = (typeof QUANTIZATIONS)[number];

/** Llama-family architectures by MLC's `model_type`; they differ in biases, head norms and tensor names only. */
export const MODEL_FAMILIES = ['llama', 'qwen2', 'qwen3'] as const;
export type ModelFamily = (typeof MODEL_FAMILIES)[number];

/** Llama 3's stretching of low rotary frequencies (`rope_type: "llama3"`). */
export interface RopeScaling {
  readonly factor: number;
  readonly lowFreqFactor: number;
  readonly highFreqFactor: number;
  readonly originalMaxPositions: number;
}

/** What `mlc-chat-config.json` says about the network. Sizes are counts of elements or tokens. */
export interface ModelConfig {
  readonly family: ModelFamily;
  readonly quantization: Quantization;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layerCount: number;
  readonly headCount: number;
  readonly kvHeadCount: number;
  readonly headDim: number;
  readonly vocabSize: number;
  readonly rmsNormEps: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | null;
  /** True where the head is the embedding itself. */
  readonly tiedEmbeddings: boolean;
  /** True where q, k and v carry a bias. */
  readonly qkvBias: boolean;
  /** True where q and k are normalised per head before the rotation. */
  readonly qkNorm: boolean;
  /** Tokens the model was made for. */
  readonly contextLength: number;
}
