import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDevice } from '../reference/open-device.ts';
import { createRandom } from '../reference/random.ts';
import { randomMatrix } from '../reference/random-matrix.ts';
import { product } from '../reference/reference-model.ts';
import { relativeError } from '../reference/relative-error.ts';
import { createKernelRunner, type RunKernel } from '../reference/run-kernel.ts';
import { embeddingKernel } from './embedding.ts';
import { MATMUL_VARIANTS, MATVEC_VARIANTS, type MatmulVariant } from './kernel-variants.ts';
import { matmulKernel } from './matmul.ts';
import type { MatrixShape } from './matrix-shape.ts';
import { matvecKernel } from './matvec.ts';
import type { MatrixFormat } from './weight-format.ts';

const FORMATS: readonly MatrixFormat[] = [
  { kind: 'f32' },
  { kind: 'f16' },
  { kind: 'bf16' },
  { kind: 'q4', scale: 'f32' },
  { kind: 'q4', scale: 'f16' },
  { kind: 'q4', scale: 'bf16' },
];
/** Rows and columns: single, odd, beyond a tile, and columns that fill no whole group of 32. */
const SIZES = [
  [1, 8],
  [67, 40],
  [35, 96],
] as const;
const TOLERANCE = 2e-6;

let device: GPUDevice;
let run: RunKernel;
beforeAll(async () => {
  device = await openDevice();
  run = createKernelRunner(device);
});
afterAll(() => device.destroy());

const plain = (rows: number, cols: number, format: MatrixFormat): MatrixShape => ({
  rows,
  cols,
  format,
  outputOffset: 0,
  outputStride: rows,
  output: 'store',
  bias: false,
  inputs: 'tokens',
});

const isQ4F16 = (format: MatrixFormat) => format.kind === 'q4' && format.scale === 'f16';

/** Every tile with the size whose columns fill whole groups; staged ones, slow to compile here, with two formats. */
function tilesFor(format: MatrixFormat, cols: number): readonly MatmulVariant[] {
  const register = MATMUL_VARIANTS.filter(({ kind }) => kind === 'register');
  const [small, large] = MATMUL_VARIANTS.filter(({ kind }) => kind === 'staged');
  if (cols === 8) return register.slice(0, 1);
  if (cols === 40) return [register[1]!, ...(format.kind === 'f16' || isQ4F16(format) ? [small!] : [])];
  return [...register, ...(format.kind === 'f16' ? [small!] : []), ...(isQ4F16(format) ? [large!] : [])];
}

const name = (format: MatrixFormat) => (format.kind === 'q4' ? `q4 with ${format.scale} scales` : format.kind);

describe.each(FORMATS.map((format) => [name(format), format] as const))('weights in %s', (_, format) => {
  test('a product with one row agrees with f64 in every variant', async () => {
    const random = createRandom(1);
    for (const [rows, cols] of SIZES) {
      const matrix = randomMatrix(random, format, rows, cols);
      const x = random.normals(cols, 1);
      const wanted = product(Float64Array.from(x), matrix.values, rows, cols);
      for (const variant of MATVEC_VARIANTS) {
        const kernel = matvecKernel(plain(rows, cols, format), variant);
        const results = await run(kernel, { buffers: [x, ...matrix.buffers, new Float32Array(rows)] });
        expect(relativeError(results.at(-1)!, wanted), kernel.label).toBeLessThan(TOLERANCE);
      }
    }
  });

  test('a product with many rows agrees with f64 in every variant', async () => {
    const random = createRandom(2);
    for (const [rows, cols] of SIZES) {
      const matrix = randomMatrix(random, format, rows, cols);
      for (const tokens of [1, 5, 17]) {
        const x = random.normals(tokens * cols, 1);
        const wanted = product(Float64Array.from(x), matrix.values, rows, cols);
        for (const variant of tilesFor(format, cols)) {
          const kernel = matmulKernel(plain(rows, cols, format), variant);
          const buffers = [x, ...matrix.buffers, new Float32Array(tokens * rows)];
          const results = await run(kernel, { buffers, tokens });
          expect(relativeError(results.at(-1)!, wanted), `${kernel.label}, ${tokens} tokens`).toBeLessThan(TOLERANCE);
        }
      }
    }
  });

  test('embedding rows arrive widened, those of another block stay as they were', async () => {
    const random = createRandom(3);
    for (const cols of [8, 40, 96]) {
      const matrix = randomMatrix(random, format, 9, cols);
      const kernel = embeddingKernel({ rows: 9, from: 100, cols, format });
      const ids = new Uint32Array([108, 99, 100, 109]);
      const results = await run(kernel, {
        buffers: [ids, ...matrix.buffers, new Float32Array(4 * cols).fill(-5)],
        tokens: 4,
      });
      const other = Array.from({ length: cols }, () => -5);
      const wanted = [
        ...matrix.values.subarray(8 * cols, 9 * cols),
        ...other,
        ...matrix.values.subarray(0, cols),
        ...other,
      ];
      expect(relativeError(results.at(-1)!, wanted)).toBeLessThan(1e-7);
    }
  });
});

test('a block of rows is added to its place in longer rows, with its part of the bias', async () => {
  const random = createRandom(4);
  const [rows, cols, tokens, offset, stride] = [21, 64, 3, 16, 50];
  const matrix = randomMatrix(random, { kind: 'f16' }, rows, cols);
  const bias = random.normals(stride, 1);
  const before = random.normals(tokens * stride, 1);
  const x = random.normals(tokens * cols, 1);
  const sums = product(Float64Array.from(x), matrix.values, rows, cols);
  const wanted = Float64Array.from(before);
  for (let token = 0; token < tokens; token += 1) {
    for (let row = 0; row < rows; row += 1) {
      wanted[token * stride + offset + row]! += sums[token * rows + row]! + bias[offset + row]!;
    }
  }
  const shape: MatrixShape = {
    ...plain(rows, cols, { kind: 'f16' }),
    outputOffset: offset,
    outputStride: stride,
    output: 'add',
    bias: true,
  };
  for (const variant of MATMUL_VARIANTS.filter(({ kind }) => kind === 'register')) {
    const buffers = [x, ...matrix.buffers, bias, before.slice()];
    const results = await run(matmulKernel(shape, variant), { buffers, tokens });
    expect(relativeError(results.at(-1)!, wanted)).toBeLessThan(TOLERANCE);
  }
  for (const variant of MATVEC_VARIANTS) {
    const buffers = [x.slice(0, cols), ...matrix.buffers, bias, before.slice(0, stride)];
    const results = await run(matvecKernel(shape, variant), { buffers });
    expect(relativeError(results.at(-1)!, wanted.subarray(0, stride))).toBeLessThan(TOLERANCE);
  }
});

test('reads nibbles and scales as MLC lays them out', async () => {
  const words = new Uint32Array([0x76543210, 0xfedcba98, 0, 0xffffffff]);
  const scales = new Float32Array([0.5]);
  const values = [
    ...Array.from({ length: 16 }, (_, i) => (i - 7) * 0.5),
    ...Array.from({ length: 8 }, () => -3.5),
    ...Array.from({ length: 8 }, () => 4),
  ];
  const kernel = embeddingKernel({ rows: 1, from: 0, cols: 32, format: { kind: 'q4', scale: 'f32' } });
  const results = await run(kernel, {
    buffers: [new Uint32Array([0]), words, scales, new Float32Array(32)],
  });
  expect(Array.from(results.at(-1)!)).toEqual(values);
});
