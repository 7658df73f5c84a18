import type { MatrixFormat } from '../kernels/weight-format.ts';
import { halfToNumber, numberToHalf } from '../weights/half.ts';
import { numberToBfloat, quantizeMatrix } from './quantize.ts';
import type { Random } from './random.ts';

/** A random matrix as the GPU holds it and as plain numbers. */
export interface RandomMatrix {
  /** Weights and, for 4-bit groups, scales. */
  readonly buffers: readonly (Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>)[];
  readonly values: Float64Array;
}

export function randomMatrix(random: Random, format: MatrixFormat, rows: number, cols: number): RandomMatrix {
  const wanted = random.normals(rows * cols, 1 / Math.sqrt(cols));
  if (format.kind !== 'q4') {
    const { packed, values } = packFloats(wanted, format.kind);
    return { buffers: [packed], values };
  }
  const { words, scales } = quantizeMatrix(wanted, rows, cols, format.scale === 'f16' ? 'f16' : 'bf16');
  const packed = packFloats(scales, format.scale);
  const groups = Math.ceil(cols / 32);
  const values = Float64Array.from({ length: rows * cols }, (_, i) => {
    const [row, col] = [Math.floor(i / cols), i % cols];
    const word = words[row * groups * 4 + (col >>> 3)]!;
    return (((word >>> ((col & 7) * 4)) & 15) - 7) * packed.values[row * groups + (col >>> 5)]!;
  });
  return { buffers: [words, packed.packed], values };
}

function packFloats(
  values: Float32Array<ArrayBuffer>,
  kind: 'f32' | 'f16' | 'bf16',
): { packed: Float32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>; values: Float64Array } {
  if (kind === 'f32') return { packed: values, values: Float64Array.from(values) };
  const toBits = kind === 'f16' ? numberToHalf : numberToBfloat;
  const packed = new Uint32Array(Math.ceil(values.length / 2));
  const exact = new Float64Array(values.length);
  const real = new Float32Array(1);
  const word = new Uint32Array(real.buffer);
  values.forEach((value, i) => {
    const bits = toBits(value);
    packed[i >>> 1] = (packed[i >>> 1]! | (bits << ((i & 1) * 16))) >>> 0;
    word[0] = bits << 16;
    exact[i] = kind === 'f16' ? halfToNumber(bits) : real[0]!;
  });
  return { packed, values: exact };
}
