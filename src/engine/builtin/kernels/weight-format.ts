/** How a 16- or 32-bit float lies in a buffer; 16-bit ones are packed in pairs, low half first. */
export type FloatFormat = 'f32' | 'f16' | 'bf16';

/** How a weight matrix `[rows, cols]` lies on the GPU: plain floats, or 4-bit groups of 32 columns with a scale each. */
export type MatrixFormat = { readonly kind: FloatFormat } | { readonly kind: 'q4'; readonly scale: FloatFormat };

/** Columns that share a scale in MLC's `_1` quantisations. */
export const GROUP_COLUMNS = 32;

/** The zero point: a nibble q stands for (q − 7) · scale. */
const NIBBLE_ZERO = 7;

/** WGSL fragments that read a weight matrix in blocks of eight columns. */
export interface WeightReader {
  /** Columns per loop turn; a multiple of 8 that divides the columns. */
  readonly chunkColumns: 8 | 32;
  /** Storage buffers it binds, from `firstBinding` on. */
  readonly bindingCount: 1 | 2;
  /** Module-level declarations. */
  readonly declarations: string;
  /** Statements that fetch chunk number `chunk` of row `row` into constants whose names begin with `name`. */
  fetch(name: string, row: string, chunk: string): string;
  /** Expressions for columns 0–3 and 4–7 of block `block` of a fetched chunk, without its scale. */
  block(name: string, block: number): readonly [low: string, high: string];
  /** The scale of a fetched chunk, or null where there is none. */
  scale(name: string): string | null;
}

/** Reader for a matrix of `cols` columns (a multiple of 8). */
export function weightReader(format: MatrixFormat, cols: number, firstBinding: number): WeightReader {
  const blocks = cols / 8;
  if (format.kind === 'q4') return nibbleReader(format.scale, cols, firstBinding);
  if (format.kind === 'f32') {
    return {
      chunkColumns: 8,
      bindingCount: 1,
      declarations: `@group(0) @binding(${firstBinding}) var<storage, read> weights: array<vec4<f32>>;`,
      fetch: (name, row, chunk) => `
        let ${name}at = (${row} * ${blocks}u + ${chunk}) * 2u;
        let ${name}low = weights[${name}at];
        let ${name}high = weights[${name}at + 1u];`,
      block: (name) => [`${name}low`, `${name}high`],
      scale: () => null,
    };
  }
  const pair = format.kind === 'f16' ? halfPair : bfloatPair;
  return {
    chunkColumns: 8,
    bindingCount: 1,
    declarations: `@group(0) @binding(${firstBinding}) var<storage, read> weights: array<vec4<u32>>;`,
    fetch: (name, row, chunk) => `
      let ${name}word = weights[${row} * ${blocks}u + ${chunk}];`,
    block: (name) => [
      `vec4<f32>(${pair(`${name}word.x`)}, ${pair(`${name}word.y`)})`,
      `vec4<f32>(${pair(`${name}word.z`)}, ${pair(`${name}word.w`)})`,
    ],
    scale: () => null,
  };
}

function halfPair(word: string): string {
  return `unpack2x16float(${word})`;
}

function bfloatPair(word: string): string {
  return `bitcast<vec2<f32>>(vec2<u32>(${word} << 16u, ${word} & 0xffff0000u))`;
}

function nibbleReader(scale: FloatFormat, cols: number, firstBinding: number): WeightReader {
  const groups = Math.ceil(cols / GROUP_COLUMNS);
  const whole = cols % GROUP_COLUMNS === 0;
  // A row's last group is padded with nibbles that do not stand for zero: then only whole words of eight are read.
  const element = whole ? 'vec4<u32>' : 'u32';
  const scaleElement = scale === 'f32' ? 'f32' : 'u32';
  const group = (chunk: string) => (whole ? chunk : `${chunk} / 4u`);
  const readScale = (name: string, row: string, chunk: string) => {
    const at = `let ${name}at = ${row} * ${groups}u + ${group(chunk)};`;
    if (scale === 'f32') return `${at}\nlet ${name}scale = scales[${name}at];`;
    const pair = (scale === 'f16' ? halfPair : bfloatPair)(`scales[${name}at >> 1u]`);
    return `${at}\nlet ${name}pair = ${pair};\nlet ${name}scale = select(${name}pair.x, ${name}pair.y, (${name}at & 1u) == 1u);`;
  };
  const rowWords = whole ? groups : groups * 4;
  return {
    chunkColumns: whole ? 32 : 8,
    bindingCount: 2,
    declarations: `
      @group(0) @binding(${firstBinding}) var<storage, read> weights: array<${element}>;
      @group(0) @binding(${firstBinding + 1}) var<storage, read> scales: array<${scaleElement}>;`,
    fetch: (name, row, chunk) => `
      let ${name}word = weights[${row} * ${rowWords}u + ${chunk}];
      ${readScale(name, row, chunk)}`,
    block: (name, block) => {
      const word = whole ? `${name}word.${'xyzw'[block]!}` : `${name}word`;
      const nibbles = (first: number) =>
        `(vec4<f32>((vec4<u32>(${word}) >> vec4<u32>(${[0, 4, 8, 12].map((bit) => `${bit + first * 4}u`).join(', ')})) & vec4<u32>(15u)) - ${NIBBLE_ZERO}.0)`;
      return [nibbles(0), nibbles(4)];
    },
    scale: (name) => `${name}scale`,
  };
}
