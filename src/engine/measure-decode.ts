import { WeftError } from '../protocol/errors.ts';
import type { ModelConfig } from './builtin/model/model-config.ts';
import type { Transformer } from './builtin/model/transformer.ts';
import { createCachedSequence } from './session/cached-sequence.ts';
import { measureCopyBandwidth } from './copy-bandwidth.ts';
import { measurePar1 } from './measure-par1.ts';
import type { MeasurePar1Init, Par1Figures } from './measure-par1.ts';

export interface MeasureDecodeInit extends Omit<MeasurePar1Init, 'sequence'> {
  readonly device: GPUDevice;
  /** A whole model; its cache is not kept. */
  readonly transformer: Transformer;
}

export interface DecodeFigures extends Par1Figures {
  /** Bytes the GPU reads per decoded token: weights once, keys and values of the context. */
  readonly bytesPerToken: number;
  readonly copyBytesPerSecond: number;
  /** Bytes read per second while decoding, over the copy bandwidth. */
  readonly bandwidthRatio: number;
}

/** Measures decoding on a device. Throws engine/bad-input where a round does not fit into the context. */
export async function measureDecode(
  init: MeasureDecodeInit,
  deps: { readonly nowMs: () => number },
): Promise<DecodeFigures> {
  const { device, transformer, promptTokens, decodeTokens, rounds, plainSampler, signal } = init;
  const lastLength = promptTokens + 2 * decodeTokens;
  if (promptTokens < 2 || decodeTokens < 1 || rounds < 1 || lastLength > transformer.maxLength) {
    throw new WeftError(
      'engine/bad-input',
      `${rounds} rounds of ${lastLength} tokens cannot be measured in a context of ${transformer.maxLength}.`,
    );
  }
  const sequence = createCachedSequence(transformer);
  const figures = await measurePar1({ sequence, promptTokens, decodeTokens, rounds, plainSampler, signal }, deps);
  const copyBytesPerSecond = await measureCopyBandwidth(device, deps, signal);
  const bytes = bytesPerToken(transformer.config, transformer.weightBytes, promptTokens + decodeTokens);
  return {
    ...figures,
    bytesPerToken: bytes,
    copyBytesPerSecond,
    bandwidthRatio: (bytes * figures.decodeTokensPerSecond) / copyBytesPerSecond,
  };
}

/**
 * What one decoded token makes the GPU read with `contextTokens` in the cache: every weight but an embedding table of its
 * own (one row of it), and all keys and values in f32.
 */
export function bytesPerToken(config: ModelConfig, weightBytes: number, contextTokens: number): number {
  const embeddingBits = { q0f32: 32, q0f16: 16, q4f32_1: 5, q4f16_1: 4.5 }[config.quantization];
  const embeddingBytes = config.tiedEmbeddings ? 0 : (config.vocabSize * config.hiddenSize * embeddingBits) / 8;
  const cacheBytes = 2 * config.layerCount * config.kvHeadCount * config.headDim * 4 * contextTokens;
  return weightBytes - embeddingBytes + cacheBytes;
}
