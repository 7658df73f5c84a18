import { acquireDevice } from '../src/engine/device.ts';
import { measureCopyBandwidth } from '../src/engine/copy-bandwidth.ts';
import { DEFAULT_VARIANTS } from '../src/engine/builtin/kernels/kernel-variants.ts';
import { createTransformer } from '../src/engine/builtin/model/create-transformer.ts';
import type { Transformer } from '../src/engine/builtin/model/transformer.ts';
import { fetchModel } from '../src/engine/builtin/reference/fetch-model.ts';
import { createRandomModel } from '../src/engine/builtin/reference/random-model.ts';
import { createMemoryWeightSource } from '../src/engine/builtin/weights/memory-weight-source.ts';
import { deriveSeed } from '../src/protocol/par1/seed.ts';
import { createTap } from '../src/protocol/par1/tap.ts';
import { createPlainSampler } from './plain-sampler.ts';

export type BenchModel = 'guide' | 'random-32k';

/** What one run of one model measured. Rates are medians over its blocks. */
export interface EngineFigures {
  readonly model: BenchModel;
  readonly adapter: string;
  readonly parameterCount: number;
  readonly weightBytes: number;
  readonly vocabSize: number;
  /** Tokens per second of a prefill of so many tokens. */
  readonly prefill: readonly { readonly tokens: number; readonly tokensPerSecond: number; readonly ms: number }[];
  readonly decodeTokensPerSecond: number;
  /** Bytes of weights and cache that one decode step reads, and those per second against a plain copy's. */
  readonly bytesPerToken: number;
  readonly copyBytesPerSecond: number;
  readonly bandwidthRatio: number;
  /** Time per token with PAR-1 over time per token with a plain float sampler; pairs of blocks, median and range. */
  readonly par1Ratio: { readonly median: number; readonly lowest: number; readonly highest: number };
  readonly plainMsPerToken: number;
  readonly par1MsPerToken: number;
}

const BLOCK_TOKENS = 24;
const PAIRS = 15;
const PROMPT_TOKENS = 64;
const SAMPLING = { temperatureQ: 717, topPBps: 9_500, topK: 32 } as const;

/** Runs in the laboratory page. */
export async function measureEngine({ model }: { model: BenchModel }): Promise<EngineFigures> {
  const { device, info } = await acquireDevice({
    gpu: navigator.gpu,
    isSecureContext,
    userAgent: navigator.userAgent,
  });
  const { config, files } =
    model === 'guide'
      ? await fetchModel('/models/weft-guide/')
      : createRandomModel({
          config: {
            hiddenSize: 256,
            intermediateSize: 576,
            layerCount: 5,
            headCount: 8,
            kvHeadCount: 4,
            headDim: 32,
            vocabSize: 32_000,
            contextLength: 1024,
          },
          quantization: 'q4f16_1',
          seed: 7,
        });
  const transformer = await createTransformer(
    { device, config, range: { from: 0, to: config.layerCount }, maxLength: 1024 },
    { weights: createMemoryWeightSource(files), variants: DEFAULT_VARIANTS },
  );
  const ids = (count: number) => Uint32Array.from({ length: count }, (_, at) => (at * 37 + 11) % config.vocabSize);

  const prefill = [];
  for (const tokens of [16, 48, 256]) {
    const times: number[] = [];
    for (let run = 0; run < 6; run++) {
      transformer.truncate(0);
      const startedAtMs = performance.now();
      await transformer.prefill(ids(tokens), {});
      // The first run also warms the adapter's own compiler.
      if (run > 0) times.push(performance.now() - startedAtMs);
    }
    prefill.push({ tokens, ms: median(times), tokensPerSecond: (1000 * tokens) / median(times) });
  }

  const copyBytesPerSecond = await measureCopyBandwidth(device, { nowMs: () => performance.now() });
  const plain: number[] = [];
  const par1: number[] = [];
  await block(transformer, ids(PROMPT_TOKENS), 'plain');
  for (let pair = 0; pair < PAIRS; pair++) {
    // Which one goes first alternates, so that a drift of the machine falls on both.
    const order = pair % 2 === 0 ? (['plain', 'par1'] as const) : (['par1', 'plain'] as const);
    for (const sampler of order) {
      const ms = (await block(transformer, ids(PROMPT_TOKENS), sampler)) / BLOCK_TOKENS;
      (sampler === 'plain' ? plain : par1).push(ms);
    }
  }
  const ratios = par1.map((ms, at) => ms / plain[at]!).sort((a, b) => a - b);
  const cacheBytes =
    (PROMPT_TOKENS + BLOCK_TOKENS / 2) * config.layerCount * 2 * config.kvHeadCount * config.headDim * 4;
  // A decode step reads every weight once; of an embedding that is not the head, one row.
  const bytesPerToken = transformer.weightBytes + cacheBytes + config.vocabSize * 4;
  const decodeTokensPerSecond = 1000 / median(par1);
  const figures: EngineFigures = {
    model,
    adapter: `${info.vendor} ${info.architecture} ${info.description}`.trim(),
    parameterCount: transformer.parameterCount,
    weightBytes: transformer.weightBytes,
    vocabSize: config.vocabSize,
    prefill,
    decodeTokensPerSecond,
    bytesPerToken,
    copyBytesPerSecond,
    bandwidthRatio: (bytesPerToken * decodeTokensPerSecond) / copyBytesPerSecond,
    par1Ratio: { median: median(ratios), lowest: ratios[0]!, highest: ratios.at(-1)! },
    plainMsPerToken: median(plain),
    par1MsPerToken: median(par1),
  };
  transformer.destroy();
  device.destroy();
  return figures;
}

/** Milliseconds for a block of tokens after the same prompt: the engine's own loop around one sampler or the other. */
async function block(transformer: Transformer, prompt: Uint32Array, sampler: 'plain' | 'par1'): Promise<number> {
  transformer.truncate(0);
  let logits = await transformer.prefill(prompt, {});
  const { vocabSize } = transformer.config;
  const seed = deriveSeed(new Uint8Array(32).fill(1), new Uint8Array(32).fill(2));
  const tap =
    sampler === 'par1'
      ? createTap({ seed, vocabSize, params: SAMPLING, maxTokens: BLOCK_TOKENS + 1, stopTokens: [] })
      : null;
  const plain = createPlainSampler({ temperature: 0.7, topP: 0.95 });
  const startedAtMs = performance.now();
  for (let step = 0; step < BLOCK_TOKENS; step++) {
    const id = tap === null ? plain(logits) : tap.sample(logits);
    const next = transformer.decode(id);
    tap?.commit();
    logits = await next;
  }
  return performance.now() - startedAtMs;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
