import type { RuntimeName } from './catalogue-model.ts';
import { QUANTIZATION_BYTES } from './estimates.ts';

/** `model_type` values of MLC that the built-in engine runs. */
const BUILTIN_TYPES = ['llama', 'qwen2', 'qwen3'];
/** `model_type` values of networks that turn a text into one vector and write no answers. */
export const EMBEDDING_TYPES: readonly string[] = ['bert'];

/** `model_type` values of networks that see pictures. */
export const VISION_TYPES: readonly string[] = ['phi3_v'];

export interface RuntimesInit {
  readonly libraryUrl: string | null;
  /** MLC's `model_type`. */
  readonly modelType: string;
  readonly quantization: string;
}

/** What can run a model, by its configuration; the engine itself looks closer when it loads it. */
export function runtimesOf({ libraryUrl, modelType, quantization }: RuntimesInit): readonly RuntimeName[] {
  if (EMBEDDING_TYPES.includes(modelType)) return [];
  const isBuiltin = BUILTIN_TYPES.includes(modelType) && QUANTIZATION_BYTES[quantization]?.isBuiltin === true;
  return [...(libraryUrl === null ? [] : (['webllm'] as const)), ...(isBuiltin ? (['builtin'] as const) : [])];
}
