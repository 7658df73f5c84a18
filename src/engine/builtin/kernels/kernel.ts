/** A binding of group 0, in order: the step's uniform, a storage buffer that is read, or one that is read and written. */
export type BindingKind = 'uniform' | 'read' | 'write';

/** Workgroups in x, y and z. */
export type Grid = readonly [x: number, y: number, z: number];

/** A compute kernel as text, with the bindings and the grid that belong to it. Entry point: `main`. */
export interface Kernel {
  readonly label: string;
  readonly code: string;
  readonly bindings: readonly BindingKind[];
  /** Workgroups for this many tokens (or selected rows). */
  grid(count: number): Grid;
}

/** Numbers that change from submit to submit; every kernel that needs them binds this uniform first. */
export const STEP_STRUCT = /* wgsl */ `
struct Step {
  tokens: u32,    // rows of activations in this chunk
  start: u32,     // tokens in the cache before it
  selected: u32,  // rows whose logits are wanted
  unused: u32,
}
@group(0) @binding(0) var<uniform> step: Step;
`;

/** Size of {@link STEP_STRUCT} in bytes. */
export const STEP_BYTES = 16;

/** WebGPU allows 65,535 workgroups in a dimension; longer rows of workgroups continue in y. */
const MAX_WORKGROUPS = 65_535;

/** Spreads `total` workgroups over x and y; the kernel numbers them with {@link workgroupNumber}. */
export function spread(total: number): readonly [x: number, y: number] {
  if (total <= MAX_WORKGROUPS) return [total, 1];
  const y = Math.ceil(total / MAX_WORKGROUPS);
  return [Math.ceil(total / y), y];
}

/** WGSL for a workgroup's number in a grid that {@link spread} made; `group` is `@builtin(workgroup_id)`. */
export function workgroupNumber(total: number, group: string): string {
  const [x, y] = spread(total);
  return y === 1 ? `${group}.x` : `(${group}.y * ${x}u + ${group}.x)`;
}

/** WGSL text for each index below `count`, joined. */
export function unroll(count: number, line: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => line(index)).join('\n');
}

/** A number as a WGSL f32 literal. */
export function float(value: number): string {
  return `f32(${Math.fround(value)})`;
}
