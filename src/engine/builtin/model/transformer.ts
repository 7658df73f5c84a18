import type { KernelVariants } from '../kernels/kernel-variants.ts';
import type { WeightSource } from '../weights/weight-source.ts';
import type { LayerRange } from '../../engine.ts';
import type { ModelConfig } from './model-config.ts';

export interface PrefillOptions {
  /** Acted on between chunks; the rejection is the signal's reason and the tokens done so far stay in the cache. */
  readonly signal?: AbortSignal;
  /** Called after each chunk with the tokens of this call that are in the cache. */
  readonly onProgress?: (doneTokens: number) => void;
}

/**
 * A llama-family network, or a range of its layers, on one GPU device. Calls follow one another: a call made before the
 * previous one has settled is refused with app/busy. Any call can reject with engine/device-lost or engine/out-of-memory.
 */
export interface Transformer {
  readonly config: ModelConfig;
  readonly range: LayerRange;
  /** Tokens in the KV cache. */
  readonly length: number;
  /** Tokens the KV cache can hold. */
  readonly maxLength: number;
  /** Bytes of weights on the GPU, and the number of parameters they hold. */
  readonly weightBytes: number;
  readonly parameterCount: number;
  /**
   * Appends ids in chunks and returns the logits `[vocab]` after the last. The array is the caller's until the call after
   * the next. Throws engine/bad-input (no ids, an id outside the vocabulary, a range without embedding or head),
   * engine/context-full.
   */
  prefill(ids: Uint32Array, options: PrefillOptions): Promise<Float32Array>;
  /** Appends one id and returns the logits `[vocab]` after it; same lifetime and errors as {@link prefill}. */
  decode(id: number): Promise<Float32Array>;
  /**
   * Logits `[vocab]` after each 0-based position of `ids`, in the order asked for, from one prefill in a cache of its own:
   * the conversation's cache stays as it is. The arrays are the caller's. Throws engine/bad-input, engine/context-full.
   */
  audit(ids: Uint32Array, positions: Uint32Array, options: PrefillOptions): Promise<Float32Array[]>;
  /**
   * Runs a range that lacks the embedding, the head or both. Input: ids where the range starts at layer 0, otherwise
   * activations `[tokens, hidden]`. Output: logits `[vocab]` after the last token where the range ends with the last layer,
   * otherwise activations `[tokens, hidden]`. The array is the caller's. Throws engine/bad-input, engine/context-full.
   */
  forwardActivations(input: Uint32Array | Float32Array, options: PrefillOptions): Promise<Float32Array>;
  /** Keeps the first `length` tokens of the KV cache. Throws engine/bad-input when there are fewer, app/busy during a call. */
  truncate(length: number): void;
  /** Frees the GPU's memory. Further calls reject with engine/not-loaded. */
  destroy(): void;
}

export interface TransformerInit {
  readonly device: GPUDevice;
  readonly config: ModelConfig;
  readonly range: LayerRange;
  /** Tokens the KV cache must hold. */
  readonly maxLength: number;
  /** Tokens per submission of a prefill; an abort acts between chunks. Default 128. */
  readonly chunkTokens?: number;
  /** Largest binding to use, where it should be less than the device allows; longer matrices are cut by rows. */
  readonly maxBindingBytes?: number;
  readonly signal?: AbortSignal;
  /** Called after each uploaded tensor. */
  readonly onUpload?: (loadedBytes: number, totalBytes: number) => void;
}

interface TransformerDeps {
  readonly weights: WeightSource;
  /** From a measurement on this adapter, see `kernels/tune.ts`. */
  readonly variants: KernelVariants;
}

/**
 * Compiles the kernels, uploads the weights of the range record by record and allocates the cache.
 * Throws model/truncated, model/unsupported, model/bad-config, engine/limits, engine/shader, engine/out-of-memory.
 */
export type CreateTransformer = (init: TransformerInit, deps: TransformerDeps) => Promise<Transformer>;
