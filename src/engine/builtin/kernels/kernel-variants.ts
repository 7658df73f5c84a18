/** How one-token products are spread over the GPU: a thread per few rows, or a workgroup that reduces over each row. */
export type MatvecVariant =
  | { readonly kind: 'thread'; readonly rows: 1 | 2 | 4; readonly workgroup: 16 | 32 | 64 }
  | { readonly kind: 'workgroup'; readonly rows: 1 | 2 | 4; readonly workgroup: 32 | 64 | 128 };

/** How many-token products are tiled: sums in a thread's registers, or tiles staged in workgroup memory first. */
export type MatmulVariant =
  | {
      readonly kind: 'register';
      readonly tokens: 2 | 4 | 8;
      readonly rows: 2 | 4 | 8;
      readonly workgroup: 16 | 32 | 64;
    }
  | { readonly kind: 'staged'; readonly tokens: 4 | 8; readonly rows: 4 | 8 };

/** How attention and row-wise kernels work: a thread for itself, or a workgroup together. */
export type RowVariant = 'thread' | 'workgroup';

/** Which of the equivalent kernels to use on an adapter. Plain data that may be stored and handed back. */
export interface KernelVariants {
  readonly version: 1;
  readonly matvec: MatvecVariant;
  readonly matmul: MatmulVariant;
  readonly attention: RowVariant;
  readonly norm: RowVariant;
}

/** A choice that is right on every adapter and fast on none in particular: what a measurement starts from. */
export const DEFAULT_VARIANTS: KernelVariants = {
  version: 1,
  matvec: { kind: 'thread', rows: 2, workgroup: 16 },
  matmul: { kind: 'register', tokens: 4, rows: 8, workgroup: 16 },
  attention: 'thread',
  norm: 'thread',
};

/** What a measurement chooses from. */
export const MATVEC_VARIANTS: readonly MatvecVariant[] = [
  { kind: 'thread', rows: 1, workgroup: 32 },
  { kind: 'thread', rows: 2, workgroup: 16 },
  { kind: 'thread', rows: 4, workgroup: 16 },
  { kind: 'workgroup', rows: 1, workgroup: 64 },
  { kind: 'workgroup', rows: 4, workgroup: 64 },
];

export const MATMUL_VARIANTS: readonly MatmulVariant[] = [
  { kind: 'register', tokens: 4, rows: 4, workgroup: 32 },
  { kind: 'register', tokens: 4, rows: 8, workgroup: 16 },
  { kind: 'register', tokens: 8, rows: 4, workgroup: 16 },
  { kind: 'staged', tokens: 4, rows: 4 },
  { kind: 'staged', tokens: 8, rows: 8 },
];
