import { WeftError } from '../protocol/errors.ts';
import { createTap } from '../protocol/par1/tap.ts';
import type { ModelConfig } from './builtin/model/model-config.ts';
import type { Transformer } from './builtin/model/transformer.ts';
import { createCachedSequence } from './session/cached-sequence.ts';
import { measureCopyBandwidth } from './copy-bandwidth.ts';

export interface MeasureDecodeInit {
  readonly device: GPUDevice;
  /** A whole model; its cache is not kept. */
  readonly transformer: Transformer;
  /** Context before the first measured token. */
  readonly promptTokens: number;
  /** Tokens decoded in each round with PAR-1, and as many without. */
  readonly decodeTokens: number;
  readonly rounds: number;
  /** What an engine without proofs would do with logits `[vocab]`. */
  readonly plainSampler: (logits: Float32Array) => number;
  readonly signal?: AbortSignal;
}

/** Medians of one run, so that ratios between them mean something. */
export interface DecodeFigures {
  /** With PAR-1: sample, dispatch, commit while the GPU works. */
  readonly decodeTokensPerSecond: number;
  readonly par1MsPerToken: number;
  readonly plainMsPerToken: number;
  /** Time per token with PAR-1 over time per token without, from neighbouring tokens; over the rounds. */
  readonly par1Ratio: { readonly median: number; readonly lowest: number; readonly highest: number };
  /** PAR-1's own work on the processor per token, whether or not the GPU hides it. */
  readonly par1WorkMs: number;
  /** Bytes the GPU reads per decoded token: weights once, keys and values of the context. */
  readonly bytesPerToken: number;
  readonly copyBytesPerSecond: number;
  /** Bytes read per second while decoding, over the copy bandwidth. */
  readonly bandwidthRatio: number;
}

const PARAMS = { temperatureQ: 717, topPBps: 9500, topK: 32 } as const;

/** Measures decoding on a device. Throws engine/bad-input where a round does not fit into the context. */
export async function measureDecode(
  init: MeasureDecodeInit,
  deps: { readonly nowMs: () => number },
): Promise<DecodeFigures> {
  const { device, transformer, promptTokens, decodeTokens, rounds, plainSampler, signal } = init;
  const { nowMs } = deps;
  const lastLength = promptTokens + 2 * decodeTokens;
  if (promptTokens < 2 || decodeTokens < 1 || rounds < 1 || lastLength > transformer.maxLength) {
    throw new WeftError(
      'engine/bad-input',
      `${rounds} rounds of ${lastLength} tokens cannot be measured in a context of ${transformer.maxLength}.`,
    );
  }
  const sequence = createCachedSequence(transformer);
  const { vocabSize } = sequence;
  const seed = new Uint8Array(32).fill(7);
  const prompt = Uint32Array.from({ length: promptTokens }, (_, at) => (31 * at + 5) % vocabSize);
  const work: number[] = [];
  const par1: number[] = [];
  const plain: number[] = [];

  /** Decodes with and without PAR-1 by turns (with, without, without, with), so that both meet the same machine. */
  const runRound = async (): Promise<number> => {
    const tap = createTap({ seed, vocabSize, params: PARAMS, maxTokens: decodeTokens + 1, stopTokens: [] });
    let logits = await sequence.append(prompt.subarray(sequence.keep(prompt)), signal ? { signal } : {});
    const [from, fromPlain] = [par1.length, plain.length];
    for (let step = 0; step < 2 * decodeTokens; step++) {
      const usesPar1 = step % 4 === 0 || step % 4 === 3;
      const startedAtMs = nowMs();
      const id = usesPar1 ? tap.sample(logits) : plainSampler(logits);
      const sampledAtMs = nowMs();
      const next = sequence.next(id);
      const sentAtMs = nowMs();
      if (usesPar1) {
        tap.commit();
        work.push(sampledAtMs - startedAtMs + nowMs() - sentAtMs);
      }
      logits = await next;
      (usesPar1 ? par1 : plain).push(nowMs() - startedAtMs);
    }
    return median(par1.slice(from).map((ms, at) => ms / plain[fromPlain + at]!));
  };

  // One round that only warms up what the others measure.
  await runRound();
  for (const times of [work, par1, plain]) times.length = 0;
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    ratios.push(await runRound());
  }
  const copyBytesPerSecond = await measureCopyBandwidth(device, deps, signal);
  const bytes = bytesPerToken(transformer.config, transformer.weightBytes, promptTokens + decodeTokens);
  const decodeTokensPerSecond = 1000 / median(par1);
  return {
    decodeTokensPerSecond,
    par1MsPerToken: median(par1),
    plainMsPerToken: median(plain),
    par1Ratio: { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) },
    par1WorkMs: median(work),
    bytesPerToken: bytes,
    copyBytesPerSecond,
    bandwidthRatio: (bytes * decodeTokensPerSecond) / copyBytesPerSecond,
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
