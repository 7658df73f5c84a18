import * as v from 'valibot';
import { WeftError } from '../../protocol/errors.ts';
import { parsePublished } from '../session/parse-published.ts';

/** What MLC's list of tensors tells of a model. */
export interface TensorTotals {
  readonly parameterCount: number;
  readonly weightBytes: number;
  readonly layerCount: number;
  /** The files of weights, as the list names them. */
  readonly weightPaths: readonly string[];
}

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const schema = v.object({
  records: v.pipe(
    v.array(
      v.object({
        // Relative: a list never reaches outside its folder.
        dataPath: v.pipe(v.string(), v.maxLength(256), v.regex(/^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/u)),
        nbytes: count,
        records: v.array(v.object({ name: v.string(), shape: v.array(count), dtype: v.string() })),
      }),
    ),
    v.minLength(1),
    v.maxLength(4096),
  ),
});

/** Layers are numbered in the names of their tensors: `model.layers.7.…`, `transformer.h.7.…`. */
const LAYER = /\.(?:layers|layer|h|blocks)\.(\d+)\./u;

/**
 * Adds up `tensor-cache.json`. Quantised weights lie in words of 32 bits, with their scales beside them; `quantization`
 * (q4f16_1) says how many bits each has. Throws model/bad-config.
 */
export function countTensors(indexJson: unknown, quantization: string): TensorTotals {
  const parsed = parsePublished(schema, indexJson);
  if (!parsed.success) {
    throw new WeftError('model/bad-config', `The list of weights is not in MLC's form at ${parsed.issue}.`, {
      hints: ['Download the model again; if it stays, choose another one.'],
    });
  }
  const bits = Number(/^[qe](\d)/u.exec(quantization)?.[1] ?? 0);
  const perWord = bits === 0 ? 1 : Math.floor(32 / bits);
  let parameterCount = 0;
  let weightBytes = 0;
  let layerCount = 0;
  for (const file of parsed.output.records) {
    weightBytes += file.nbytes;
    for (const { name, shape, dtype } of file.records) {
      const layer = LAYER.exec(name)?.[1];
      if (layer !== undefined) layerCount = Math.max(layerCount, Number(layer) + 1);
      if (name.endsWith('q_scale') || name.endsWith('q_zero')) continue;
      parameterCount += shape.reduce((product, size) => product * size, dtype === 'uint32' ? perWord : 1);
    }
  }
  return {
    parameterCount,
    weightBytes,
    layerCount,
    weightPaths: parsed.output.records.map(({ dataPath }) => dataPath),
  };
}
