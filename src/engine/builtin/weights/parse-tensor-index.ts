import * as v from 'valibot';
import { WeftError } from '../../../protocol/errors.ts';
import { parsePublished } from '../../session/parse-published.ts';
import type { ShardFile, StoredDtype, TensorIndex, TensorRecord } from './tensor-index.ts';

const MAX_FILES = 4096;
const MAX_TENSORS = 65_536;
const MAX_RANK = 4;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const recordSchema = v.object({
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(256)),
  shape: v.pipe(v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(1))), v.maxLength(MAX_RANK)),
  dtype: v.picklist(['float32', 'float16', 'bfloat16', 'uint32']),
  format: v.picklist(['raw', 'f32-to-bf16']),
  nbytes: count,
  byteOffset: count,
});

/** A plain relative file name: an index never reaches outside its folder or to another origin. */
const PATH = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

const indexSchema = v.object({
  records: v.pipe(
    v.array(
      v.object({
        dataPath: v.pipe(v.string(), v.maxLength(256), v.regex(PATH)),
        format: v.literal('raw-shard'),
        nbytes: count,
        records: v.array(recordSchema),
      }),
    ),
    v.minLength(1),
    v.maxLength(MAX_FILES),
  ),
});

const BYTES: Record<StoredDtype, number> = { float32: 4, float16: 2, bfloat16: 2, uint32: 4 };

/**
 * Reads MLC's `tensor-cache.json` (tvm `contrib/tvmjs.py`). A `float32` record in format `f32-to-bf16` holds bfloat16.
 * Throws model/bad-config for another form, model/truncated where a record reaches beyond its file.
 */
export function parseTensorIndex(json: unknown): TensorIndex {
  const parsed = parsePublished(indexSchema, json);
  if (!parsed.success) {
    throw new WeftError('model/bad-config', `The list of weights is not in MLC's form at ${parsed.issue}.`, {
      hints: ['The file should be the tensor-cache.json that mlc_llm convert_weight writes beside the weights.'],
    });
  }
  const files: ShardFile[] = [];
  const records = new Map<string, TensorRecord>();
  for (const shard of parsed.output.records) {
    files.push({ path: shard.dataPath, sizeBytes: shard.nbytes });
    for (const record of shard.records) {
      const stored: StoredDtype =
        record.format === 'f32-to-bf16' && record.dtype === 'float32' ? 'bfloat16' : record.dtype;
      const expected = record.shape.reduce((product, size) => product * size, 1) * BYTES[stored];
      if (record.nbytes !== expected) {
        throw new WeftError(
          'model/bad-config',
          `The list of weights gives ${record.name} ${record.nbytes} bytes; its shape [${record.shape.join(', ')}] needs ${expected}.`,
        );
      }
      if (record.byteOffset + record.nbytes > shard.nbytes || record.byteOffset % BYTES[stored] !== 0) {
        throw new WeftError(
          'model/truncated',
          `${record.name} should lie at bytes ${record.byteOffset} to ${record.byteOffset + record.nbytes} of ${shard.dataPath}, which has ${shard.nbytes}.`,
        );
      }
      if (records.has(record.name)) {
        throw new WeftError('model/bad-config', `The list of weights names ${record.name} twice.`);
      }
      records.set(record.name, {
        name: record.name,
        shape: record.shape,
        stored,
        path: shard.dataPath,
        byteOffset: record.byteOffset,
        byteLength: record.nbytes,
      });
    }
  }
  if (records.size > MAX_TENSORS) {
    throw new WeftError('model/unsupported', `The model has ${records.size} tensors; at most ${MAX_TENSORS} are read.`);
  }
  return { files, records };
}
