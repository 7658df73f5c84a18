import { portFromSelf } from '../protocol/channel/port.ts';
import type { WorkerScope } from '../protocol/channel/port.ts';
import { createBuiltinRuntime } from './builtin/builtin-runtime.ts';
import { createTransformer } from './builtin/model/create-transformer.ts';
import { tuneKernels } from './builtin/model/tune.ts';
import { createRememberedVariants } from './builtin/remembered-variants.ts';
import { acquireDevice, isRealGpu } from './device.ts';
import { createStoredFetch } from './downloads/stored-fetch.ts';
import { importXgrammar } from './import-xgrammar.ts';
import type { WebLlmDeps } from './webllm/open-engine.ts';
import { createWebLlmEmbedding } from './webllm/webllm-embedding.ts';
import { createWebLlmRuntime } from './webllm/webllm-runtime.ts';
import { serveEngine } from './serve-engine.ts';
import { createModelEngine } from './session/model-engine.ts';
import { createRuntimeMemory } from './session/runtime-memory.ts';
import { countEmbeddingSteps, countSteps } from './session/count-steps.ts';
import { createStepCounter } from './session/step-counter.ts';

// The types of pages say that every browser has it.
const gpu = navigator.gpu as GPU | undefined;
// Both are missing on an insecure origin.
const cacheStorage = 'caches' in self ? caches : null;
const webLlm: WebLlmDeps = {
  gpu,
  isSecureContext,
  userAgent: navigator.userAgent,
  caches: cacheStorage,
  importWebLlm: () => import('@mlc-ai/web-llm'),
};
// What is waited for of a GPU may never come, while the worker itself is well: the page hears how far its steps are.
const steps = createStepCounter();
let countsSteps = false;
void isRealGpu(gpu).then((isReal) => (countsSteps = isReal));

const engine = createModelEngine({
  // A downloaded model is read from where it is stored, never from its server.
  fetch: createStoredFetch(
    { origin: location.origin },
    { caches: cacheStorage, fetch: (url, init) => fetch(url, init) },
  ),
  runtimes: [
    createBuiltinRuntime({
      acquireDevice: () => acquireDevice({ gpu, isSecureContext, userAgent: navigator.userAgent }),
      createTransformer,
      chooseVariants: createRememberedVariants({ caches: cacheStorage, measure: tuneKernels }),
    }),
    createWebLlmRuntime(webLlm),
  ].map((runtime) => countSteps(runtime, steps)),
  embedding: countEmbeddingSteps(createWebLlmEmbedding(webLlm), steps),
  importXgrammar,
  memory: createRuntimeMemory(cacheStorage),
  nowMs: () => performance.now(),
});

serveEngine(portFromSelf(self as unknown as WorkerScope), engine, {
  progress: () => (countsSteps ? steps.progress() : null),
});
