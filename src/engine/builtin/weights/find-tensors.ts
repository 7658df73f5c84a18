import { WeftError } from '../../../protocol/errors.ts';
import { GROUP_COLUMNS } from '../kernels/weight-format.ts';
import type { ModelConfig } from '../model/model-config.ts';
import type { TensorIndex, TensorRecord } from './tensor-index.ts';
import type { MatrixName, VectorName } from './tensor-names.ts';

/** Where a matrix lies: one tensor of floats, or nibbles and scales. */
export type MatrixRecords =
  | { readonly kind: 'float'; readonly weights: TensorRecord }
  | { readonly kind: 'q4'; readonly weights: TensorRecord; readonly scales: TensorRecord };

const HINTS = ['The model folder may be incomplete or of another model: download it again.'];

/** Finds a matrix by the quantisation's rules and checks shapes and types. Throws model/bad-config. */
export function findMatrix(index: TensorIndex, config: ModelConfig, matrix: MatrixName): MatrixRecords {
  if (config.quantization === 'q0f32' || config.quantization === 'q0f16') {
    const weights = find(index, `${matrix.name}.weight`, [matrix.rows, matrix.cols]);
    requireFloat(weights);
    return { kind: 'float', weights };
  }
  const groups = Math.ceil(matrix.cols / GROUP_COLUMNS);
  const weights = find(index, `${matrix.name}.q_weight`, [matrix.rows, groups * (GROUP_COLUMNS / 8)]);
  if (weights.stored !== 'uint32') throw wrongType(weights, 'uint32');
  const scales = find(index, `${matrix.name}.q_scale`, [matrix.rows, groups]);
  requireFloat(scales);
  return { kind: 'q4', weights, scales };
}

/** Finds a norm weight or a bias. Throws model/bad-config. */
export function findVector(index: TensorIndex, vector: VectorName): TensorRecord {
  const record = find(index, vector.name, [vector.length]);
  requireFloat(record);
  return record;
}

function find(index: TensorIndex, name: string, shape: readonly number[]): TensorRecord {
  const record = index.records.get(name);
  if (record === undefined) {
    throw new WeftError('model/bad-config', `The model's files do not contain ${name}.`, { hints: HINTS });
  }
  if (record.shape.length !== shape.length || record.shape.some((size, i) => size !== shape[i])) {
    throw new WeftError(
      'model/bad-config',
      `${name} has shape [${record.shape.join(', ')}]; the model's configuration asks for [${shape.join(', ')}].`,
      { hints: HINTS },
    );
  }
  return record;
}

function requireFloat(record: TensorRecord): void {
  if (record.stored === 'uint32') throw wrongType(record, 'float32, float16 or bfloat16');
}

function wrongType(record: TensorRecord, expected: string): WeftError {
  return new WeftError('model/bad-config', `${record.name} is of type ${record.stored}; ${expected} was expected.`, {
    hints: HINTS,
  });
}
