import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { EMBEDDING_TYPES } from '../catalogue/runtimes.ts';
import type { EmbeddingRuntime, RunningEmbedding, StartEmbeddingInit } from '../session/embedding-runtime.ts';
import { withOpenEngine } from './open-engine.ts';
import type { OpenEngineInit, WebLlmDeps } from './open-engine.ts';

/** `ModelType.embedding` of WebLLM. */
const EMBEDDING_MODEL = 1;
/** Texts at once where a library does not say: the smallest batch in WebLLM's catalogue. */
const DEFAULT_BATCH = 4;
/** A text that checks the library: its ids exist in every vocabulary. */
const TRIAL = Uint32Array.of(1, 2, 3);

const configSchema = v.object({
  model_type: v.string(),
  context_window_size: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
});

/**
 * Embedding models compiled by MLC. Token ids go in; of what comes out WebLLM keeps the vector of the first token (BERT's
 * `[CLS]`), which the snowflake-arctic-embed models were trained for, and leaves its length as it is.
 */
export function createWebLlmEmbedding(deps: WebLlmDeps): EmbeddingRuntime {
  return {
    refuses({ ref, configJson }) {
      const config = v.safeParse(configSchema, configJson);
      if (!config.success || !EMBEDDING_TYPES.includes(config.output.model_type)) {
        return new WeftError('model/unsupported', `${ref.id} writes answers and does not turn texts into vectors.`, {
          hints: ['Choose an embedding model.'],
        });
      }
      if (ref.libraryUrl !== null && ref.runtime !== 'builtin') return null;
      return new WeftError('model/unsupported', `${ref.id} has no library that WebLLM could run.`, {
        hints: ['Choose an embedding model with a library.'],
      });
    },

    start: (init) => startModel(init, deps),
  };
}

async function startModel(init: StartEmbeddingInit, deps: WebLlmDeps): Promise<RunningEmbedding> {
  const { ref, folder, tracker, signal } = init;
  const { context_window_size: contextLimit } = v.parse(configSchema, folder.configJson);
  // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- the enum comes with the module, which is imported later
  const record: OpenEngineInit['record'] = { model_type: EMBEDDING_MODEL, overrides: { sliding_window_size: -1 } };
  return withOpenEngine(
    {
      folder: { ...folder, ref },
      tracker,
      signal,
      record,
    },
    deps,
    async ({ engine, watch, explain, throwReported, release }) => {
      const embed: RunningEmbedding['embed'] = async (texts) => {
        try {
          const { data } = await engine.embedding({ input: texts.map((ids) => Array.from(ids)) });
          return data.map(({ embedding }) => Float32Array.from(embedding));
        } catch (error) {
          throw explain(error);
        }
      };
      // Compiles what the driver left for the first run, and meets a library of another model.
      await embed([TRIAL]);
      throwReported();
      return {
        contextLimit,
        batchSize: batchSizeOf(engine, ref.id),
        embed,
        lost: watch.lost,
        check: watch.check,
        destroy: release,
      };
    },
  );
}

/** The library's own limit, a private field of WebLLM 0.2.86: more texts it would cut into batches itself. */
function batchSizeOf(engine: object, modelId: string): number {
  const pipelines: unknown = Reflect.get(engine, 'loadedModelIdToPipeline');
  const pipeline: unknown = pipelines instanceof Map ? pipelines.get(modelId) : undefined;
  const size: unknown =
    typeof pipeline === 'object' && pipeline !== null ? Reflect.get(pipeline, 'maxBatchSize') : null;
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : DEFAULT_BATCH;
}
