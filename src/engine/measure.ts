import { WeftError } from '../protocol/errors.ts';
import { createTap } from '../protocol/par1/tap.ts';
import { createCachedSequence } from './builtin/session/cached-sequence.ts';
import type { ModelConfig } from './builtin/model/model-config.ts';
import type { Transformer } from './builtin/model/transformer.ts';
import { measureCopyBandwidth } from './copy-bandwidth.ts';

export interface MeasureSubject {
  readonly device: GPUDevice;
  /** A whole model; its cache is not kept. */
  readonly transformer: Transformer;
}

export interface MeasureInit {
  /** Prompt tokens, read anew each round. */
  readonly promptTokens: number;
  /** Tokens decoded in each round with PAR-1, and as many without. */
  readonly decodeTokens: number;
  readonly rounds: number;
  readonly signal?: AbortSignal;
}

/** Medians of one run, so that ratios between them mean something. */
export interface SpeedMeasurement {
  readonly copyBytesPerSecond: number;
  readonly prefillTokensPerSecond: number;
  /** With PAR-1: sample, dispatch, commit while the GPU works. */
  readonly decodeTokensPerSecond: number;
  /** With the cheapest sampler there is: always the likeliest token, nothing drawn and nothing committed. */
  readonly plainDecodeTokensPerSecond: number;
  /** Time per token with PAR-1 over time per token without, minus 1; the median of the pairs. */
  readonly par1Cost: number;
  /** PAR-1's own work on the processor per token, whether or not the GPU hides it. */
  readonly par1Ms: number;
  /** Bytes the GPU reads per decoded token: weights once, keys and values of the context. */
  readonly bytesPerToken: number;
  /** Bytes moved per second while decoding, over the copy bandwidth. */
  readonly bandwidthShare: number;
}

const PARAMS = { temperatureQ: 717, topPBps: 9500, topK: 32 } as const;

/** Measures a loaded transformer on its device. Throws engine/bad-input where the rounds do not fit into its context. */
export async function measureSpeed(
  subject: MeasureSubject,
  init: MeasureInit,
  deps: { readonly nowMs: () => number },
): Promise<SpeedMeasurement> {
  const { device, transformer } = subject;
  const { promptTokens, decodeTokens, rounds, signal } = init;
  const { nowMs } = deps;
  if (promptTokens < 2 || decodeTokens < 1 || promptTokens + 2 * decodeTokens > transformer.maxLength) {
    throw new WeftError(
      'engine/bad-input',
      `${promptTokens} and ${2 * decodeTokens} tokens cannot be measured in a context of ${transformer.maxLength}.`,
    );
  }
  const sequence = createCachedSequence(transformer);
  const { vocabSize } = sequence;
  const seed = new Uint8Array(32).fill(7);
  const prefillTimes: number[] = [];
  const par1Work: number[] = [];

  /** Reads a prompt whose first token differs each time, so that nothing of it is cached. */
  const prefill = async (round: number): Promise<Float32Array> => {
    const prompt = Uint32Array.from({ length: promptTokens }, (_, at) => (at === 0 ? round : 31 * at + 5) % vocabSize);
    const startedAtMs = nowMs();
    const logits = await sequence.append(prompt.subarray(sequence.keep(prompt)), signal ? { signal } : {});
    prefillTimes.push(nowMs() - startedAtMs);
    return logits;
  };

  const par1Times: number[] = [];
  const plainTimes: number[] = [];

  /** Decodes with and without PAR-1 by turns (with, without, without, with), so that both meet the same machine. */
  const decode = async (first: Float32Array): Promise<void> => {
    const tap = createTap({ seed, vocabSize, params: PARAMS, maxTokens: decodeTokens + 1, stopTokens: [] });
    let logits = first;
    for (let step = 0; step < 2 * decodeTokens; step++) {
      const usesPar1 = step % 4 === 0 || step % 4 === 3;
      const startedAtMs = nowMs();
      const id = usesPar1 ? tap.sample(logits) : likeliest(logits);
      const sampledAtMs = nowMs();
      const next = sequence.next(id);
      const sentAtMs = nowMs();
      if (usesPar1) {
        tap.commit();
        par1Work.push(sampledAtMs - startedAtMs + nowMs() - sentAtMs);
      }
      logits = await next;
      (usesPar1 ? par1Times : plainTimes).push(nowMs() - startedAtMs);
    }
  };

  // The first round compiles and warms up what the others measure.
  for (let round = 0; round <= rounds; round++) {
    signal?.throwIfAborted();
    if (round === 1) for (const times of [prefillTimes, par1Times, plainTimes, par1Work]) times.length = 0;
    await decode(await prefill(round));
  }
  const copyBytesPerSecond = await measureCopyBandwidth(device, deps, signal);
  const perTokenMs = median(par1Times);
  const bytes = bytesPerToken(transformer.config, transformer.weightBytes, promptTokens + decodeTokens);
  return {
    copyBytesPerSecond,
    prefillTokensPerSecond: (1000 * promptTokens) / median(prefillTimes),
    decodeTokensPerSecond: 1000 / perTokenMs,
    plainDecodeTokensPerSecond: 1000 / median(plainTimes),
    par1Cost: median(par1Times.map((ms, at) => ms / plainTimes[at]!)) - 1,
    par1Ms: median(par1Work),
    bytesPerToken: bytes,
    bandwidthShare: (1000 * bytes) / perTokenMs / copyBytesPerSecond,
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

/** The least an engine can do: one look at every logit. */
function likeliest(logits: Float32Array): number {
  let best = 0;
  for (let id = 1; id < logits.length; id++) if (logits[id]! > logits[best]!) best = id;
  return best;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
