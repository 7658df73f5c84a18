interface QuantizationFacts {
  /** Bytes of a file per parameter, scales included. MLC stores float32 as bfloat16. */
  readonly storedBytes: number;
  /** Bytes per weight in the largest GPU buffer, scales apart. */
  readonly bufferBytes: number;
  /** The built-in engine reads it. */
  readonly isBuiltin: boolean;
}

/** MLC's quantisations: groups of 32 weights of 4 bits, of 40 weights of 3 bits, each with a scale of 16 bits. */
export const QUANTIZATION_BYTES: Readonly<Record<string, QuantizationFacts>> = {
  q0f16: { storedBytes: 2, bufferBytes: 2, isBuiltin: true },
  q0f32: { storedBytes: 2, bufferBytes: 4, isBuiltin: true },
  q4f16_1: { storedBytes: 0.5625, bufferBytes: 0.5, isBuiltin: true },
  q4f32_1: { storedBytes: 0.5625, bufferBytes: 0.5, isBuiltin: true },
  q3f16_1: { storedBytes: 0.45, bufferBytes: 0.4, isBuiltin: false },
};

/** A publisher may call a quantisation anything, also what every object has. */
function factsOf(quantization: string): QuantizationFacts | undefined {
  return Object.hasOwn(QUANTIZATION_BYTES, quantization) ? QUANTIZATION_BYTES[quantization] : undefined;
}

/** Tokenizer, configuration and library beside the weights. */
const OTHER_BYTES = 12_000_000;
/** Weights in what a publisher states as graphics memory: the rest is the KV cache and scratch. */
const WEIGHT_SHARE = 0.8;

export interface EstimateInit {
  readonly parameterCount: number | null;
  readonly quantization: string;
  readonly memoryBytes: number;
}

/** Bytes of a model's files, to about a tenth. */
export function downloadBytesOf({ parameterCount, quantization, memoryBytes }: EstimateInit): number {
  const facts = factsOf(quantization);
  const weights =
    parameterCount === null || facts === undefined ? memoryBytes * WEIGHT_SHARE : parameterCount * facts.storedBytes;
  return Math.round(weights + OTHER_BYTES);
}

/** Bytes of the embedding on the GPU, a model's largest buffer; null where its size is not known. */
export function largestBufferOf(
  embedding: readonly [rows: number, cols: number] | null,
  quantization: string,
): number | null {
  const facts = factsOf(quantization);
  if (embedding === null || facts === undefined) return null;
  return embedding[0] * embedding[1] * facts.bufferBytes;
}

/** Graphics memory of a model of which only the size of its files is known: the weights, widened where needed, and a cache. */
export function memoryBytesOf(downloadBytes: number, quantization: string): number {
  const facts = factsOf(quantization);
  const widened = facts === undefined ? 1 : Math.max(1, facts.bufferBytes / facts.storedBytes);
  return Math.round((downloadBytes * widened) / WEIGHT_SHARE);
}
