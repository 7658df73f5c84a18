import * as v from 'valibot';
import type { CatalogueModel } from './catalogue-model.ts';

const text = v.pipe(v.string(), v.maxLength(300));
const bytes = v.pipe(v.number(), v.minValue(0));
const httpUrl = v.pipe(v.string(), v.maxLength(2000), v.regex(/^https?:\/\//u));

/** A model as it is kept in a note: written by this page, perhaps by another version of it. */
export const catalogueModelSchema = v.object({
  id: v.pipe(v.string(), v.minLength(1), v.maxLength(300)),
  title: text,
  family: text,
  source: v.picklist(['guide', 'catalogue', 'relay', 'custom']),
  baseUrl: v.pipe(httpUrl, v.endsWith('/')),
  libraryUrl: v.nullable(httpUrl),
  parameterCount: v.nullable(v.number()),
  quantization: text,
  download: v.object({ bytes, isExact: v.boolean() }),
  memoryBytes: bytes,
  largestBufferBytes: v.nullable(bytes),
  requiredFeatures: v.pipe(v.array(text), v.maxLength(32)),
  contextLimit: v.nullable(v.number()),
  license: v.nullable(v.object({ name: text, url: v.nullable(httpUrl) })),
  features: v.pipe(
    v.array(v.picklist(['chat', 'vision', 'embedding', 'tools', 'thinking', 'code', 'math'])),
    v.maxLength(16),
  ),
  runtimes: v.pipe(v.array(v.picklist(['builtin', 'webllm'])), v.minLength(1), v.maxLength(2)),
  isLowResource: v.boolean(),
}) satisfies v.GenericSchema<unknown, CatalogueModel>;
