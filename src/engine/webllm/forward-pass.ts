import { WeftError } from '../../protocol/errors.ts';
import { createDrop } from './pipeline.ts';
import type { Pipeline, TvmTensor } from './pipeline.ts';

/** A compiled network with its KV cache; one call at a time. */
export interface ForwardPass {
  /** Tokens it reads in one call at most. */
  readonly chunkTokens: number;
  /** Tokens in its cache by its own count; null where it does not tell. */
  readonly cachedTokens: () => number | null;
  readonly reset: () => void;
  /** Drops the last ids from its cache; null where it cannot. */
  readonly drop: ((count: number) => void) | null;
  /** Appends ids, dispatched before this returns; logits `[vocab]` after the last, valid until the call after the next. */
  readonly forward: (ids: Uint32Array) => Promise<Float32Array>;
}

/** Where the logits of a step arrive. */
export interface LogitsSink {
  /** Copies them. Throws model/bad-library where they are not as many as the vocabulary. */
  readonly put: (logits: Float32Array) => void;
  readonly last: () => Float32Array;
}

/** The public calls of `MLCEngine` that a forward pass needs. */
export interface PublicEngine {
  readonly forwardTokensAndSample: (ids: number[], isPrefill: boolean) => Promise<number>;
  readonly resetChat: () => Promise<void>;
}

/** Chunks of every library in WebLLM's catalogue are at least as large. */
const PUBLIC_CHUNK_TOKENS = 512;

/** Two buffers in turn: nothing is allocated per token. */
export function createLogitsSink(vocabSize: number): LogitsSink {
  const buffers = [new Float32Array(vocabSize), new Float32Array(vocabSize)] as const;
  let turn: 0 | 1 = 0;
  return {
    put(logits) {
      if (logits.length !== vocabSize) {
        throw new WeftError(
          'model/bad-library',
          `The library computes ${logits.length} logits; the model's vocabulary has ${vocabSize}.`,
          { hints: ['Check that library and model have the same name, then download both again.'] },
        );
      }
      turn = turn === 0 ? 1 : 0;
      buffers[turn].set(logits);
    },
    last: () => buffers[turn],
  };
}

/** Reads the logits back and leaves out WebLLM's own sampling, which sorts the vocabulary and waits for the GPU once more. */
export function createPrivatePass(pipeline: Pipeline, sink: LogitsSink): ForwardPass {
  const { tvm } = pipeline;
  pipeline.sampleFromRawLogits = async (logits) => {
    tvm.beginScope();
    const copy = pipeline.updateLogitsOnCPU(logits);
    tvm.endScope();
    await pipeline.device.sync();
    sink.put(valuesOf(copy, pipeline));
    return 0;
  };
  return {
    chunkTokens: pipeline.prefillChunkSize,
    cachedTokens: () => pipeline.filledKVCacheLength,
    reset: () => pipeline.resetChat(),
    drop: createDrop(pipeline),
    async forward(ids) {
      const step = pipeline.forwardTokensAndSample(Array.from(ids), ids.length > 1);
      // WebLLM gathers commands until someone waits: the GPU shall begin now, while the step before is committed to.
      tvm.lib?.webGPUContext?.flushCommands?.();
      await step;
      return sink.last();
    },
  };
}

/** The same by public calls: a `LogitProcessor` has put the logits into the sink. */
export function createPublicPass(engine: PublicEngine, sink: LogitsSink): ForwardPass {
  let reset: Promise<void> = Promise.resolve();
  return {
    chunkTokens: PUBLIC_CHUNK_TOKENS,
    cachedTokens: () => null,
    reset() {
      reset = engine.resetChat();
      // Its failure is met where it is awaited; until then it must not count as unhandled.
      reset.catch(() => undefined);
    },
    drop: null,
    async forward(ids) {
      await reset;
      await engine.forwardTokensAndSample(Array.from(ids), ids.length > 1);
      return sink.last();
    },
  };
}

/** A view of the runtime's memory where it gives one, else a copy. */
function valuesOf(tensor: TvmTensor, { tvm }: Pipeline): Float32Array {
  const address = tensor.dtype === 'float32' ? tensor.getCPUDataAddress?.() : undefined;
  const length = tensor.shape.reduce((product, size) => product * size, 1);
  const bytes = address === undefined ? undefined : tvm.memory?.viewRawBytes?.(address, 4 * length);
  if (bytes !== undefined && bytes.byteOffset % 4 === 0) {
    return new Float32Array(bytes.buffer, bytes.byteOffset, length);
  }
  const values = tensor.toArray();
  if (values instanceof Float32Array) return values;
  throw new WeftError('model/bad-library', 'The library’s logits are not 32-bit floats.', {
    hints: ['Choose another model, or run this one with the built-in engine.'],
  });
}
