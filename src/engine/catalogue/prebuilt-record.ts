import * as v from 'valibot';
import type { CatalogueModel, RuntimeName } from './catalogue-model.ts';
import { downloadBytesOf, largestBufferOf, QUANTIZATION_BYTES } from './estimates.ts';
import { familyFacts } from './model-families.ts';
import { modelFolderUrl } from './model-folder-url.ts';

/** WebLLM's numbers for `model_type`: what a library was compiled for. */
const EMBEDDING = 1;
const VISION = 2;

const recordSchema = v.object({
  model: v.string(),
  model_id: v.string(),
  model_lib: v.string(),
  vram_required_MB: v.number(),
  low_resource_required: v.optional(v.boolean(), false),
  buffer_size_required_bytes: v.optional(v.number()),
  required_features: v.optional(v.array(v.string()), []),
  model_type: v.optional(v.nullable(v.number())),
  overrides: v.optional(v.object({ context_window_size: v.optional(v.number()) }), {}),
});

/** A record of WebLLM's `prebuiltAppConfig.model_list` with what we know besides. Throws valibot's error for another form. */
export function describePrebuilt(json: unknown): CatalogueModel {
  const record = v.parse(recordSchema, json);
  const id = record.model_id;
  const facts = familyFacts(id);
  const quantization = /-(q\d+f(?:16|32)(?:_\d+)?)(?:-|$)/u.exec(id)?.[1] ?? 'unknown';
  const memoryBytes = Math.round(record.vram_required_MB * 1024 * 1024);
  const contextLimit = record.overrides.context_window_size ?? null;
  const isBuiltin = facts?.isBuiltin === true && QUANTIZATION_BYTES[quantization]?.isBuiltin === true;
  const runtimes: readonly RuntimeName[] = isBuiltin ? ['webllm', 'builtin'] : ['webllm'];
  // Half of the records that need half precision do not say so; the name of the quantisation does.
  const needsF16 = quantization.includes('f16');
  const requiredFeatures = needsF16
    ? [...new Set([...record.required_features, 'shader-f16'])]
    : record.required_features;
  const variant = [
    ...(id.endsWith('-1k') ? ['short context'] : []),
    ...(/-b\d+$/u.test(id) ? [`batches of ${/\d+$/u.exec(id)![0]}`] : []),
  ];
  const parameterCount = facts?.parameterCount ?? null;
  return {
    id,
    title: [facts === null ? id : `${facts.family} · ${facts.name}`, ...variant].join(', '),
    family: facts?.family ?? id.split('-')[0]!,
    source: 'catalogue',
    baseUrl: modelFolderUrl(record.model),
    libraryUrl: record.model_lib,
    parameterCount,
    quantization,
    download: { bytes: downloadBytesOf({ parameterCount, quantization, memoryBytes }), isExact: false },
    memoryBytes,
    largestBufferBytes: record.buffer_size_required_bytes ?? largestBufferOf(facts?.embedding ?? null, quantization),
    requiredFeatures,
    contextLimit,
    license: facts?.license ?? null,
    features: facts?.features ?? fallbackFeatures(record.model_type),
    runtimes,
    isLowResource: record.low_resource_required,
  };
}

function fallbackFeatures(modelType: number | null | undefined): CatalogueModel['features'] {
  if (modelType === EMBEDDING) return ['embedding'];
  return modelType === VISION ? ['chat', 'vision'] : ['chat'];
}
