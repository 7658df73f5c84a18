/** How a weight matrix `[rows, columns]` lies in GPU memory; the q4 formats carry one scale per 32 columns. */
export type WeightFormat = 'f32' | 'f16' | 'q4f32' | 'q4f16';

/**
 * Threads per workgroup of kernels in which each thread works alone. Small on purpose: software adapters run one
 * workgroup per core, and on hardware these kernels are bound by memory.
 */
export const LANES = 32;

/** The one uniform every kernel reads; written once per step. All u32. */
export const STEP_STRUCT = `struct Step {
  start: u32,   // position of the first token of this step
  tokens: u32,  // tokens of this step
  row: u32,     // first row the head reads
  rows: u32,    // rows the head reads
};
@group(0) @binding(0) var<uniform> step: Step;`;

/** Bytes of the uniform. */
export const STEP_BYTES = 16;

/** `n` lines made by `line`, for loops that must be unrolled. */
export function unroll(n: number, line: (index: number) => string): string {
  return Array.from({ length: n }, (_, index) => line(index)).join('\n');
}

/**
 * Declares a weight matrix and `load8(row, block) -> array<vec4f, 2>`: eight neighbouring weights of a row, widened.
 * f16 stays packed in u32 (core WGSL, no shader-f16 feature); q4 holds (nibble − 7) · scale, low nibble first, as MLC
 * stores it. `columns` must be a multiple of 8 (32 for q4).
 */
export function weightLoader(format: WeightFormat, columns: number, firstBinding: number): string {
  const columns8 = `${columns / 8}u`;
  const declare = (offset: number, type: string, name: string) =>
    `@group(0) @binding(${firstBinding + offset}) var<storage, read> ${name}: array<${type}>;`;
  switch (format) {
    case 'f32':
      return `${declare(0, 'vec4f', 'weight')}
fn load8(row: u32, block: u32) -> array<vec4f, 2> {
  let i = (row * ${columns8} + block) * 2u;
  return array<vec4f, 2>(weight[i], weight[i + 1u]);
}`;
    case 'f16':
      return `${declare(0, 'vec4u', 'weight')}
fn load8(row: u32, block: u32) -> array<vec4f, 2> {
  let w = weight[row * ${columns8} + block];
  return array<vec4f, 2>(
    vec4f(unpack2x16float(w.x), unpack2x16float(w.y)),
    vec4f(unpack2x16float(w.z), unpack2x16float(w.w)),
  );
}`;
    case 'q4f32':
    case 'q4f16': {
      const [type, read] =
        format === 'q4f32' ? ['f32', 'scale[group]'] : ['u32', 'unpack2x16float(scale[group >> 1u])[group & 1u]'];
      return `${declare(0, 'u32', 'weight')}
${declare(1, type, 'scale')}
fn load8(row: u32, block: u32) -> array<vec4f, 2> {
  let index = row * ${columns8} + block;
  let group = index >> 2u;
  let w = vec4u(weight[index]);
  let s = ${read};
  let low = vec4f((w >> vec4u(0u, 4u, 8u, 12u)) & vec4u(15u));
  let high = vec4f((w >> vec4u(16u, 20u, 24u, 28u)) & vec4u(15u));
  return array<vec4f, 2>((low - 7.0) * s, (high - 7.0) * s);
}`;
    }
  }
}
