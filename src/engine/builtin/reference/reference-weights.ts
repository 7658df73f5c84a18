import type { ModelConfig } from '../model/model-config.ts';
import { halfToNumber } from '../weights/half.ts';
import { parseTensorIndex } from '../weights/parse-tensor-index.ts';
import type { TensorRecord } from '../weights/tensor-index.ts';
import type { LoadedModel } from './fetch-model.ts';

/** Reads tensors of a model in memory as plain f64 numbers, one element after another. */
export interface ReferenceWeights {
  readonly config: ModelConfig;
  /** A float tensor by its full name. */
  vector(name: string): Float64Array;
  /** A matrix `[rows, cols]` by its name without ending, dequantised where it is quantised. */
  matrix(name: string, rows: number, cols: number): Float64Array;
}

export function createReferenceWeights({ config, files }: LoadedModel): ReferenceWeights {
  const index = parseTensorIndex(JSON.parse(new TextDecoder().decode(files.get('tensor-cache.json'))));
  const viewOf = (record: TensorRecord): DataView => {
    const file = files.get(record.path)!;
    return new DataView(file.buffer, file.byteOffset + record.byteOffset, record.byteLength);
  };
  const vector = (name: string): Float64Array => {
    const record = index.records.get(name);
    if (record === undefined) throw new Error(`No tensor ${name}.`);
    const view = viewOf(record);
    const length = record.shape.reduce((product, size) => product * size, 1);
    const out = new Float64Array(length);
    for (let i = 0; i < length; i += 1) out[i] = element(view, record, i);
    return out;
  };
  return {
    config,
    vector,
    matrix(name, rows, cols) {
      const quantized = index.records.get(`${name}.q_weight`);
      if (quantized === undefined) return vector(`${name}.weight`);
      const scales = vector(`${name}.q_scale`);
      const groups = Math.ceil(cols / 32);
      const view = viewOf(quantized);
      const out = new Float64Array(rows * cols);
      for (let row = 0; row < rows; row += 1) {
        for (let col = 0; col < cols; col += 1) {
          const word = view.getUint32((row * groups * 4 + Math.floor(col / 8)) * 4, true);
          const nibble = (word >>> ((col % 8) * 4)) & 15;
          out[row * cols + col] = (nibble - 7) * scales[row * groups + Math.floor(col / 32)]!;
        }
      }
      return out;
    },
  };
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

function element(view: DataView, record: TensorRecord, i: number): number {
  switch (record.stored) {
    case 'float32':
      return view.getFloat32(i * 4, true);
    case 'float16':
      return halfToNumber(view.getUint16(i * 2, true));
    case 'bfloat16':
      word[0] = view.getUint16(i * 2, true) << 16;
      return real[0]!;
    case 'uint32':
      throw new Error(`${record.name} holds no floats.`);
  }
}
