import { halfToNumber, numberToHalf } from '../weights/half.ts';

/** A matrix in MLC's 4-bit form: nibbles `[rows, ⌈cols/32⌉·4]` u32, scales `[rows, ⌈cols/32⌉]` already rounded to `scale`. */
export interface QuantizedMatrix {
  readonly words: Uint32Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

const GROUP = 32;
const LARGEST = 7;

/**
 * Quantises as mlc_llm's `group_quantization.py` does (int4, group 32, layout NK): scale = max |w| / 7,
 * q = clamp(round(w / scale + 7), 0, 14), eight nibbles a word from the lowest bits up, zeros beyond the last column.
 */
export function quantizeMatrix(
  values: Float32Array,
  rows: number,
  cols: number,
  scaleType: 'f16' | 'bf16',
): QuantizedMatrix {
  const groups = Math.ceil(cols / GROUP);
  const words = new Uint32Array(rows * groups * 4);
  const scales = new Float32Array(rows * groups);
  const round = scaleType === 'f16' ? (value: number) => halfToNumber(numberToHalf(value)) : roundToBfloat;
  for (let row = 0; row < rows; row += 1) {
    for (let group = 0; group < groups; group += 1) {
      const from = row * cols + group * GROUP;
      const to = Math.min(from + GROUP, (row + 1) * cols);
      let largest = 0;
      for (let i = from; i < to; i += 1) largest = Math.max(largest, Math.abs(values[i]!));
      const scale = round(largest / LARGEST);
      scales[row * groups + group] = scale;
      for (let i = from; i < to; i += 1) {
        const steps = scale === 0 ? 0 : Math.round(values[i]! / scale);
        const nibble = Math.min(Math.max(steps + LARGEST, 0), 2 * LARGEST);
        const column = i - from;
        const at = (row * groups + group) * 4 + (column >>> 3);
        words[at] = (words[at]! | (nibble << ((column & 7) * 4))) >>> 0;
      }
    }
  }
  return { words, scales };
}

const word = new Uint32Array(1);
const real = new Float32Array(word.buffer);

/** The 16 bits of a number as bfloat16, ties to even. */
export function numberToBfloat(value: number): number {
  real[0] = value;
  const bits = word[0]!;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

function roundToBfloat(value: number): number {
  word[0] = numberToBfloat(value) << 16;
  return real[0]!;
}
