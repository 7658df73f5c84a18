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
  /** Tokens decoded in each round, each way. */
  readonly decodeTokens: number;
  /** Pairs of rounds, with PAR-1 and with the plain sampler, in alternating order. */
  readonly rounds: number;
  readonly signal?: AbortSignal;
}

/** Medians over the rounds of one run, so that ratios between them mean something. */
export interface SpeedMeasurement {
  readonly copyBytesPerSecond: number;
  readonly prefillTokensPerSecond: number;
  /** With PAR-1: sample, dispatch, commit while the GPU works. */
  readonly decodeTokensPerSecond: number;
  /** With the cheapest sampler there is: one softmax over all logits and one draw. */
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
  if (promptTokens < 2 || decodeTokens < 1 || promptTokens + decodeTokens > transformer.maxLength) {
    throw new WeftError(
      'engine/bad-input',
      `${promptTokens} and ${decodeTokens} tokens cannot be measured in a context of ${transformer.maxLength}.`,
    );
  }
  const sequence = createCachedSequence(transformer);
  const { vocabSize } = sequence;
  const seed = new Uint8Array(32).fill(7);
  const prefillTimes: number[] = [];
  let par1WorkMs = 0;
  let par1Tokens = 0;

  /** Reads a prompt whose first token differs each time, so that nothing of it is cached. */
  const prefill = async (round: number): Promise<Float32Array> => {
    const prompt = Uint32Array.from({ length: promptTokens }, (_, at) => (at === 0 ? round : 31 * at + 5) % vocabSize);
    const startedAtMs = nowMs();
    const logits = await sequence.append(prompt.subarray(sequence.keep(prompt)), signal ? { signal } : {});
    prefillTimes.push(nowMs() - startedAtMs);
    return logits;
  };

  const withPar1 = async (first: Float32Array): Promise<number> => {
    const tap = createTap({ seed, vocabSize, params: PARAMS, maxTokens: decodeTokens + 1, stopTokens: [] });
    let logits = first;
    const startedAtMs = nowMs();
    for (let step = 0; step < decodeTokens; step++) {
      const sampleAtMs = nowMs();
      const id = tap.sample(logits);
      par1WorkMs += nowMs() - sampleAtMs;
      const next = sequence.next(id);
      const commitAtMs = nowMs();
      tap.commit();
      par1WorkMs += nowMs() - commitAtMs;
      logits = await next;
    }
    par1Tokens += decodeTokens;
    return (nowMs() - startedAtMs) / decodeTokens;
  };

  const withPlain = async (first: Float32Array): Promise<number> => {
    let logits = first;
    let state = 12_345;
    const startedAtMs = nowMs();
    for (let step = 0; step < decodeTokens; step++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      logits = await sequence.next(drawPlainly(logits, state / 2 ** 32));
    }
    return (nowMs() - startedAtMs) / decodeTokens;
  };

  await withPlain(await prefill(0));
  await withPar1(await prefill(1));
  prefillTimes.length = 0;
  par1WorkMs = 0;
  par1Tokens = 0;

  const par1Times: number[] = [];
  const plainTimes: number[] = [];
  for (let round = 0; round < rounds; round++) {
    signal?.throwIfAborted();
    const order = round % 2 === 0 ? [withPar1, withPlain] : [withPlain, withPar1];
    for (const [at, way] of order.entries()) {
      const perTokenMs = await way(await prefill(2 + 2 * round + at));
      (way === withPar1 ? par1Times : plainTimes).push(perTokenMs);
    }
  }
  const copyBytesPerSecond = await measureCopyBandwidth(device, deps, signal);
  const perTokenMs = median(par1Times);
  const bytes = bytesPerToken(transformer.config, transformer.weightBytes, promptTokens + decodeTokens / 2);
  return {
    copyBytesPerSecond,
    prefillTokensPerSecond: (1000 * promptTokens) / median(prefillTimes),
    decodeTokensPerSecond: 1000 / perTokenMs,
    plainDecodeTokensPerSecond: 1000 / median(plainTimes),
    par1Cost: median(par1Times.map((ms, at) => ms / plainTimes[at]!)) - 1,
    par1Ms: par1WorkMs / Math.max(1, par1Tokens),
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

/** One draw from softmax(logits): two passes and no sorting. */
function drawPlainly(logits: Float32Array, uniform: number): number {
  let top = -Infinity;
  for (const logit of logits) if (logit > top) top = logit;
  let total = 0;
  for (const logit of logits) total += Math.exp(logit - top);
  let left = uniform * total;
  for (let id = 0; id < logits.length; id++) {
    left -= Math.exp(logits[id]! - top);
    if (left <= 0) return id;
  }
  return logits.length - 1;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
