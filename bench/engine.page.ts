import { acquireDevice } from '../src/engine/device.ts';
import { measureDecode } from '../src/engine/measure-decode.ts';
import type { DecodeFigures } from '../src/engine/measure-decode.ts';
import { createTransformer } from '../src/engine/builtin/model/create-transformer.ts';
import { tuneKernels } from '../src/engine/builtin/model/tune.ts';
import { fetchModel } from '../src/engine/builtin/reference/fetch-model.ts';
import { createRandomModel } from '../src/engine/builtin/reference/random-model.ts';
import { createMemoryWeightSource } from '../src/engine/builtin/weights/memory-weight-source.ts';
import { createPlainSampler } from './plain-sampler.ts';

export type BenchModel = 'guide' | 'random-32k';

/** What one run of one model measured. */
export interface EngineFigures extends DecodeFigures {
  readonly model: BenchModel;
  readonly adapter: string;
  readonly parameterCount: number;
  readonly weightBytes: number;
  readonly vocabSize: number;
  /** Tokens per second of a prefill of so many tokens. */
  readonly prefill: readonly { readonly tokens: number; readonly tokensPerSecond: number; readonly ms: number }[];
}

const DECODE_TOKENS = 24;
const ROUNDS = 15;
const PROMPT_TOKENS = 64;

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
    { weights: createMemoryWeightSource(files), variants: await tuneKernels(device, config, {}) },
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

  const decode = await measureDecode(
    {
      device,
      transformer,
      promptTokens: PROMPT_TOKENS,
      decodeTokens: DECODE_TOKENS,
      rounds: ROUNDS,
      plainSampler: createPlainSampler({ temperature: 0.7, topP: 0.95 }),
    },
    { nowMs: () => performance.now() },
  );
  const figures: EngineFigures = {
    model,
    adapter: `${info.vendor} ${info.architecture} ${info.description}`.trim(),
    parameterCount: transformer.parameterCount,
    weightBytes: transformer.weightBytes,
    vocabSize: config.vocabSize,
    prefill,
    ...decode,
  };
  transformer.destroy();
  device.destroy();
  return figures;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}
