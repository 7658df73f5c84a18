import * as v from 'valibot';
import type * as WebLlm from '@mlc-ai/web-llm';
import { WeftError } from '../../protocol/errors.ts';
import type { RunningModel, Runtime, StartModelInit } from '../session/runtime.ts';
import { checkAppends } from './check-appends.ts';
import { decodeImage } from './decode-image.ts';
import { createLogitsSink, createPrivatePass, createPublicPass } from './forward-pass.ts';
import type { LogitsSink } from './forward-pass.ts';
import { createImagePass } from './image-pass.ts';
import { withOpenEngine } from './open-engine.ts';
import type { WebLlmDeps } from './open-engine.ts';
import { pipelineOf } from './pipeline.ts';
import { createWebLlmSequence } from './webllm-sequence.ts';

/** Of a model that names no limit: the KV cache is allocated at once, and most graphics memory is small. */
const DEFAULT_CONTEXT_TOKENS = 4096;

const configSchema = v.object({
  context_window_size: v.optional(v.pipe(v.number(), v.safeInteger())),
});

/** Models compiled by MLC, with WebLLM's forward pass and nothing else of it: template, sampling and stops are ours. */
export function createWebLlmRuntime(deps: WebLlmDeps): Runtime {
  return {
    name: 'webllm',

    refuses({ ref }) {
      if (ref.libraryUrl !== null && ref.layers === undefined) return null;
      return new WeftError('model/unsupported', `${ref.id} has no library that WebLLM could run.`, {
        hints: ['Run it with the built-in engine, or choose a model with a library.'],
      });
    },

    start: (init) => startModel(init, deps),
  };
}

async function startModel({ ref, folder, tracker, signal }: StartModelInit, deps: WebLlmDeps): Promise<RunningModel> {
  const { architecture, vocabSize } = folder.summary;
  const contextLimit = contextLimitOf({ ref, folder });
  const sink = createLogitsSink(vocabSize);
  const overrides = {
    context_window_size: contextLimit,
    sliding_window_size: -1,
    // States of a recurrent network that are kept. None is wound back here, and WebLLM's records for Qwen 3.5 say the same.
    max_history_size: 1,
  };
  return withOpenEngine(
    { folder: { ...folder, ref }, tracker, signal, record: { overrides }, logitProcessor: intoSink(sink) },
    deps,
    async ({ engine, device, adapter, watch, totals, explain, throwReported, release }) => {
      const pipeline = pipelineOf(engine, ref.id);
      const pass = pipeline === null ? createPublicPass(engine, sink) : createPrivatePass(pipeline, sink);
      const images = pipeline === null ? null : createImagePass({ pipeline, architecture }, { decode: decodeImage });
      const sequence = createWebLlmSequence({ pass, contextLimit, vocabSize, see: images?.see ?? null, explain });
      await checkAppends(
        sequence,
        { runtime: 'webllm', quantization: folder.summary.quantization, layerCount: totals.layerCount },
        signal,
      );
      throwReported();
      return {
        runtime: 'webllm',
        device,
        adapter,
        parameterCount: totals.parameterCount,
        weightBytes: totals.weightBytes,
        layerCount: totals.layerCount,
        sequence,
        vision: sequence.canSee() ? images : null,
        audit: sequence.audit,
        forward: null,
        lost: watch.lost,
        check: watch.check,
        destroy: release,
      };
    },
  );
}

function contextLimitOf({ ref, folder }: Pick<StartModelInit, 'ref' | 'folder'>): number {
  const { context_window_size: trained = -1 } = v.parse(configSchema, folder.configJson);
  const wanted = ref.contextLimit ?? DEFAULT_CONTEXT_TOKENS;
  return trained > 0 ? Math.min(trained, wanted) : wanted;
}

/** Gives the public way of getting at logits somewhere to put them; the private one does not come by. */
function intoSink(sink: LogitsSink): WebLlm.LogitProcessor {
  return {
    processLogits(logits) {
      sink.put(logits);
      return logits;
    },
    processSampledToken: () => undefined,
    resetState: () => undefined,
  };
}
