import { createBuiltinRuntime } from '../src/engine/builtin/builtin-runtime.ts';
import { createTransformer } from '../src/engine/builtin/model/create-transformer.ts';
import { tuneKernels } from '../src/engine/builtin/model/tune.ts';
import { acquireDevice } from '../src/engine/device.ts';
import type { ModelRef } from '../src/engine/engine.ts';
import { measurePar1 } from '../src/engine/measure-par1.ts';
import type { Par1Figures } from '../src/engine/measure-par1.ts';
import type { CachedSequence } from '../src/engine/session/cached-sequence.ts';
import { createLoadTracker } from '../src/engine/session/load-tracker.ts';
import { openModelFolder } from '../src/engine/session/model-folder.ts';
import type { Runtime } from '../src/engine/session/runtime.ts';
import { storeModel } from '../src/engine/webllm/store-model.fixture.ts';
import { createWebLlmRuntime } from '../src/engine/webllm/webllm-runtime.ts';
import { createPlainSampler } from './plain-sampler.ts';

export interface CompiledModel {
  /** Folder of MLC files, ending with a slash, and its library; both must be open to pages of other origins. */
  readonly modelUrl: string;
  readonly libraryUrl: string;
  /** Tokens decoded in a round; prompts are a few times as long. */
  readonly steps: number;
}

interface RuntimeFigures extends Par1Figures {
  readonly prefillTokensPerSecond: number;
}

/** The same files on both runtimes, one after the other. */
export interface CompiledFigures {
  readonly adapter: string;
  readonly architecture: string;
  readonly quantization: string;
  readonly parameterCount: number;
  readonly prefillTokens: number;
  readonly webllm: RuntimeFigures;
  /** Null where the built-in engine does not run the model, with the reason. */
  readonly builtin: RuntimeFigures | null;
  readonly builtinRefusal: string | null;
}

const CONTEXT_TOKENS = 1024;
const PREFILL_RUNS = 3;

/** Runs in the laboratory page. */
export async function measureCompiled({ modelUrl, libraryUrl, steps }: CompiledModel): Promise<CompiledFigures> {
  const ref: ModelRef = {
    id: 'bench-model',
    baseUrl: modelUrl,
    libraryUrl,
    runtime: 'auto',
    contextLimit: CONTEXT_TOKENS,
  };
  const facts = { gpu: navigator.gpu, isSecureContext, userAgent: navigator.userAgent };
  const webllm = createWebLlmRuntime({ ...facts, caches, importWebLlm: () => import('@mlc-ai/web-llm') });
  const builtin = createBuiltinRuntime({
    acquireDevice: () => acquireDevice(facts),
    createTransformer,
    chooseVariants: tuneKernels,
  });
  const folder = await openModelFolder({ ref }, { fetch: await storeModel(ref) });
  const prefillTokens = Math.min(16 * steps, CONTEXT_TOKENS / 2);

  const measure = async (runtime: Runtime) => {
    const running = await runtime.start({ ref, folder, tracker: createLoadTracker(undefined) });
    const { sequence, adapter, parameterCount } = running;
    try {
      const nowMs = () => performance.now();
      const prefillMs = await measurePrefill(sequence, prefillTokens);
      const par1 = await measurePar1(
        {
          sequence,
          promptTokens: 4 * steps,
          decodeTokens: steps,
          rounds: steps < 8 ? 1 : 5,
          plainSampler: createPlainSampler({ temperature: 0.7, topP: 0.95 }),
        },
        { nowMs },
      );
      console.info(`${runtime.name} is measured`);
      return {
        adapter: `${adapter.vendor} ${adapter.architecture} ${adapter.description}`.trim(),
        parameterCount,
        figures: { ...par1, prefillTokensPerSecond: (1000 * prefillTokens) / prefillMs },
      };
    } finally {
      running.destroy();
    }
  };

  const refusal = builtin.refuses({ ref, configJson: folder.configJson });
  const ours = refusal === null ? await measure(builtin) : null;
  const { adapter, parameterCount, figures } = await measure(webllm);
  const { architecture, quantization } = folder.summary;
  return {
    adapter,
    architecture,
    quantization,
    parameterCount,
    prefillTokens,
    webllm: figures,
    builtin: ours?.figures ?? null,
    builtinRefusal: refusal?.shortMessage ?? null,
  };
}

/** Best of a few: the first also warms the adapter's own compiler. */
async function measurePrefill(sequence: CachedSequence, tokens: number): Promise<number> {
  const ids = Uint32Array.from({ length: tokens }, (_, at) => (at * 37 + 11) % sequence.vocabSize);
  let best = Infinity;
  for (let run = 0; run < PREFILL_RUNS; run++) {
    sequence.distrust();
    const startedAtMs = performance.now();
    await sequence.append(ids.subarray(sequence.keep(ids)), {});
    best = Math.min(best, performance.now() - startedAtMs);
  }
  return best;
}
