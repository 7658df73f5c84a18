/** A tensor of the TVM runtime under WebLLM. */
export interface TvmTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly toArray: () => unknown;
  /** Where a tensor in main memory begins in the runtime's own. */
  readonly getCPUDataAddress?: () => number;
}

/** An integer argument of the runtime: plain numbers arrive there as floats. */
interface TvmScalar {
  readonly value: number;
  readonly dtype: string;
}

type PackedFunction = (...args: readonly unknown[]) => unknown;

interface Tvm {
  readonly beginScope: () => void;
  readonly endScope: () => void;
  readonly getGlobalFunc: (name: string) => PackedFunction;
  readonly detachFromCurrentScope: <Value>(value: Value) => Value;
  readonly memory?: { readonly viewRawBytes?: (address: number, sizeBytes: number) => Uint8Array };
  readonly lib?: { readonly webGPUContext?: { readonly flushCommands?: () => void } };
}

/** The private `LLMChatPipeline` of WebLLM 0.2.86: what is used of it here. */
export interface Pipeline {
  readonly tvm: Tvm;
  readonly device: { readonly sync: () => Promise<void> };
  readonly prefillChunkSize: number;
  readonly kvCache?: unknown;
  readonly rnnState?: unknown;
  filledKVCacheLength: number;
  fKVCacheAddSequence: PackedFunction;
  sampleFromRawLogits: (logits: TvmTensor) => Promise<number>;
  readonly updateLogitsOnCPU: (logits: TvmTensor) => TvmTensor;
  readonly forwardTokensAndSample: (ids: number[], isPrefill: boolean) => Promise<number>;
  readonly resetChat: () => void;
  readonly resetKVCache: () => void;
}

const METHODS = [
  'sampleFromRawLogits',
  'updateLogitsOnCPU',
  'forwardTokensAndSample',
  'fKVCacheAddSequence',
  'resetChat',
  'resetKVCache',
] as const satisfies readonly (keyof Pipeline)[];
const TVM_METHODS = [
  'beginScope',
  'endScope',
  'getGlobalFunc',
  'detachFromCurrentScope',
] as const satisfies readonly (keyof Tvm)[];

/** The pipeline of a loaded model; null where this WebLLM is built otherwise and only its public calls are certain. */
export function pipelineOf(engine: object, modelId: string): Pipeline | null {
  const pipelines: unknown = Reflect.get(engine, 'loadedModelIdToPipeline');
  const pipeline: unknown = pipelines instanceof Map ? pipelines.get(modelId) : undefined;
  return isPipeline(pipeline) ? pipeline : null;
}

function isPipeline(value: unknown): value is Pipeline {
  if (!hasAll(value, METHODS)) return false;
  const { tvm, device, filledKVCacheLength, prefillChunkSize } = value as unknown as Record<keyof Pipeline, unknown>;
  return (
    hasAll(tvm, TVM_METHODS) &&
    hasAll(device, ['sync']) &&
    typeof filledKVCacheLength === 'number' &&
    typeof prefillChunkSize === 'number'
  );
}

function hasAll(value: unknown, methods: readonly string[]): value is object {
  return (
    typeof value === 'object' &&
    value !== null &&
    methods.every((name) => typeof Reflect.get(value, name) === 'function')
  );
}

/**
 * Removes the last ids from a pipeline's cache; null where its state cannot be wound back (recurrent networks) or the
 * runtime lacks the function.
 */
export function createDrop(pipeline: Pipeline): ((count: number) => void) | null {
  const { tvm, kvCache } = pipeline;
  if (kvCache === undefined || pipeline.rnnState !== undefined) return null;
  const sequenceId = firstSequenceId(pipeline);
  if (sequenceId === null) return null;
  let popn: PackedFunction;
  tvm.beginScope();
  try {
    popn = tvm.detachFromCurrentScope(tvm.getGlobalFunc('vm.builtin.kv_state_popn'));
  } catch {
    // A library without it: everything is read again instead.
    return null;
  } finally {
    tvm.endScope();
  }
  return (count) => {
    tvm.beginScope();
    try {
      popn(kvCache, sequenceId, int32Like(sequenceId, count));
    } finally {
      tvm.endScope();
    }
    pipeline.filledKVCacheLength -= count;
  };
}

/** WebLLM exports no class for integers; a reset of the cache passes one, for its only sequence. */
function firstSequenceId(pipeline: Pipeline): TvmScalar | null {
  const add = pipeline.fKVCacheAddSequence;
  let id: unknown;
  pipeline.fKVCacheAddSequence = (...args) => {
    id = args[1];
    return add(...args);
  };
  try {
    pipeline.resetChat();
  } finally {
    pipeline.fKVCacheAddSequence = add;
  }
  return isScalar(id) ? id : null;
}

function isScalar(value: unknown): value is TvmScalar {
  return typeof value === 'object' && value !== null && 'value' in value && 'dtype' in value;
}

function int32Like(example: TvmScalar, value: number): TvmScalar {
  return Object.assign(Object.create(Object.getPrototypeOf(example) as object) as TvmScalar, { value, dtype: 'int32' });
}
